//! `GET /stream/{product_id}`: a product's events as server-sent events.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{App, Segment};
use crate::problem::Problem;
use crate::products::{Mode, Right};
use crate::stream::{Ask, Subscription, resolve};
use crate::timestamp::MILLISECONDS_FROM;

pub(super) async fn subscribe(
    State(app): State<App>,
    Segment(product_id): Segment,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    authorize(&app, &product_id, &headers)?;
    let ask = ask(&headers, &query.unwrap_or_default())?;
    if app.is_draining() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "draining", "The connector is stopping.")
            .retry_after(1));
    }
    let subscription =
        Subscription::join(&app.log, &app.hub, app.ending.clone(), &product_id, app.config.heartbeat);
    let (log, hub) = (Arc::clone(&app.log), Arc::clone(&app.hub));
    let start = tokio::task::spawn_blocking(move || resolve(log.as_ref(), &hub, &product_id, &ask)).await;
    let Ok(Ok(start)) = start else {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "log_unavailable",
            "The log cannot be read.",
        )
        .retry_after(1));
    };
    let id = HeaderValue::try_from(subscription.id(start.position)).expect("an id is printable ASCII");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx buffers a response until it is told not to.
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        (header::HeaderName::from_static("last-event-id"), id),
    ];
    Ok((headers, Body::new(subscription.into_body(start))).into_response())
}

/// The order matters: a caller whose key nobody knows learns nothing about which products exist.
fn authorize(app: &App, product_id: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let unknown_key = || {
        let detail = "Send the product's API key as `Authorization: Bearer uk_live_…`.";
        Problem::unauthorized("unknown_key", detail)
    };
    let key = bearer(headers).ok_or_else(unknown_key)?;
    let owner = app.products.by_key(key, Right::Read).ok_or_else(unknown_key)?;
    let product = app.products.get(product_id).ok_or_else(Problem::unknown_product)?;
    if owner != product.product_id {
        return Err(Problem::unauthorized("other_products_key", "This key belongs to another product."));
    }
    if product.mode != Mode::Sse {
        return Err(Problem::bad_request(
            "not_in_stream_mode",
            "This product's events are pushed, not streamed.",
        ));
    }
    Ok(())
}

/// The scheme's name is case-insensitive (RFC 9110 §11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim()).filter(|key| !key.is_empty())
}

/// The header first, since a reconnecting client sends it beside the query it was first given.
fn ask(headers: &HeaderMap, query: &str) -> Result<Ask, Problem> {
    if let Some(id) = headers.get("last-event-id").filter(|id| !id.is_empty()) {
        return Ok(Ask::After(String::from_utf8_lossy(id.as_bytes()).into_owned()));
    }
    let find = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.into_owned())
    };
    if let Some(id) = find("last_event_id") {
        return Ok(Ask::After(id));
    }
    find("since").map_or(Ok(Ask::Live), |since| parse_since(&since))
}

fn parse_since(since: &str) -> Result<Ask, Problem> {
    if since == "earliest" {
        return Ok(Ask::Earliest);
    }
    if since.starts_with("1-") {
        return Ok(Ask::After(since.to_owned()));
    }
    let time = since.parse().ok().filter(|time: &f64| time.is_finite() && *time >= 0.0);
    let time = time.ok_or_else(|| {
        let detail = "`since` takes an event id, `earliest`, or a Unix time.";
        Problem::bad_request("invalid_since", detail)
    })?;
    // Seconds, or the milliseconds of a browser's clock.
    let ms = if time < MILLISECONDS_FROM { time * 1_000.0 } else { time };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be finite and positive; saturates"
    )]
    Ok(Ask::Since(ms as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_takes_a_place_or_a_time() {
        for (since, expected) in [
            ("earliest", Some(Ask::Earliest)),
            ("1-0123456789abcdef-7", Some(Ask::After("1-0123456789abcdef-7".to_owned()))),
            ("0", Some(Ask::Since(0))),
            ("1795516029.5", Some(Ask::Since(1_795_516_029_500))),
            ("1795516029500", Some(Ask::Since(1_795_516_029_500))),
            ("4102444800", Some(Ask::Since(4_102_444_800_000))),
            ("99999999999999999999", Some(Ask::Since(u64::MAX))),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("1e999", None),
            ("yesterday", None),
        ] {
            assert_eq!(parse_since(since).ok(), expected, "{since}");
        }
    }
}
