//! The HTTP contract.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{HOST, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::command::Command;
use crate::parameters::Parameters;
use crate::streams::{Streams, Unknown};

/// What the suite may ask for beyond the standard. Of `event-type-listeners` it makes only this: that it sends `listen`
/// before it sends an event of a type. Here every type is listened for from the start.
const CAPABILITIES: [&str; 10] = [
    "bom",
    "comments",
    "event-type-listeners",
    "headers",
    "last-event-id",
    "post",
    "read-timeout",
    "report",
    "restart",
    "server-directed-shutdown-request",
];

pub(crate) fn router(streams: Streams) -> Router {
    Router::new()
        .route("/", get(capabilities).post(start).delete(end))
        .route("/streams/{number}", post(command).delete(stop))
        // The body of a stream's request may be of any size.
        .layer(DefaultBodyLimit::disable())
        .with_state(streams)
}

async fn capabilities() -> Json<Value> {
    Json(json!({ "capabilities": CAPABILITIES }))
}

async fn start(State(streams): State<Streams>, headers: HeaderMap, body: Bytes) -> Response {
    match Parameters::read(&body).and_then(|parameters| streams.start(parameters)) {
        Ok(number) => (StatusCode::CREATED, [(LOCATION, location(&headers, number))]).into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

async fn command(State(streams): State<Streams>, Path(name): Path<String>, body: Bytes) -> Response {
    match Command::read(&body) {
        Ok(command) => number(&name)
            .and_then(|number| streams.command(number, &command))
            .map(|()| StatusCode::NO_CONTENT)
            .into_response(),
        Err(problem) => (StatusCode::BAD_REQUEST, problem).into_response(),
    }
}

async fn stop(State(streams): State<Streams>, Path(name): Path<String>) -> Result<StatusCode, Unknown> {
    streams.stop(number(&name)?).await.map(|()| StatusCode::NO_CONTENT)
}

async fn end(State(streams): State<Streams>) -> StatusCode {
    streams.close().await;
    StatusCode::NO_CONTENT
}

impl IntoResponse for Unknown {
    fn into_response(self) -> Response {
        (StatusCode::NOT_FOUND, "there is no such stream").into_response()
    }
}

/// No other text is the name of a stream.
fn number(name: &str) -> Result<u64, Unknown> {
    name.parse().map_err(|_| Unknown)
}

/// A whole URL, since not everybody resolves a path against where it came from.
fn location(headers: &HeaderMap, number: u64) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match host {
        Some(host) => format!("http://{host}/streams/{number}"),
        None => format!("/streams/{number}"),
    }
}
