//! `POST /products`: registering a product.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use super::{App, body};
use crate::problem::Problem;
use crate::products::{Mode, RegisterError, Registration};
use crate::secret::Secret;

/// Longest text taken in any field of a registration.
const MAX_TEXT: usize = 1_024;
const MAX_PROJECT_KEYS: usize = 100;
const MAX_BODY: usize = 64 << 10;

pub(super) async fn register(
    State(app): State<App>,
    headers: HeaderMap,
    request_body: Body,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let admin_key = headers.get("x-admin-key").map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    if !app.admin_key.matches(&admin_key) {
        return Err(Problem::unauthorized(
            "wrong_admin_key",
            "Send the connector's admin key as X-Admin-Key.",
        ));
    }
    let received = body::read(&app, &headers, request_body, MAX_BODY).await?;
    let registration = parse(&received.bytes)?;
    let now_ms = app.config.clock.now_ms();
    // Goes on to its end even if the caller hangs up: a product that is stored is also in the index.
    let (products, log) = (Arc::clone(&app.products), Arc::clone(&app.log));
    let registering =
        tokio::spawn(async move { products.register(log.as_ref(), registration, now_ms).await });
    let registered = registering.await.unwrap_or(Err(RegisterError::NotStored)).map_err(refuse)?;

    let base = base_url(&app, &headers);
    let product = &registered.product;
    let id = &product.product_id;
    tracing::info!(product_id = id, "product registered");
    let answer = json!({
        "product_id": id,
        "webhook_url": format!("{base}/webhook/{id}"),
        "stream_url": format!("{base}/stream/{id}"),
        "webhook_secret": product.webhook_secret.expose(),
        "unkey_key": registered.key.expose(),
        "unkey_key_id": registered.key_id,
        "dual_write": false,
        "project_key": product.project_keys.first(),
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

fn refuse(error: RegisterError) -> Problem {
    match error {
        RegisterError::Exists => Problem::new(
            StatusCode::CONFLICT,
            "product_exists",
            "A product with this id exists. Send `force_reregister: true` to overwrite it.",
        ),
        RegisterError::ProjectKeyTaken => Problem::new(
            StatusCode::CONFLICT,
            "project_key_taken",
            "One of the project keys belongs to another product.",
        ),
        RegisterError::NotStored => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "log_unavailable",
            "The product was not stored: the log cannot be written.",
        )
        .retry_after(2),
    }
}

/// The connector's own address, as the caller reaches it.
fn base_url(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.config.public_url {
        return url.trim_end_matches('/').to_owned();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("http://{host}")
}

fn parse(bytes: &[u8]) -> Result<Registration, Problem> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) else {
        return Err(Problem::bad_request("not_json", "The body must be a JSON object."));
    };
    let product_id = product_id(&fields)?;
    let contact_email =
        text(&fields, "contact_email")?.ok_or_else(|| invalid("contact_email", "is required"))?;
    if !contact_email.contains('@') {
        return Err(invalid("contact_email", "must be an e-mail address"));
    }
    let integration_config = match fields.get("integration_config") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(config)) => config.clone(),
        Some(_) => return Err(invalid("integration_config", "must be an object")),
    };
    Ok(Registration {
        product_id,
        contact_email,
        webhook_secret: text(&fields, "webhook_secret")?.map(Secret::new),
        mode: mode(&integration_config, text(&fields, "integration_type")?.as_deref())?,
        integration_config,
        project_keys: project_keys(&fields)?,
        force_reregister: match fields.get("force_reregister") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(force)) => *force,
            Some(_) => return Err(invalid("force_reregister", "must be true or false")),
        },
    })
}

/// 1–128 of `A–Z a–z 0–9 . _ -`; a number is taken as its text.
fn product_id(fields: &Map<String, Value>) -> Result<String, Problem> {
    let id = match fields.get("product_id") {
        Some(Value::Number(number)) => number.to_string(),
        _ => text(fields, "product_id")?.ok_or_else(|| invalid("product_id", "is required"))?,
    };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    // Clients normalise these two away as path segments: such a product could never be reached.
    let is_path_step = id == "." || id == "..";
    if id.len() > 128 || !id.bytes().all(is_allowed) || is_path_step {
        return Err(invalid("product_id", "must be 1 to 128 characters of A-Z a-z 0-9 . _ -"));
    }
    Ok(id)
}

/// `integration_config.mode` is the one switch; `integration_type: webhook` is an older word for pushing.
fn mode(config: &Map<String, Value>, integration_type: Option<&str>) -> Result<Mode, Problem> {
    match config.get("mode") {
        None | Some(Value::Null) if integration_type == Some("webhook") => Ok(Mode::Push),
        None | Some(Value::Null) => Ok(Mode::Sse),
        Some(Value::String(mode)) if mode == "sse" => Ok(Mode::Sse),
        Some(Value::String(mode)) if mode == "push" => Ok(Mode::Push),
        Some(_) => Err(invalid("integration_config.mode", "must be \"sse\" or \"push\"")),
    }
}

fn project_keys(fields: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let keys = match fields.get("project_keys") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(keys)) if keys.len() <= MAX_PROJECT_KEYS => keys,
        Some(_) => return Err(invalid("project_keys", "must be a list of at most 100 keys")),
    };
    keys.iter()
        .map(|key| key.as_str().filter(|key| is_clean(key)).map(str::to_owned))
        .collect::<Option<_>>()
        .ok_or_else(|| invalid("project_keys", "must be texts without control characters"))
}

/// A field that is a text or absent; empty counts as absent.
fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<String>, Problem> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) if is_clean(text) => Ok(Some(text.clone())),
        Some(_) => {
            Err(invalid(name, "must be a text of at most 1,024 characters without control characters"))
        }
    }
}

fn is_clean(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_TEXT && !text.chars().any(char::is_control)
}

fn invalid(field: &str, what: &str) -> Problem {
    Problem::bad_request("invalid_field", format!("`{field}` {what}."))
}
