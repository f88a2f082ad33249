//! `POST /webhook/{product_id}`: what PostHog's webhook destination sends.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::body::{self, BodyError};
use super::{App, Segment};
use crate::ingest::{IngestError, Tally};
use crate::problem::Problem;
use crate::products::Product;
use crate::secret::{Secret, decode_hex};
use crate::webhook;

pub(super) async fn receive(
    State(app): State<App>,
    Segment(product_id): Segment,
    headers: HeaderMap,
    request_body: Body,
) -> Result<Json<Tally>, Problem> {
    let product = app.products.get(&product_id).ok_or_else(Problem::unknown_product)?;
    let header = headers.get("x-posthog-secret").map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    // A wrong plain secret is refused before its body is read; a signature can only be checked with the body.
    let signature = header.strip_prefix(b"sha256=");
    if signature.is_none() {
        check(&product, app.config.clock.now_ms(), |secret| secret.matches(&header))?;
    }
    let received = body::read(&app, &headers, request_body, app.config.max_webhook_bytes).await;
    let received = received.map_err(|error| match error {
        BodyError::NoRoom => busy(),
        error => error.into(),
    })?;
    if let Some(signature) = signature {
        check(&product, app.config.clock.now_ms(), |secret| {
            is_signed(secret, &received.bytes, signature) || secret.matches(&header)
        })?;
    }
    if app.is_draining() {
        return Err(busy());
    }
    let events = webhook::decode(&received.bytes, app.config.clock.now_ms())
        .map_err(|error| Problem::unreadable(format!("The body cannot be read: {error}.")))?;
    match app.ingest.accept(&product.product_id, events, received.held).await {
        Ok(tally) => Ok(Json(tally)),
        Err(IngestError::NothingReadable) => Err(Problem::unreadable(
            "The body has no event that can be read: an event needs a name in `event`.",
        )),
        Err(IngestError::Busy) => Err(busy()),
    }
}

/// PostHog gives up on a 503 but honours `Retry-After` on a 429.
fn busy() -> Problem {
    Problem::overloaded().with_status(StatusCode::TOO_MANY_REQUESTS)
}

fn check(product: &Product, now_ms: i64, accepts: impl FnMut(&Secret) -> bool) -> Result<(), Problem> {
    if product.any_secret(now_ms, accepts) {
        return Ok(());
    }
    tracing::warn!("connector: invalid PostHog signature for product={}", product.product_id);
    let detail = "X-PostHog-Secret is neither the product's webhook secret nor its signature of the body.";
    Err(Problem::unauthorized("invalid_signature", detail))
}

/// Is `signature` the hexadecimal HMAC-SHA256 of the body under this secret? Compared in constant time.
fn is_signed(secret: &Secret, body: &[u8], signature: &[u8]) -> bool {
    let mut expected = [0; 32];
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return false;
    };
    mac.update(body);
    decode_hex(signature, &mut expected).is_some() && mac.verify_slice(&expected).is_ok()
}
