//! What steps ask for, where it is the same for all kinds.

use crate::form::{Field, Form, lines};

/// Why something is refused. **Units**: characters.
const REASON_CHARS_MAX: usize = 500;

static REASON_FIELDS: [Field; 1] = [lines("reason", 1, REASON_CHARS_MAX).required()];

/// A step that says why.
pub static REASON: Form = Form::new("Reason", &REASON_FIELDS);
/// A step that asks for nothing.
pub static NOTHING: Form = Form::new("Nothing", &[]);
