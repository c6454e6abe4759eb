//! What answers about uploads hold, for the description of the interface.

use fair::uploads::RULES;
use serde_json::{Value, json};

/// One upload.
pub(super) fn upload() -> Value {
    json!({"type": "object", "required": ["id", "use", "type", "bytes"], "properties": {
        "id": crate::schema::id(),
        "use": used_for(),
        "type": {"type": "string", "description": "its media type"},
        "bytes": whole(),
        "width": whole(),
        "height": whole(),
        "name": {"type": "string"},
        "warning": {"type": "string", "enum": ["large"]},
        "record": {"type": "string", "description": "what it belongs to"},
    }})
}

/// What a team has uploaded and may upload.
pub(super) fn usage() -> Value {
    let amount = || {
        json!({"type": "object", "required": ["bytes", "files"], "properties": {
            "bytes": whole(), "files": whole(),
        }})
    };
    let sides = || json!({"type": "array", "items": whole(), "minItems": 2, "maxItems": 2});
    let required = ["use", "formats", "bytes_min", "bytes_max", "per_record", "private"];
    let rule = json!({"type": "object", "required": required, "properties": {
        "use": used_for(),
        "formats": {"type": "array", "items": {"type": "string"}},
        "bytes_min": whole(),
        "bytes_max": whole(),
        "pixels": sides(),
        "pixels_suggested": sides(),
        "warns_above": whole(),
        "per_record": whole(),
        "private": {"type": "boolean"},
    }});
    json!({"type": "object", "required": ["taken", "quota", "uses"], "properties": {
        "taken": amount(), "quota": amount(), "uses": {"type": "array", "items": rule},
    }})
}

fn used_for() -> Value {
    json!({"type": "string", "enum": RULES.map(|rule| rule.used_for)})
}

fn whole() -> Value {
    json!({"type": "integer", "minimum": 0})
}
