//! What posthog-js talks to when the connector is its `api_host`.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::body::{self, Received};
use super::{App, Segment};
use crate::ingest::IngestError;
use crate::posthog::{self, DecodeError};
use crate::problem::Problem;
use crate::room::Held;

/// A body of at most this size is decoded at once, if it unpacks to no more than this.
const SMALL: usize = 4 << 10;
const SMALL_UNPACKED: usize = 256 << 10;

/// Events, in any of the forms that posthog-js has.
pub(super) async fn capture(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request_body: Body,
) -> Result<Json<Value>, Problem> {
    if app.is_draining() {
        return Err(Problem::overloaded());
    }
    let received = body::read(&app, &headers, request_body, app.config.max_posthog_bytes).await?;
    let (request, held) = decode(&app, received, query.unwrap_or_default()).await?;
    let product = request
        .project_key
        .as_deref()
        .and_then(|project_key| app.products.by_project_key(project_key))
        .ok_or_else(|| unknown_project_key(&app))?;
    match app.ingest.accept(&product.product_id, request.events, held).await {
        Ok(_) => Ok(Json(json!({ "status": 1 }))),
        Err(IngestError::NothingReadable) => Err(Problem::unreadable(
            "The body has no event that can be read: an event needs a name in `event`.",
        )),
        // posthog-js never retries a 4xx.
        Err(IngestError::Busy) => Err(Problem::overloaded()),
    }
}

/// Most requests are a few kilobytes, which decode in less time than handing them to another thread takes. The others
/// must not hold up the connections of this thread, and wait for their turn.
async fn decode(
    app: &App,
    Received { bytes, held }: Received,
    query: String,
) -> Result<(posthog::Request, Held), Problem> {
    let received_ms = app.config.clock.now_ms();
    let limit = app.config.max_posthog_bytes;
    if bytes.len() <= SMALL {
        match posthog::decode(&bytes, &query, received_ms, limit.min(SMALL_UNPACKED)) {
            Err(DecodeError::TooLarge) => {}
            decoded => return decoded.map(|request| (request, held)).map_err(|error| refuse(&error, limit)),
        }
    }
    let turn = Arc::clone(&app.decoding).acquire_owned().await;
    let decoding = tokio::task::spawn_blocking(move || {
        let decoded = posthog::decode(&bytes, &query, received_ms, limit);
        drop(turn);
        decoded.map(|request| (request, held))
    });
    let decoded = decoding.await.map_err(|_| Problem::overloaded())?;
    decoded.map_err(|error| refuse(&error, limit))
}

fn refuse(error: &DecodeError, limit: usize) -> Problem {
    match error {
        DecodeError::TooLarge => Problem::too_large(limit),
        DecodeError::TooMany => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_many_events",
            "The body has more events or values than are taken at once. Send it in parts.",
        ),
        error => Problem::unreadable(format!("The body cannot be read: {error}.")),
    }
}

/// Never called: [`cors`] answers. It stands for OPTIONS among the methods that the path takes.
pub(super) async fn preflight() {}

/// The usual mistake of a first installation, and nobody looks into a browser's console.
fn unknown_project_key(app: &App) -> Problem {
    if let Some(requests) = app.unknown_project_keys.note(Instant::now()) {
        tracing::warn!(requests, "posthog-js sends with a project key that no product has");
    }
    Problem::unauthorized("unknown_project_key", "No product uses the project key of this request.")
}

/// Feature flags and the rest: everything switched off.
pub(super) async fn flags() -> Json<Value> {
    Json(json!({
        "config": { "enable_collect_everything": true },
        "featureFlags": {},
        "featureFlagPayloads": {},
        "flags": {},
        "errorsWhileComputingFlags": false,
        "sessionRecording": false,
        "supportedCompression": ["gzip", "gzip-js"],
        "toolbarParams": {},
        "isAuthenticated": false,
        "siteApps": [],
    }))
}

/// What a project's page asks for at start, as JSON.
pub(super) async fn remote_config(Segment(project_key): Segment) -> Json<Value> {
    Json(switched_off(&project_key))
}

/// The same as a script, for the snippet.
pub(super) async fn remote_config_script(Segment(project_key): Segment) -> Response {
    // `<` is escaped so that a key can close no script element; the key itself is a JSON string.
    let config = switched_off(&project_key).to_string().replace('<', "\\u003c");
    let key = json!(project_key).to_string().replace('<', "\\u003c");
    let script = format!(
        "(function(){{window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{{}};\
         window._POSTHOG_REMOTE_CONFIG[{key}]={{config:{config},siteApps:[]}};}})();\n"
    );
    ([(header::CONTENT_TYPE, "application/javascript; charset=utf-8")], script).into_response()
}

fn switched_off(project_key: &str) -> Value {
    json!({
        "token": project_key,
        "supportedCompression": ["gzip", "gzip-js"],
        "elementsChainAsString": true,
        "analytics": { "endpoint": "/i/v0/e/" },
        "hasFeatureFlags": false,
        "sessionRecording": false,
        "surveys": false,
        "heatmaps": false,
        "capturePerformance": false,
        "captureDeadClicks": false,
        "autocaptureExceptions": false,
        "autocapture_opt_out": false,
        "defaultIdentifiedOnly": true,
        "siteApps": [],
        "isAuthenticated": false,
        "toolbarParams": {},
        "config": { "enable_collect_everything": true },
    })
}

/// Lets any page send, as PostHog's own hosts do: the project key is public, and says which product the events are of.
///
/// posthog-js sends credentials in some configurations, so the origin is repeated rather than `*`. `sendBeacon` has no
/// preflight, and nobody reads its answer.
pub(super) async fn cors(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asked_headers = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let is_preflight = request.method() == Method::OPTIONS;
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
    set(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    } else {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    if is_preflight {
        set(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, OPTIONS"));
        let allowed = asked_headers.unwrap_or(HeaderValue::from_static("Content-Type"));
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        set(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}
