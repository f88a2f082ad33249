//! Reading a request's body within bounds of size, time and memory.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;

use super::App;
use crate::problem::Problem;
use crate::room::{Held, NoRoom, Room};

/// A body, and the memory that was set aside for it. Who still works on it keeps both.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) bytes: Bytes,
    pub(super) held: Held,
}

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    TooLarge {
        limit: usize,
    },
    Incomplete,
    TooSlow {
        timeout: Duration,
    },
    /// Other requests have all the memory that there is for bodies. Not the sender's fault: it may try again.
    NoRoom,
}

/// The whole body, if it is at most `limit` bytes and arrives in time.
///
/// A length that the head already gives away is refused without reading anything.
pub(super) async fn read(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Received, BodyError> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLarge { limit });
    }
    let timeout = app.config.request_timeout;
    let collected = tokio::time::timeout(timeout, collect(&app.room, body, limit)).await;
    collected.unwrap_or(Err(BodyError::TooSlow { timeout }))
}

async fn collect(room: &Room, mut body: Body, limit: usize) -> Result<Received, BodyError> {
    let (mut bytes, mut held) = (Vec::new(), Held::default());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Incomplete)?.into_data() else {
            continue;
        };
        let length = bytes.len() + data.len();
        if length > limit {
            return Err(BodyError::TooLarge { limit });
        }
        room.hold(&mut held, length)?;
        bytes.extend_from_slice(&data);
    }
    Ok(Received { bytes: bytes.into(), held })
}

impl From<NoRoom> for BodyError {
    fn from(_: NoRoom) -> Self {
        Self::NoRoom
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { limit } => Self::too_large(limit),
            BodyError::Incomplete => {
                Self::bad_request("incomplete_body", "The body ended before it was complete.")
            }
            BodyError::TooSlow { timeout } => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_too_slow",
                format!("The body did not arrive within {} s.", timeout.as_secs_f32()),
            ),
            BodyError::NoRoom => Self::overloaded(),
        }
    }
}
