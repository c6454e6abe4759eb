//! Who somebody really is: sealed in their account's row, shown masked.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::Hidden;
use storage::ids::{UploadId, UserId};
use utoipa::ToSchema;

use super::form;
use crate::accounts::Accounts;
use crate::error::{Error, Result};
use crate::form::Filled;
use crate::seal::Sealer;

/// What SPEC 7 asks of a person, as the form says it. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    nationality: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    real_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    real_name_en: Option<String>,
    gender: String,
    document_type: String,
    document_number: String,
    birthday: String,
    position: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    photo: Option<UploadId>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Person")
    }
}

/// A person as overseers see them. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PersonSeen {
    /// A code of the taxonomy `nationality`.
    pub nationality: String,
    /// 姓名.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_name: Option<String>,
    /// In Latin letters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_name_en: Option<String>,
    /// `male`, `female`.
    pub gender: String,
    /// `resident_id`, `home_permit`, `taiwan_permit`, `passport`.
    pub document_type: String,
    /// Masked: `110***********002X`.
    pub document_number: String,
    /// A day.
    pub birthday: String,
    /// `senior`, `middle`, `junior`.
    pub position: String,
    /// 证件照, an upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<UploadId>,
}

impl fmt::Debug for PersonSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonSeen")
    }
}

/// A document in full. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Document {
    /// What it is.
    pub document_type: String,
    /// Its number.
    pub document_number: String,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document")
    }
}

/// Whether a badge can be applied for, and what is missing. **Source**: SPEC 8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Badge {
    /// Nothing is missing.
    pub ready: bool,
    /// Names of fields.
    #[schema(value_type = Vec<String>)]
    pub missing: Vec<&'static str>,
}

/// What a badge shows, each a field of the form.
const NEEDED: [&str; 7] =
    ["nationality", "real_name", "gender", "document_type", "document_number", "birthday", "position"];

impl Badge {
    pub(super) fn of(person: Option<&Person>) -> Self {
        let unknown = if person.is_some() { &[][..] } else { &NEEDED };
        let photo = person.is_none_or(|person| person.photo.is_none()).then_some(form::PHOTO.name);
        let missing: Vec<_> = unknown.iter().copied().chain(photo).collect();
        Self { ready: missing.is_empty(), missing }
    }
}

impl Person {
    /// Of a form that is filled rightly.
    pub(super) fn of(filled: &Filled) -> Result<Self> {
        serde_json::from_value(Value::Object(filled.fields().clone()))
            .map_err(|_shape| Error::Internal("a form of another shape"))
    }

    /// As the form's fields.
    pub(super) fn fields(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        }
    }

    pub(super) fn sealed(&self, sealer: &Sealer, user: UserId) -> Result<Hidden<Vec<u8>>> {
        let plain = serde_json::to_vec(self).map_err(|_encoding| Error::Internal("person encoding"))?;
        sealer.seal_bytes(&place(user), &plain).map(Hidden)
    }

    pub(super) fn open(sealer: &Sealer, user: UserId, sealed: &[u8]) -> Result<Self> {
        let plain = sealer.open_bytes(&place(user), sealed)?;
        serde_json::from_slice(&plain).map_err(|_shape| Error::Internal("a sealed person does not open"))
    }

    /// What tells a document from others, and does not tell its number.
    pub(super) fn mark(&self, accounts: &Accounts) -> Vec<u8> {
        accounts.keys().document_mark(&self.document_type, &self.document_number).to_vec()
    }

    pub(super) fn document(self) -> Document {
        Document { document_type: self.document_type, document_number: self.document_number }
    }

    pub(super) fn seen(&self) -> PersonSeen {
        let known = self.clone();
        PersonSeen {
            nationality: known.nationality,
            real_name: known.real_name,
            real_name_en: known.real_name_en,
            gender: known.gender,
            document_type: known.document_type,
            document_number: mask(&known.document_number),
            birthday: known.birthday,
            position: known.position,
            photo: known.photo,
        }
    }

    pub(super) const fn photo(&self) -> Option<UploadId> {
        self.photo
    }
}

/// Where it is sealed: not where the contact is.
fn place(user: UserId) -> Vec<u8> {
    [b"person/".as_slice(), &user.0.to_be_bytes()].concat()
}

/// `110***********002X`; of a shorter number the first and the last character at most.
fn mask(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let (front, back) = if chars.len() >= 15 { (3, 4) } else { (1, 1) };
    let hidden = |at: usize| at >= front && at + back < chars.len();
    chars.iter().enumerate().map(|(at, c)| if hidden(at) { '*' } else { *c }).collect()
}

#[cfg(test)]
mod tests;
