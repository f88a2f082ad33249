//! Is the process alive, and should it get traffic?

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::problem::Problem;

/// Answers as long as the process can answer at all.
pub(super) async fn live() -> &'static str {
    "live\n"
}

/// Fails at once while the connector stops, or when the log cannot be written.
pub(super) async fn ready(State(app): State<App>) -> Response {
    if app.is_draining() {
        return not_ready("draining", "The connector is stopping.");
    }
    if !app.readiness.is_writable(app.log.as_ref(), app.config.clock.now_ms()).await {
        return not_ready("log_unavailable", "The log cannot be written; nothing is taken in until it can.");
    }
    "ready\n".into_response()
}

fn not_ready(code: &'static str, detail: &'static str) -> Response {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).into_response()
}
