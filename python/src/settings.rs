//! The arguments of a client's constructor, as the SDK's builder takes them. Errors name the Python argument.

use std::path::PathBuf;
use std::time::Duration;

use autoplay_sdk::{Builder, ConnectorClient, Overflow};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use crate::error::SdkConfigError;

/// No clock of a machine goes further.
const CENTURY: Duration = Duration::from_hours(24 * 365 * 100);

/// The builder with everything given. `named` has the names of the constructor, which has supplied its defaults.
pub(crate) fn builder(
    url: &Bound<'_, PyAny>,
    token: &Bound<'_, PyAny>,
    named: &Bound<'_, PyDict>,
) -> PyResult<Builder> {
    let mut builder = ConnectorClient::builder(&text("url", url)?);
    if !token.is_none() {
        builder = builder.token(text("token", token)?.trim_matches(' '));
    }
    check(named)?;
    for (name, value) in named {
        let name = name.cast_into::<PyString>()?;
        builder = set(builder, name.to_str()?, &value)?;
    }
    Ok(builder)
}

fn set(builder: Builder, name: &str, value: &Bound<'_, PyAny>) -> PyResult<Builder> {
    Ok(match name {
        "max_queue_size" => builder.max_queue_size(count("max_queue_size", value, 1)?),
        "max_queue_bytes" => builder.max_queue_bytes(count("max_queue_bytes", value, 1)?),
        "max_event_bytes" => builder.max_event_bytes(count("max_event_bytes", value, 1024)?),
        "workers" => builder.workers(count("workers", value, 1)?),
        "session_concurrency" => builder.session_concurrency(count("session_concurrency", value, 1)?),
        "max_retries" if value.is_none() => builder.max_retries(None),
        "max_retries" => {
            let retries = count("max_retries", value, 0)?;
            builder.max_retries(u32::try_from(retries).unwrap_or(u32::MAX))
        }
        "connect_timeout" => builder.connect_timeout(above_zero("connect_timeout", value)?),
        "initial_backoff_s" => builder.initial_backoff(above_zero("initial_backoff_s", value)?),
        "max_backoff_s" => builder.max_backoff(above_zero("max_backoff_s", value)?),
        "read_timeout_s" if value.is_none() => builder.read_timeout(None),
        "read_timeout_s" => builder.read_timeout(above_zero("read_timeout_s", value)?),
        "max_lag_s" => builder.max_lag(seconds("max_lag_s", value)?),
        "drain_timeout" => builder.drain_timeout(seconds("drain_timeout", value)?),
        "overflow" | "checkpoint" | "ca_file" | "proxy" if value.is_none() => builder,
        "overflow" => builder.overflow(overflow(value)?),
        "checkpoint" => builder.checkpoint(path("checkpoint", value)?),
        "ca_file" => builder.ca_file(path("ca_file", value)?),
        "proxy" => builder.proxy(text("proxy", value)?),
        _ => return Err(config(name, "is no argument of a client")),
    })
}

/// What two arguments say together.
fn check(named: &Bound<'_, PyDict>) -> PyResult<()> {
    let given = |name| Ok::<_, PyErr>(named.get_item(name)?.filter(|value| !value.is_none()));
    if let (Some(initial), Some(longest)) = (given("initial_backoff_s")?, given("max_backoff_s")?) {
        let initial = above_zero("initial_backoff_s", &initial)?;
        let longest = above_zero("max_backoff_s", &longest)?;
        if longest < initial {
            let problem = format!(
                "is {longest:?}, below initial_backoff_s, which is {initial:?}; raise it, or lower the other"
            );
            return Err(config("max_backoff_s", &problem));
        }
    }
    if given("checkpoint")?.is_some()
        && let Some(on_full) = given("overflow")?
        && overflow(&on_full)? == Overflow::Drop
    {
        let problem =
            "is \"drop\", but with a checkpoint nothing may be lost; leave it out, or give \"block\"";
        return Err(config("overflow", problem));
    }
    Ok(())
}

fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        return Err(config(name, &format!("is {}, but must be a str", kind(value)?)));
    };
    // Not the interpreter's own error: that would quote the text, which may be a secret.
    text.to_str()
        .map(str::to_owned)
        .map_err(|_| config(name, "is no Unicode text: it holds a lone surrogate"))
}

fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if value.is_instance_of::<PyString>() || value.hasattr("__fspath__")? {
        return value.extract();
    }
    Err(config(name, &format!("is {}, but must be a path: a str or a pathlib.Path", kind(value)?)))
}

fn overflow(value: &Bound<'_, PyAny>) -> PyResult<Overflow> {
    match value.cast::<PyString>().ok().and_then(|text| text.to_str().ok()) {
        Some("drop") => Ok(Overflow::Drop),
        Some("block") => Ok(Overflow::Block),
        Some(other) if other.len() < 20 => {
            Err(config("overflow", &format!("is {other:?}, but must be \"drop\" or \"block\"")))
        }
        _ => Err(config("overflow", &format!("is {}, but must be \"drop\" or \"block\"", shown(value)?))),
    }
}

/// A whole number. One that is too large for the machine is as good as the largest that is not.
fn count(name: &str, value: &Bound<'_, PyAny>, least: usize) -> PyResult<usize> {
    let refused =
        || Ok::<_, PyErr>(config(name, &format!("is {}, but must be a whole number", shown(value)?)));
    if value.is_instance_of::<PyBool>() || value.is_instance_of::<PyString>() {
        return Err(refused()?);
    }
    let float = value.cast::<PyFloat>().ok().map(|float| float.extract::<f64>()).transpose()?;
    let integer = match float {
        Some(float) if float.fract() == 0.0 => value.py().get_type::<PyInt>().call1((value,))?,
        None if value.hasattr("__index__")? => value.call_method0("__index__")?,
        Some(_) | None => return Err(refused()?),
    };
    if integer.lt(least)? {
        return Err(config(name, &format!("is {}, but must be at least {least}", shown(&integer)?)));
    }
    Ok(integer.extract().unwrap_or(usize::MAX))
}

fn above_zero(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let duration = seconds(name, value)?;
    if duration.is_zero() {
        let or_none = if name == "read_timeout_s" { ", or None to wait for ever" } else { "" };
        return Err(config(name, &format!("is {}, but must be above 0{or_none}", shown(value)?)));
    }
    Ok(duration)
}

fn seconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let is_text = value.is_instance_of::<PyBool>() || value.is_instance_of::<PyString>();
    let number = if is_text { None } else { number(value) };
    let Some(number) = number else {
        return Err(config(name, &format!("is {}, but must be a number of seconds", shown(value)?)));
    };
    if number < 0.0 {
        return Err(config(name, &format!("is {}, but must not be negative", shown(value)?)));
    }
    Ok(Duration::try_from_secs_f64(number).unwrap_or(CENTURY).min(CENTURY))
}

/// What is not a number is `None`; an integer beyond all floats is infinite.
fn number(value: &Bound<'_, PyAny>) -> Option<f64> {
    match value.extract::<f64>() {
        Ok(number) if number.is_nan() => None,
        Ok(number) => Some(number),
        Err(_) if value.is_instance_of::<PyInt>() => {
            Some(if value.lt(0).ok()? { f64::NEG_INFINITY } else { f64::INFINITY })
        }
        Err(_) => None,
    }
}

fn config(argument: &str, problem: &str) -> PyErr {
    SdkConfigError::new_err(format!("{argument}: {problem}"))
}

/// Numbers and the names of types are no secrets; of anything else only its type is shown.
fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let is_number = value.is_instance_of::<PyInt>() || value.is_instance_of::<PyFloat>() || value.is_none();
    if !is_number {
        return kind(value);
    }
    // Very long integers have no text.
    let text = value.repr().map_or_else(|_| "a huge number".to_owned(), |text| text.to_string());
    Ok(if text.len() > 30 { "a huge number".to_owned() } else { text })
}

fn kind(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(if value.is_none() { "None".to_owned() } else { format!("of type {}", value.get_type().name()?) })
}
