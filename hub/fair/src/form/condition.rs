//! When a field is needed, said by the other fields: as data, so that whoever draws the form knows it too.

use serde_json::{Map, Value, json};

/// Something that the fields say.
#[derive(Debug, Clone, Copy)]
pub enum Condition {
    /// The field has one of these texts.
    Is(&'static str, &'static [&'static str]),
    /// The field's text begins so: a code of a vocabulary below another one.
    Begins(&'static str, &'static str),
    /// The field is `true`.
    Yes(&'static str),
    /// The field is not there.
    Absent(&'static str),
    /// All of these hold.
    All(&'static [Self]),
    /// This does not hold.
    Not(&'static Self),
}

impl Condition {
    /// Whether it holds of these fields, as they were sent.
    #[must_use]
    pub fn holds(&self, fields: &Map<String, Value>) -> bool {
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        match self {
            Self::Is(name, words) => text(name).is_some_and(|text| words.contains(&text)),
            Self::Begins(name, start) => text(name).is_some_and(|text| text.starts_with(start)),
            Self::Yes(name) => fields.get(*name) == Some(&Value::Bool(true)),
            Self::Absent(name) => !fields.contains_key(*name),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(fields)),
            Self::Not(condition) => !condition.holds(fields),
        }
    }

    /// **Shape**: `{"is":{"field","values"}}`, `{"begins":{"field","with"}}`, `{"yes":field}`, `{"absent":field}`,
    /// `{"all":[...]}`, `{"not":...}`.
    #[must_use]
    pub fn described(&self) -> Value {
        match self {
            Self::Is(name, words) => json!({"is": {"field": name, "values": words}}),
            Self::Begins(name, start) => json!({"begins": {"field": name, "with": start}}),
            Self::Yes(name) => json!({"yes": name}),
            Self::Absent(name) => json!({"absent": name}),
            Self::All(conditions) => json!({"all": conditions.iter().map(Self::described).collect::<Vec<_>>()}),
            Self::Not(condition) => json!({"not": condition.described()}),
        }
    }

    /// The fields that it speaks of.
    pub(super) fn names(&self) -> Vec<&'static str> {
        match self {
            Self::Is(name, _) | Self::Begins(name, _) | Self::Yes(name) | Self::Absent(name) => vec![name],
            Self::All(conditions) => conditions.iter().flat_map(Self::names).collect(),
            Self::Not(condition) => condition.names(),
        }
    }
}
