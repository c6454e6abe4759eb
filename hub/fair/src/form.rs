//! Forms as data: a form's fields stand once, as a table that reads like the specification's; the check of what was sent
//! (all wrong fields in one answer) and the description for others ([`Form::schema`]) both come from it.
//!
//! Pure: what is known elsewhere (the day, the options of a vocabulary) is handed in as a [`Context`]. Never decides who
//! may send a form, nor where it is kept.

mod condition;
mod field;
mod filled;
mod kind;
mod object;
mod schema;

pub use condition::Condition;
pub use field::{
    Field, Required, agreed, base32, choice, credit_code, date, depending, digits, email, fen, flag, home_permit, id,
    line, lines, link, list, mainland_mobile, mobile, passport, password, resident_id, rich, sub_username, tag,
    taiwan_permit, term, upload, username, whole,
};
pub use filled::Filled;
pub use kind::{FieldKind, TextKind};
pub use object::Object;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::error::{Error, FieldError, Result};
use crate::field::Day;

/// Wrong fields that one answer names; the rest shows when these are right.
const ERRORS_MAX: usize = 64;
/// Of an unknown field's name, what an answer repeats. **Units**: characters.
const NAME_CHARS_MAX: usize = 64;

/// Every word that says which rule a field breaks, with what it means.
pub const BROKEN: &[(&str, &str)] = &[
    ("required", "must be there"),
    ("not_applicable", "must not be there beside what else is said"),
    ("unknown_field", "no field of this form"),
    ("wrong_type", "another type of JSON value"),
    ("too_short", "fewer characters than allowed"),
    ("too_long", "more characters than allowed"),
    ("too_few", "fewer items than allowed"),
    ("too_many", "more items than allowed"),
    ("repeated", "an item that is there twice"),
    ("too_small", "below the least number"),
    ("too_big", "above the greatest number"),
    ("charset", "a character that is not allowed there"),
    ("format", "not of the form that such texts have"),
    ("checksum", "the check character does not fit the rest: mistyped"),
    ("no_such_day", "not a day of the calendar"),
    ("future", "a day that is yet to come"),
    ("past", "a day that has passed"),
    ("not_an_option", "none of the options"),
    ("not_accepted", "must be agreed to"),
    ("weak", "letters and digits must both be in it"),
    ("mismatch", "says something else than another field"),
    ("unsupported", "does not go with this kind of account"),
    ("wrong", "not the right one, of a code or password"),
    ("taken", "another's already"),
    ("locked", "cannot be changed any more"),
    ("not_allowed", "words that the fair does not allow"),
    ("unknown", "names nothing that can be used"),
];

/// What a check needs to know that is no field.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The day in Shanghai.
    pub today: Day,
    /// The options of vocabularies.
    pub terms: &'a dyn Terms,
    /// Whether a tag may have digits. **Source**: D-30.
    pub tag_digits: bool,
}

/// The vocabularies that forms choose from, industries, regions, zones and their like, and what may not be said in them.
pub trait Terms: Sync {
    /// Whether the vocabulary of this name has the code.
    fn holds(&self, vocabulary: &str, code: &str) -> bool;

    /// Whether the code lies on the first level of that vocabulary.
    fn is_first_level(&self, vocabulary: &str, code: &str) -> bool {
        self.holds(vocabulary, code)
    }

    /// Whether a text may be shown to others.
    fn allow(&self, _text: &str) -> bool {
        true
    }
}

/// The same vocabularies where people quote what may not be said: who reports it says what it is.
pub struct Quoting<'a>(pub &'a dyn Terms);

impl Terms for Quoting<'_> {
    fn holds(&self, vocabulary: &str, code: &str) -> bool {
        self.0.holds(vocabulary, code)
    }

    fn is_first_level(&self, vocabulary: &str, code: &str) -> bool {
        self.0.is_first_level(vocabulary, code)
    }
}

/// No vocabulary at all.
impl Terms for () {
    fn holds(&self, _vocabulary: &str, _code: &str) -> bool {
        false
    }
}

/// A rule between fields, asked when each of them is right by itself; a field that is not there breaks none.
pub type Rule = fn(&Filled, &Context<'_>) -> Result<(), FieldError>;

/// A form. **Shape**: a JSON object of its fields.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Its name as a component of the description, such as `ExhibitorApplication`.
    pub name: &'static str,
    /// In the order in which people fill them.
    pub fields: &'static [Field],
    /// What must hold between fields.
    pub rules: &'static [Rule],
}

impl Form {
    /// A form of fields that each stand for themselves.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields, rules: &[] }
    }

    /// The same with rules between them.
    #[must_use]
    pub const fn with(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }

    /// What was sent, in the form in which it is kept: texts composed and trimmed, numbers of documents in capitals.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every wrong field, in the form's order, then those that it does not know.
    pub fn check(&self, sent: &Object, context: &Context<'_>) -> Result<Filled> {
        let mut wrong = Wrong::default();
        let filled = self.fill(sent.fields(), context, Asks::All, &mut wrong);
        self.refuse_unknown(sent, &mut wrong);
        wrong.or(filled)
    }

    /// What is filled so far: what is there is judged as by [`Self::check`], what is missing is not asked for.
    ///
    /// # Errors
    /// As [`Self::check`], but for `required`.
    pub fn check_draft(&self, sent: &Object, context: &Context<'_>) -> Result<Filled> {
        self.check_draft_patch(&Map::new(), sent, context)
    }

    /// A merge patch on what is kept as a draft. See [`Self::check_patch`] and [`Self::check_draft`].
    ///
    /// # Errors
    /// As [`Self::check_draft`].
    pub fn check_draft_patch(
        &self,
        kept: &Map<String, Value>,
        patch: &Object,
        context: &Context<'_>,
    ) -> Result<Filled> {
        let mut wrong = Wrong::default();
        let merged = self.merged(kept, patch.fields());
        let filled = self.fill(&merged, context, Asks::WhatIsThere, &mut wrong);
        self.refuse_unknown(patch, &mut wrong);
        wrong.or(filled)
    }

    /// A merge patch (RFC 7396) on what is kept: `null` takes a field away, and the whole is checked as if it were sent
    /// anew. A kept field that does not apply any more beside the patch goes by itself.
    ///
    /// # Errors
    /// As [`Self::check`], on fields that the patch does not name too.
    pub fn check_patch(&self, kept: &Map<String, Value>, patch: &Object, context: &Context<'_>) -> Result<Filled> {
        let mut wrong = Wrong::default();
        let merged = self.merged(kept, patch.fields());
        let filled = self.fill(&merged, context, Asks::All, &mut wrong);
        self.refuse_unknown(patch, &mut wrong);
        wrong.or(filled)
    }

    /// The field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What is wrong with the table itself: names that stand twice, conditions on fields that it does not have. For the
    /// tests of whoever writes one.
    #[must_use]
    pub fn mistakes(&self) -> Vec<String> {
        let names: Vec<_> = self.fields.iter().map(|field| field.name).collect();
        let spoken_of = |field: &Field| {
            let asked = match &field.required {
                Required::When(condition) | Required::Only(condition) => condition.names(),
                Required::Always | Required::Never => Vec::new(),
            };
            let on = if let FieldKind::Depending { on, .. } = field.kind { Some(on) } else { None };
            asked.into_iter().chain(on).collect::<Vec<_>>()
        };
        let twice = names.iter().enumerate().filter(|(place, name)| names.iter().take(*place).any(|one| one == *name));
        let twice = twice.map(|(_, name)| format!("{}: {name} stands twice", self.name));
        let unknown = self.fields.iter().flat_map(spoken_of).filter(|name| !names.contains(name));
        twice.chain(unknown.map(|name| format!("{}: {name} is no field", self.name))).collect()
    }

    fn fill(&self, sent: &Map<String, Value>, context: &Context<'_>, asks: Asks, wrong: &mut Wrong) -> Filled {
        let mut filled = Map::new();
        for field in self.fields {
            if let Some(value) = field.check(sent, context, asks, wrong) {
                filled.insert(field.name.to_owned(), value);
            }
        }
        let filled = Filled::of(filled);
        for rule in self.rules {
            wrong.0.extend(rule(&filled, context).err());
        }
        filled
    }

    fn refuse_unknown(&self, sent: &Object, wrong: &mut Wrong) {
        let unknown = sent.fields().keys().filter(|name| self.field(name).is_none());
        for name in unknown.take(ERRORS_MAX) {
            wrong.add(pointer(name), "unknown_field");
        }
    }

    fn merged(&self, kept: &Map<String, Value>, patch: &Map<String, Value>) -> Map<String, Value> {
        let kept = kept.iter().filter(|(name, _)| self.field(name).is_some() && !patch.contains_key(*name));
        let new = patch.iter().filter(|(_, value)| !value.is_null());
        let mut merged: Map<_, _> = kept.chain(new).map(|(name, value)| (name.clone(), value.clone())).collect();
        let gone = |field: &&Field| !field.applies(&merged) && !patch.contains_key(field.name);
        let gone: Vec<_> = self.fields.iter().filter(gone).map(|field| field.name).collect();
        merged.retain(|name, _| !gone.contains(&name.as_str()));
        merged
    }
}

/// What a check asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Everything that is needed.
    All,
    /// Nothing that is missing.
    WhatIsThere,
}

/// Gathers broken rules, so that an answer names all of them at once.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn add(&mut self, at: impl Into<Cow<'static, str>>, code: &'static str) {
        self.0.push(FieldError::new(at, code));
    }

    fn or(mut self, filled: Filled) -> Result<Filled> {
        self.0.truncate(ERRORS_MAX);
        if self.0.is_empty() { Ok(filled) } else { Err(Error::Invalid(self.0)) }
    }
}

/// The JSON pointer (RFC 6901) to a field of this name.
fn pointer(name: &str) -> String {
    let name = storage::text::shorten(name, NAME_CHARS_MAX);
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests;
