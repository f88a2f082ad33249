//! The HTTP surface: which path leads where. What each route does is in a file of its own.

mod body;
mod health;
mod linger;
mod posthog;
mod products;
mod stream;
mod webhook;

use std::sync::Arc;

use autoplay_log::Log;
use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::from_fn;
use axum::routing::{any, get, post};
use tokio::sync::{Semaphore, watch};

use crate::config::Config;
use crate::hub::Hub;
use crate::ingest::Ingest;
use crate::occasionally::Occasionally;
use crate::problem::Problem;
use crate::products::Products;
use crate::readiness::Readiness;
use crate::room::Room;
use crate::secret::KeyHash;

/// What every route works with.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) config: Arc<Config>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) products: Arc<Products>,
    pub(crate) ingest: Ingest,
    pub(crate) admin_key: KeyHash,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) unknown_project_keys: Arc<Occasionally>,
    pub(crate) room: Room,
    /// Who decodes a large body takes a permit: each may need some hundred megabytes for a moment.
    pub(crate) decoding: Arc<Semaphore>,
    /// Turns true when the connector stops taking in.
    pub(crate) draining: watch::Receiver<bool>,
    /// Turns true when all that was taken in is flushed: streams may end.
    pub(crate) ending: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }
}

/// The paths that posthog-js posts events to, with and without the slash.
const CAPTURE: [&str; 5] = ["/e", "/i/v0/e", "/capture", "/track", "/batch"];
/// What posthog-js asks for at start.
const SWITCHES: [&str; 2] = ["/flags", "/decide"];

pub(crate) fn router(app: App) -> Router {
    let mut browsers = Router::new()
        .route("/array/{project_key}/config", any(posthog::remote_config))
        .route("/array/{project_key}/config.js", any(posthog::remote_config_script));
    for path in CAPTURE {
        for path in [path, &format!("{path}/")] {
            browsers = browsers.route(path, post(posthog::capture).options(posthog::preflight));
        }
    }
    for path in SWITCHES {
        browsers = browsers.route(path, any(posthog::flags)).route(&format!("{path}/"), any(posthog::flags));
    }
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/health", get(health::ready))
        .route("/products", post(products::register))
        .route("/webhook/{product_id}", post(webhook::receive))
        .route("/stream/{product_id}", get(stream::subscribe))
        .merge(browsers.layer(from_fn(posthog::cors)))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(from_fn(linger::linger))
        .with_state(app)
}

/// The parameter of a path. Of a path that cannot be decoded it is empty: the name of nothing.
struct Segment(String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map_or_else(|_| String::new(), |Path(text)| text)))
    }
}

async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "unknown_path", "There is nothing at this path.")
}

async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This path does not take this method.")
}
