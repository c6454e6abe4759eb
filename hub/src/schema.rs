//! Schemas (JSON Schema 2020-12, as OpenAPI 3.1 and AsyncAPI 3 use it) and where they are named.

use std::collections::BTreeMap;

use fair::form::Form;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, schema::Schema};

/// An id, as a regular expression.
pub const ID: &str = storage::ids::PATTERN;

/// Schemas by name. What cannot be right (two different ones under one name, a form whose table is wrong) is kept beside
/// them, for a test to find.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Each by its name.
    pub schemas: BTreeMap<String, Value>,
    /// What cannot be right.
    pub clashes: Vec<String>,
}

impl Named {
    /// Names a schema, and refers to it.
    pub fn add(&mut self, name: &str, schema: Value) -> Value {
        if self.schemas.get(name).is_some_and(|known| *known != schema) {
            self.clashes.push(format!("{name}: two different schemas"));
        }
        self.schemas.insert(name.to_owned(), schema);
        reference(name)
    }

    /// Names the type's schema and those that it is made of, and refers to it.
    pub fn of<T: ToSchema>(&mut self) -> Value {
        let mut parts = Vec::new();
        T::schemas(&mut parts);
        for (name, part) in parts {
            self.add(&name, untagged(value(&part)));
        }
        self.add(&T::name(), untagged(value(&T::schema())))
    }

    /// Adds those of another one.
    pub fn join(&mut self, other: &Self) {
        for (name, schema) in &other.schemas {
            self.add(name, schema.clone());
        }
        self.clashes.extend(other.clashes.iter().cloned());
    }
}

/// `{"$ref":...}` to a component.
#[must_use]
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn value(schema: &RefOr<Schema>) -> Value {
    widened(serde_json::to_value(schema).expect("invariant: a schema is JSON"))
}

/// A number without a sign goes up to 2^32 - 1, which the format `int32` denies.
pub(crate) fn widened(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(members) => {
            if members.get("minimum") == Some(&json!(0)) && members.get("format") == Some(&json!("int32")) {
                members.remove("format");
                members.insert("maximum".to_owned(), json!(u32::MAX));
            }
            members.values_mut().for_each(|member| *member = widened(member.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = widened(item.take())),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    schema
}

/// A page of a list. **Shape**: `{"items":[...],"next"?}`.
#[must_use]
pub fn page_of(item: &Value) -> Value {
    json!({"type": "object", "required": ["items"], "properties": {
        "items": {"type": "array", "items": item},
        "next": {"type": "string", "description": "the next page's cursor; none: there is none"},
        "total": {"type": "integer", "minimum": 0},
    }})
}

/// A record as it is answered: what every record has, and the fields of its form.
#[must_use]
pub fn record_of(form: &Form) -> Value {
    let text = || json!({"type": "string"});
    let mut properties = fields(form.schema().get("properties"));
    for shown in properties.values_mut() {
        // What is kept is what was sent in its normal form; what is never shown again is not among it.
        if let Some(field) = shown.as_object_mut() {
            field.retain(|name, _| {
                matches!(name.as_str(), "type" | "items" | "enum" | "description" | "x-order" | "x-options")
            });
        }
    }
    let own = json!({
        "id": {"type": "string", "pattern": ID}, "kind": text(), "state": text(),
        "version": {"type": "integer", "minimum": 0},
        "actions": {"type": "array", "items": text(), "description": "what the caller may do now"},
        "created_at": time(), "updated_at": time(),
        "history": {"type": "array", "items": {"type": "object", "properties": {
            "at": time(), "action": text(), "from": text(), "to": text(), "note": text(),
            "actor": {"type": "object", "properties": {"id": text(), "name": text()}},
        }}},
    });
    properties.extend(fields(Some(&own)));
    let required = ["id", "kind", "state", "version", "actions", "created_at", "updated_at"];
    json!({"type": "object", "required": required, "properties": properties})
}

/// An object of these fields, all of which it has; others may come with a later version.
#[must_use]
pub fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let named = fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone()));
    json!({"type": "object", "required": names, "properties": named.collect::<Map<_, _>>()})
}

/// An id.
#[must_use]
pub fn id() -> Value {
    json!({"type": "string", "pattern": ID})
}

/// A whole number from zero on.
#[must_use]
pub fn whole() -> Value {
    json!({"type": "integer", "minimum": 0})
}

/// `true` or `false`.
#[must_use]
pub fn flag() -> Value {
    json!({"type": "boolean"})
}

/// A moment. **Shape**: RFC 3339 with milliseconds and the offset +08:00.
#[must_use]
pub fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// Adds a member to an object.
pub(crate) fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn fields(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

/// One of several named shapes may be the beginning of another: then what fits that one fits both.
fn untagged(mut schema: Value) -> Value {
    let named = |shapes: &Value| shapes.as_array().is_some_and(|all| all.iter().all(|one| one.get("$ref").is_some()));
    if let Value::Object(fields) = &mut schema
        && let Some(shapes) = fields.remove("oneOf")
    {
        let word = if named(&shapes) { "anyOf" } else { "oneOf" };
        fields.insert(word.to_owned(), shapes);
    }
    schema
}
