//! What a field takes, and how a value is checked against it.

use std::collections::HashSet;

use serde_json::{Map, Value};
use storage::ids::UserId;

use super::{Context, Wrong};
use crate::field::{self, Broken, Day, identity, rich, text};

/// A code of a vocabulary is no longer. **Units**: bytes.
pub(super) const TERM_BYTES_MAX: usize = 64;

/// What a text holds, with its limits. **Units**: characters are Unicode scalars after composing and trim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// One line.
    Line {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// Several lines.
    Lines {
        /// Fewest characters.
        min: usize,
        /// Most characters.
        max: usize,
    },
    /// See [`field::username`].
    Username,
    /// See [`field::sub_username`].
    SubUsername,
    /// See [`field::password`].
    Password,
    /// See [`field::mobile`].
    Mobile,
    /// See [`field::mainland_mobile`].
    MainlandMobile,
    /// See [`field::email`].
    Email {
        /// Most characters.
        max: usize,
    },
    /// See [`field::link`].
    Link {
        /// Most characters.
        max: usize,
    },
    /// See [`text::tag`].
    Tag {
        /// Most characters.
        max: usize,
    },
    /// See [`rich::rich`].
    Rich {
        /// Most characters, without the markup.
        max: usize,
    },
    /// See [`field::digits`].
    Digits {
        /// How many.
        len: usize,
    },
    /// See [`field::base32`].
    Base32 {
        /// How many characters.
        len: usize,
    },
    /// One of some words.
    Choice {
        /// The words.
        of: &'static [&'static str],
    },
    /// A [`Day`].
    Date {
        /// Not after today.
        past: bool,
    },
    /// A code of a vocabulary.
    Term {
        /// Its name.
        vocabulary: &'static str,
    },
    /// The id of an upload.
    Upload {
        /// What it was made for.
        r#use: &'static str,
    },
    /// The id of a record.
    Id,
    /// See [`identity::resident_id`].
    ResidentId,
    /// See [`identity::credit_code`].
    CreditCode,
    /// See [`identity::home_permit`].
    HomePermit,
    /// See [`identity::taiwan_permit`].
    TaiwanPermit,
    /// See [`identity::passport`].
    Passport,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A text.
    Text(TextKind),
    /// A whole number.
    Whole {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// An amount of money, from nothing on.
    Fen {
        /// The greatest. **Units**: fen.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// `true`.
    Agreed,
    /// Different items of one kind.
    List {
        /// The kind of each.
        of: &'static Self,
        /// Fewest items.
        min: usize,
        /// Most items.
        max: usize,
    },
    /// A text of one of several kinds, by another field's word.
    Depending {
        /// That field.
        on: &'static str,
        /// The kind for each of its words.
        cases: &'static [(&'static str, TextKind)],
    },
}

/// Where a value stands: what else was sent, and what is known.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) fields: &'a Map<String, Value>,
    pub(super) context: &'a Context<'a>,
}

impl FieldKind {
    /// The value in its normal form; none when a rule is broken, which `wrong` then has.
    pub(super) fn check(&self, value: &Value, at: &str, scope: &Scope<'_>, wrong: &mut Wrong) -> Option<Value> {
        let checked = match self {
            Self::List { of, min, max } => return list(of, (*min, *max), value, at, scope, wrong),
            Self::Depending { on, cases } => return depending(on, cases, value, at, scope, wrong),
            Self::Flag => value.as_bool().map(Value::from).ok_or("wrong_type"),
            Self::Agreed => match value.as_bool() {
                Some(true) => Ok(Value::Bool(true)),
                Some(false) => Err("not_accepted"),
                None => Err("wrong_type"),
            },
            Self::Whole { min, max } => whole(value, *min, *max),
            Self::Fen { max } => whole(value, 0, *max),
            Self::Text(kind) => kind.check(value, scope),
        };
        checked.map_err(|code| wrong.add(at.to_owned(), code)).ok()
    }
}

impl TextKind {
    fn check(&self, value: &Value, scope: &Scope<'_>) -> Result<Value, Broken> {
        self.normal(value.as_str().ok_or("wrong_type")?, scope).map(Value::from)
    }

    fn normal(&self, text: &str, scope: &Scope<'_>) -> Result<String, Broken> {
        match self {
            Self::Line { min, max } => text::line(text, *min, *max),
            Self::Lines { min, max } => text::lines(text, *min, *max),
            Self::Username => field::username(text),
            Self::SubUsername => field::sub_username(text),
            Self::Password => field::password(text).map(|()| text.to_owned()),
            Self::Mobile => field::mobile(text.trim()),
            Self::MainlandMobile => field::mainland_mobile(text.trim()),
            Self::Email { max } => email(text.trim(), *max),
            Self::Link { max } => field::link(text, *max),
            Self::Tag { max } => text::tag(text, *max, scope.context.tag_digits),
            Self::Rich { max } => rich::rich(text, *max),
            Self::Digits { len } => field::digits(text.trim(), *len),
            Self::Base32 { len } => field::base32(text.trim(), *len),
            Self::Choice { of } => {
                if of.contains(&text) {
                    Ok(text.to_owned())
                } else {
                    Err("not_an_option")
                }
            }
            Self::Date { past } => day(text, past.then_some(scope.context.today)),
            Self::Term { vocabulary } => term(vocabulary, text, scope),
            Self::Upload { .. } | Self::Id => id(text),
            Self::ResidentId => identity::resident_id(text.trim(), scope.context.today),
            Self::CreditCode => identity::credit_code(text.trim()),
            Self::HomePermit => identity::home_permit(text.trim()),
            Self::TaiwanPermit => identity::taiwan_permit(text.trim()),
            Self::Passport => identity::passport(text.trim()),
        }
    }
}

fn email(text: &str, max: usize) -> Result<String, Broken> {
    if text.len() > max { Err("too_long") } else { field::email(text) }
}

fn whole(value: &Value, min: i64, max: i64) -> Result<Value, Broken> {
    let number = value.as_i64().ok_or(if value.is_u64() { "too_big" } else { "wrong_type" })?;
    match number {
        number if number < min => Err("too_small"),
        number if number > max => Err("too_big"),
        number => Ok(Value::from(number)),
    }
}

fn day(text: &str, until: Option<Day>) -> Result<String, Broken> {
    let day = Day::parse(text).ok_or("no_such_day")?;
    if until.is_some_and(|until| day > until) { Err("future") } else { Ok(day.to_string()) }
}

fn term(vocabulary: &str, code: &str, scope: &Scope<'_>) -> Result<String, Broken> {
    let known = code.len() <= TERM_BYTES_MAX && scope.context.terms.holds(vocabulary, code);
    if known { Ok(code.to_owned()) } else { Err("not_an_option") }
}

/// All ids have one shape; whose it is their owner sees.
fn id(text: &str) -> Result<String, Broken> {
    text.parse::<UserId>().map(|id| id.to_string()).map_err(|_no_id| "format")
}

fn list(
    of: &FieldKind,
    (min, max): (usize, usize),
    value: &Value,
    at: &str,
    scope: &Scope<'_>,
    wrong: &mut Wrong,
) -> Option<Value> {
    let before = wrong.0.len();
    let Some(items) = value.as_array() else {
        wrong.add(at.to_owned(), "wrong_type");
        return None;
    };
    if !(min..=max).contains(&items.len()) {
        wrong.add(at.to_owned(), if items.len() < min { "too_few" } else { "too_many" });
        return None;
    }
    let mut seen = HashSet::new();
    let mut checked = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let at = format!("{at}/{place}");
        let Some(item) = of.check(item, &at, scope, wrong) else { continue };
        if !seen.insert(item.to_string()) {
            wrong.add(at, "repeated");
        }
        checked.push(item);
    }
    (wrong.0.len() == before).then_some(Value::Array(checked))
}

/// Without the other field's word nobody knows what the value means; where that word is wrong, it is what is told.
fn depending(
    on: &str,
    cases: &[(&str, TextKind)],
    value: &Value,
    at: &str,
    scope: &Scope<'_>,
    wrong: &mut Wrong,
) -> Option<Value> {
    let Some(word) = scope.fields.get(on) else {
        wrong.add(at.to_owned(), "not_applicable");
        return None;
    };
    let (_, kind) = cases.iter().find(|(case, _)| word == case)?;
    kind.check(value, scope).map_err(|code| wrong.add(at.to_owned(), code)).ok()
}
