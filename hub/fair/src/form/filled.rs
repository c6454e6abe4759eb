//! A form that is filled rightly.

use std::fmt;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// What was sent, checked and in its normal form; holds fields of its form only. Shows their names only.
#[derive(Clone, PartialEq, Default)]
pub struct Filled(Map<String, Value>);

impl Filled {
    pub(super) const fn of(fields: Map<String, Value>) -> Self {
        Self(fields)
    }

    /// Its fields.
    #[must_use]
    pub const fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The same, to keep.
    #[must_use]
    pub fn into_fields(self) -> Map<String, Value> {
        self.0
    }

    /// The text of a field; none where it is not there.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether a field is `true`.
    #[must_use]
    pub fn yes(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    /// A password, taken out so that it is in no record by mistake.
    pub fn take_secret(&mut self, name: &str) -> Option<SecretString> {
        match self.0.remove(name) {
            Some(Value::String(secret)) => Some(secret.into()),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => None,
        }
    }

    /// As the request type of the operation.
    ///
    /// # Errors
    /// [`Error::Internal`] when the type wants other fields than the form gives.
    pub fn read<T: DeserializeOwned>(self) -> Result<T> {
        serde_json::from_value(Value::Object(self.0)).map_err(|_error| Error::Internal("a form of another shape"))
    }
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
