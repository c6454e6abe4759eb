//! Messages to phones and mailboxes that follow from a step: who reads them, and what fills their texts. Never sends.

use serde_json::Value;

use super::{Line, Record};
use crate::error::{Error, Result};
use crate::messages::Template;
use crate::seal::Contact;

/// A message that follows from a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// What is said. Filled with `enterprise`, the record's, and `reason`, what was said to the step.
    pub template: Template,
    /// Whom.
    pub to: Reader,
}

/// Who reads a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whom the record names: its `contact_phone`, else its `contact_email`.
    Contact,
    /// Who may act for the owner, each as their account says.
    Owner,
}

/// Whom a record names.
pub(super) fn contact_of(record: &Record) -> Contact {
    let text = |field| Some(record.text(field).to_owned()).filter(|text| !text.is_empty());
    Contact { mobile: text("contact_phone"), email: text("contact_email") }
}

/// What fills a template's text.
pub(super) fn params<'a>(
    template: Template,
    record: &'a Record,
    line: &'a Line,
) -> Result<Vec<(&'static str, &'a str)>> {
    let value = |name: &'static str| match name {
        "enterprise" => Ok((name, record.fields.get("enterprise_name").and_then(Value::as_str).unwrap_or_default())),
        "reason" => Ok((name, line.note.as_deref().unwrap_or_default())),
        _ => Err(Error::Internal("no record says what fills this text")),
    };
    template.params().iter().map(|name| value(name)).collect()
}
