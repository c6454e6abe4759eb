//! The description of a form: JSON Schema 2020-12 as OpenAPI 3.1 uses it, with what a page needs to draw the form.
//!
//! What the schema says is true of what is kept; a check character, a day that exists, a visible text it cannot say.
//! Beside the standard's words: `x-order` (place), `x-widget` (how it is filled), `x-options` (vocabulary), `x-use` (of an
//! upload, or of those in a rich text), `x-text-max` (characters without markup), `x-required` (of a draft: what is needed
//! once it is handed in), `x-required-when` and `x-only-when` ([`super::Condition::described`]), `x-depends-on` and
//! `x-cases`.

use serde_json::{Map, Value, json};

use super::Form;
use super::field::{Field, Required};
use super::kind::{FieldKind, TERM_BYTES_MAX, TextKind};
use crate::field::rich::MARKUP_BYTES_MAX;
use crate::field::{NAME_LEN, PASSWORD_LEN};

impl Form {
    /// Of what is sent to make a record.
    #[must_use]
    pub fn schema(&self) -> Value {
        let required = self.required();
        let mut schema = self.object(|_field, schema| schema);
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        Value::Object(schema)
    }

    fn required(&self) -> Vec<&'static str> {
        let required = self.fields.iter().filter(|field| matches!(field.required, Required::Always));
        required.map(|field| field.name).collect()
    }

    /// Of a merge patch: nothing is needed, and what may be left out may be taken away.
    #[must_use]
    pub fn patch_schema(&self) -> Value {
        Value::Object(self.object(|field, schema| match field.required {
            Required::Always => schema,
            Required::Never | Required::When(_) | Required::Only(_) => or_null(schema),
        }))
    }

    /// Of a draft, and of a patch on one: nothing is needed, and everything may be taken away again. What is needed once it
    /// is handed in stands in `x-required`.
    #[must_use]
    pub fn draft_schema(&self) -> Value {
        let mut schema = self.object(|_field, schema| or_null(schema));
        schema.insert("x-required".to_owned(), json!(self.required()));
        Value::Object(schema)
    }

    fn object(&self, shown: impl Fn(&Field, Map<String, Value>) -> Map<String, Value>) -> Map<String, Value> {
        let properties: Map<String, Value> = self
            .fields
            .iter()
            .enumerate()
            .map(|(place, field)| (field.name.to_owned(), Value::Object(shown(field, property(field, place)))))
            .collect();
        let object = json!({"type": "object", "additionalProperties": false, "properties": properties});
        fields_of(object)
    }
}

fn property(field: &Field, place: usize) -> Map<String, Value> {
    let mut schema = field.kind.schema();
    schema.insert("x-order".to_owned(), place.into());
    if !field.about.is_empty() {
        schema.insert("description".to_owned(), field.about.into());
    }
    match &field.required {
        Required::Always | Required::Never => {}
        Required::When(condition) => {
            schema.insert("x-required-when".to_owned(), condition.described());
        }
        Required::Only(condition) => {
            schema.insert("x-only-when".to_owned(), condition.described());
        }
    }
    schema
}

fn or_null(mut schema: Map<String, Value>) -> Map<String, Value> {
    if let Some(kind) = schema.get("type").cloned() {
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.push(Value::Null);
    }
    schema
}

/// The members of a value that was written as an object.
fn fields_of(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

impl FieldKind {
    fn schema(&self) -> Map<String, Value> {
        fields_of(match self {
            Self::Text(kind) => return kind.schema(),
            Self::Whole { min, max } => {
                json!({"type": "integer", "minimum": min, "maximum": max, "x-widget": "number"})
            }
            Self::Fen { max } => {
                json!({"type": "integer", "minimum": 0, "maximum": max, "x-widget": "fen"})
            }
            Self::Flag => json!({"type": "boolean", "x-widget": "checkbox"}),
            Self::Agreed => json!({"type": "boolean", "const": true, "x-widget": "checkbox"}),
            Self::List { of, min, max } => {
                let (items, widget) = (of.schema(), of.list_widget());
                json!({"type": "array", "items": items, "minItems": min, "maxItems": max, "uniqueItems": true,
                    "x-widget": widget})
            }
            Self::Depending { on, cases } => {
                let schemas = cases.iter().map(|(case, kind)| ((*case).to_owned(), Value::Object(kind.schema())));
                let cases: Map<String, Value> = schemas.collect();
                json!({"type": "string", "x-widget": "text", "x-depends-on": on, "x-cases": cases})
            }
        })
    }

    /// How several of this kind are filled.
    const fn list_widget(&self) -> &'static str {
        match self {
            Self::Text(TextKind::Choice { .. }) => "checkboxes",
            Self::Text(TextKind::Term { .. }) => "terms",
            Self::Text(TextKind::Upload { .. }) => "uploads",
            Self::Text(_)
            | Self::Whole { .. }
            | Self::Fen { .. }
            | Self::Flag
            | Self::Agreed
            | Self::List { .. }
            | Self::Depending { .. } => "tags",
        }
    }
}

/// A text with a pattern.
fn shaped(pattern: &str, widget: &str) -> Value {
    json!({"type": "string", "pattern": pattern, "x-widget": widget})
}

/// A text whose characters are counted.
fn counted(min: usize, max: usize, widget: &str) -> Value {
    json!({"type": "string", "minLength": min, "maxLength": max, "x-widget": widget})
}

impl TextKind {
    fn schema(&self) -> Map<String, Value> {
        let (name_min, name_max) = (NAME_LEN.start(), NAME_LEN.end());
        fields_of(match self {
            Self::Line { min, max } => counted(*min, *max, "text"),
            Self::Lines { min, max } => counted(*min, *max, "textarea"),
            Self::Username => shaped(&format!("^[A-Za-z0-9_-]{{{name_min},{name_max}}}$"), "text"),
            Self::SubUsername => shaped(&format!("^[a-z0-9_-]{{{name_min},{name_max}}}$"), "text"),
            Self::Password => json!({"type": "string", "format": "password", "writeOnly": true, "x-widget": "password",
                "minLength": PASSWORD_LEN.start(), "maxLength": PASSWORD_LEN.end(),
                "pattern": "^(?=.*[A-Za-z])(?=.*[0-9])[!-~]+$"}),
            Self::Mobile => shaped("^(1[3-9][0-9]{9}|\\+[1-9][0-9]{7,14})$", "tel"),
            Self::MainlandMobile => shaped("^(\\+86)?1[3-9][0-9]{9}$", "tel"),
            Self::Email { max } => {
                json!({"type": "string", "format": "email", "maxLength": max, "x-widget": "email"})
            }
            Self::Link { max } => json!({"type": "string", "format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
                "maxLength": max, "x-widget": "url"}),
            Self::Tag { max } => counted(1, *max, "text"),
            // What is counted is the text in it.
            Self::Rich { max } => json!({"type": "string", "maxLength": MARKUP_BYTES_MAX, "x-widget": "rich",
                "x-text-max": max, "x-use": "illustration"}),
            Self::Digits { len } => shaped(&format!("^[0-9]{{{len}}}$"), "digits"),
            Self::Base32 { len } => shaped(&format!("^[0-9A-TV-Za-tv-z]{{{len}}}$"), "text"),
            Self::Choice { of } => json!({"type": "string", "enum": of, "x-widget": "select"}),
            Self::Date { past } => json!({"type": "string", "format": "date", "x-widget": "date", "x-past": past}),
            Self::Term { vocabulary } => json!({"type": "string", "maxLength": TERM_BYTES_MAX, "x-widget": "term",
                "x-options": vocabulary}),
            Self::Upload { r#use } => json!({"type": "string", "pattern": ID, "x-widget": "upload", "x-use": r#use}),
            Self::Id => shaped(ID, "text"),
            Self::ResidentId => shaped("^[0-9]{17}[0-9Xx]$", "text"),
            Self::CreditCode => shaped("^[0-9A-HJ-NP-RTUW-Ya-hj-np-rtuw-y]{18}$", "text"),
            Self::HomePermit => shaped("^[HMhm]([0-9]{8}|[0-9]{10})$", "text"),
            Self::TaiwanPermit => shaped("^([0-9]{8}|[0-9]{10})$", "text"),
            Self::Passport => shaped("^[A-Za-z0-9]{5,9}$", "text"),
        })
    }
}

/// An id: 63 bits in Crockford's base 32.
const ID: &str = "^[0-7][0-9a-hjkmnp-tv-z]{12}$";
