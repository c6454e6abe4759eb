//! What is said with a report, and to it.

use crate::form::{Field, Form, choice, id, lines};

/// What somebody says of what they report. **Units**: characters.
const TEXT_CHARS_MAX: usize = 500;

/// Of what everybody sees; a negotiation is reported in it.
const ABOUT: &[&str] = &["booth", "exhibit"];
/// What stands against it. **Source**: SPEC 24 (L533-L544).
const GROUNDS: &[&str] = &["false_information", "forbidden_goods", "infringement", "offensive", "fraud", "other"];

static REPORTED: [Field; 4] = [
    choice("about", ABOUT).required(),
    id("subject").required(),
    choice("ground", GROUNDS).required(),
    lines("text", 1, TEXT_CHARS_MAX).required(),
];
static DECIDED: [Field; 1] = [lines("answer", 1, TEXT_CHARS_MAX).required()];

/// A report about something public.
pub static REPORT: Form = Form::new("Report", &REPORTED);
/// What the committee says with its decision.
pub static DECISION: Form = Form::new("ReportDecision", &DECIDED);
