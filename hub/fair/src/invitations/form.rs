//! What an institution says when it issues codes. **Source**: SPEC 5.

use super::{ISSUED_MAX, Issue};
use crate::day::Day;
use crate::error::Result;
use crate::form::{Context, Field, Form, Object, date, term, whole};

static FIELDS: [Field; 3] = [
    whole("count", 1, ISSUED_MAX as i64).required(),
    term("zone", "zone").about("The zone that the codes preset"),
    date("expires_on", false).about("Their last day"),
];

/// Codes to issue.
pub static ISSUE: Form = Form::new("InvitationCodes", &FIELDS);

/// Reads what was sent.
///
/// # Errors
/// [`crate::Error::Invalid`] with every wrong field.
pub fn read_issue(sent: &Object, context: &Context<'_>) -> Result<Issue> {
    let filled = ISSUE.check(sent, context)?;
    let count = filled.fields().get("count").and_then(serde_json::Value::as_u64).unwrap_or(0);
    let expires = filled.text("expires_on").and_then(Day::parse).map(Day::ends);
    let zone = filled.text("zone").map(str::to_owned);
    Ok(Issue { count: usize::try_from(count).unwrap_or(usize::MAX), zone, expires })
}
