//! Makes the fields of what arrived.

use std::sync::Arc;

use autoplay_protocol::payload::{ActionsPayload, Payload, SlimAction, SummaryPayload};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::arrived::{self, Content};
use crate::json;

/// The fields in the order of their class.
pub(crate) fn of<'py>(py: Python<'py>, content: &Content) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    match content {
        Content::Whole(payload) => match payload.build() {
            Payload::Actions(batch) => actions(&fields, &Arc::new(batch))?,
            Payload::Summary(summary) => summary_fields(&fields, &summary)?,
            Payload::Gap(_) | Payload::Other { .. } => {}
        },
        Content::Action(batch, place) => {
            if let Some(of_action) = batch.actions.get(*place) {
                action(&fields, of_action)?;
            }
        }
    }
    Ok(fields)
}

fn actions(fields: &Bound<'_, PyDict>, batch: &Arc<ActionsPayload>) -> PyResult<()> {
    let py = fields.py();
    let list = PyList::empty(py);
    for place in 0..batch.actions.len() {
        list.append(arrived::make(py, Content::Action(Arc::clone(batch), place))?)?;
    }
    fields.set_item(intern!(py, "product_id"), &batch.product_id)?;
    fields.set_item(intern!(py, "session_id"), &batch.session_id)?;
    fields.set_item(intern!(py, "user_id"), &batch.user_id)?;
    fields.set_item(intern!(py, "email"), &batch.email)?;
    fields.set_item(intern!(py, "actions"), list)?;
    fields.set_item(intern!(py, "count"), batch.count)?;
    fields.set_item(intern!(py, "forwarded_at"), batch.forwarded_at)?;
    fields.set_item(intern!(py, "conversation_id"), &batch.conversation_id)?;
    fields.set_item(intern!(py, "extra"), json::object(py, &batch.extra)?)
}

fn summary_fields(fields: &Bound<'_, PyDict>, summary: &SummaryPayload) -> PyResult<()> {
    let py = fields.py();
    fields.set_item(intern!(py, "product_id"), &summary.product_id)?;
    fields.set_item(intern!(py, "session_id"), &summary.session_id)?;
    fields.set_item(intern!(py, "summary"), &summary.summary)?;
    fields.set_item(intern!(py, "replaces"), summary.replaces)?;
    fields.set_item(intern!(py, "forwarded_at"), summary.forwarded_at)?;
    fields.set_item(intern!(py, "extra"), json::object(py, &summary.extra)?)
}

fn action(fields: &Bound<'_, PyDict>, action: &SlimAction) -> PyResult<()> {
    let py = fields.py();
    fields.set_item(intern!(py, "title"), &action.title)?;
    fields.set_item(intern!(py, "description"), &action.description)?;
    fields.set_item(intern!(py, "canonical_url"), &action.canonical_url)?;
    fields.set_item(intern!(py, "index"), action.index)?;
    fields.set_item(intern!(py, "type"), &action.kind)?;
    fields.set_item(intern!(py, "timestamp_start"), action.timestamp_start)?;
    fields.set_item(intern!(py, "timestamp_end"), action.timestamp_end)?;
    fields.set_item(intern!(py, "raw_url"), &action.raw_url)?;
    fields.set_item(intern!(py, "session_id"), &action.session_id)?;
    fields.set_item(intern!(py, "user_id"), &action.user_id)?;
    fields.set_item(intern!(py, "email"), &action.email)?;
    fields.set_item(intern!(py, "conversation_id"), &action.conversation_id)?;
    fields.set_item(intern!(py, "extra"), json::object(py, &action.extra)?)
}
