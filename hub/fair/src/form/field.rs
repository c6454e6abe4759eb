//! A row of a form, and the constructors that such rows are written with.

use serde_json::{Map, Value};

use super::condition::Condition;
use super::kind::{FieldKind, Scope, TextKind};
use super::{Asks, Context, Wrong, pointer};

/// Whether a field must be there.
#[derive(Debug, Clone, Copy)]
pub enum Required {
    /// Always.
    Always,
    /// It may be left out.
    Never,
    /// Only when this holds; it may be there else.
    When(Condition),
    /// When this holds; else it must not be there.
    Only(Condition),
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the object, and below `kind.` in the page's texts.
    pub name: &'static str,
    /// What it takes.
    pub kind: FieldKind,
    /// Whether it must be there.
    pub required: Required,
    /// For the description: what it is. Empty where the name says it.
    pub about: &'static str,
}

impl Field {
    const fn new(name: &'static str, kind: FieldKind) -> Self {
        Self { name, kind, required: Required::Never, about: "" }
    }

    const fn text(name: &'static str, kind: TextKind) -> Self {
        Self::new(name, FieldKind::Text(kind))
    }

    /// The same, needed.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = Required::Always;
        self
    }

    /// The same, needed when this holds.
    #[must_use]
    pub const fn required_when(mut self, condition: Condition) -> Self {
        self.required = Required::When(condition);
        self
    }

    /// The same, needed when this holds and refused when not.
    #[must_use]
    pub const fn only_when(mut self, condition: Condition) -> Self {
        self.required = Required::Only(condition);
        self
    }

    /// The same with what it is.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Whether it may be there beside these fields.
    pub(super) fn applies(&self, fields: &Map<String, Value>) -> bool {
        match &self.required {
            Required::Only(condition) => condition.holds(fields),
            Required::Always | Required::Never | Required::When(_) => true,
        }
    }

    fn is_required(&self, fields: &Map<String, Value>) -> bool {
        match &self.required {
            Required::Always => true,
            Required::Never => false,
            Required::When(condition) | Required::Only(condition) => condition.holds(fields),
        }
    }

    pub(super) fn check(
        &self,
        fields: &Map<String, Value>,
        context: &Context<'_>,
        asks: Asks,
        wrong: &mut Wrong,
    ) -> Option<Value> {
        let at = || pointer(self.name);
        match fields.get(self.name) {
            None => {
                if asks == Asks::All && self.is_required(fields) {
                    wrong.add(at(), "required");
                }
                None
            }
            Some(_) if !self.applies(fields) => {
                wrong.add(at(), "not_applicable");
                None
            }
            Some(value) => self.kind.check(value, &at(), &Scope { fields, context }, wrong),
        }
    }
}

/// A text of one line, `min` to `max` characters.
#[must_use]
pub const fn line(name: &'static str, min: usize, max: usize) -> Field {
    Field::text(name, TextKind::Line { min, max })
}

/// A text of several lines, `min` to `max` characters.
#[must_use]
pub const fn lines(name: &'static str, min: usize, max: usize) -> Field {
    Field::text(name, TextKind::Lines { min, max })
}

/// A username or an identifier of a team. **Source**: SPEC 4, L151, L190.
#[must_use]
pub const fn username(name: &'static str) -> Field {
    Field::text(name, TextKind::Username)
}

/// A sub-user's username. **Source**: SPEC 7, L390.
#[must_use]
pub const fn sub_username(name: &'static str) -> Field {
    Field::text(name, TextKind::SubUsername)
}

/// A password that is chosen. **Source**: SPEC 4, L152.
#[must_use]
pub const fn password(name: &'static str) -> Field {
    Field::text(name, TextKind::Password)
}

/// A phone number, of the mainland or with its country's code.
#[must_use]
pub const fn mobile(name: &'static str) -> Field {
    Field::text(name, TextKind::Mobile)
}

/// A mainland mobile number. **Source**: SPEC 4, L172.
#[must_use]
pub const fn mainland_mobile(name: &'static str) -> Field {
    Field::text(name, TextKind::MainlandMobile)
}

/// An email address of at most `max` characters.
#[must_use]
pub const fn email(name: &'static str, max: usize) -> Field {
    Field::text(name, TextKind::Email { max })
}

/// The address of a web page, of at most `max` characters.
#[must_use]
pub const fn link(name: &'static str, max: usize) -> Field {
    Field::text(name, TextKind::Link { max })
}

/// So many digits, such as a code that was sent.
#[must_use]
pub const fn digits(name: &'static str, len: usize) -> Field {
    Field::text(name, TextKind::Digits { len })
}

/// So many characters of Crockford's base 32, such as an invitation code.
#[must_use]
pub const fn base32(name: &'static str, len: usize) -> Field {
    Field::text(name, TextKind::Base32 { len })
}

/// A whole number.
#[must_use]
pub const fn whole(name: &'static str, min: i64, max: i64) -> Field {
    Field::new(name, FieldKind::Whole { min, max })
}

/// An amount of money, up to this much. **Units**: fen, on the wire and in the store.
#[must_use]
pub const fn fen(name: &'static str, max: i64) -> Field {
    Field::new(name, FieldKind::Fen { max })
}

/// A word by which others find something, of at most `max` characters.
#[must_use]
pub const fn tag(name: &'static str, max: usize) -> Field {
    Field::text(name, TextKind::Tag { max })
}

/// A text with marks, links and pictures, of at most `max` characters without the markup.
#[must_use]
pub const fn rich(name: &'static str, max: usize) -> Field {
    Field::text(name, TextKind::Rich { max })
}

/// Yes or no.
#[must_use]
pub const fn flag(name: &'static str) -> Field {
    Field::new(name, FieldKind::Flag)
}

/// Something that must be agreed to.
#[must_use]
pub const fn agreed(name: &'static str) -> Field {
    Field::new(name, FieldKind::Agreed)
}

/// One of these words.
#[must_use]
pub const fn choice(name: &'static str, of: &'static [&'static str]) -> Field {
    Field::text(name, TextKind::Choice { of })
}

/// `min` to `max` different items of one kind.
#[must_use]
pub const fn list(name: &'static str, of: &'static FieldKind, min: usize, max: usize) -> Field {
    Field::new(name, FieldKind::List { of, min, max })
}

/// A day; `past`: not after today.
#[must_use]
pub const fn date(name: &'static str, past: bool) -> Field {
    Field::text(name, TextKind::Date { past })
}

/// A code of a vocabulary; deeper ones name the whole path to them.
#[must_use]
pub const fn term(name: &'static str, vocabulary: &'static str) -> Field {
    Field::text(name, TextKind::Term { vocabulary })
}

/// The id of an upload made for this use. Whether there is one, and whose, its owner says.
#[must_use]
pub const fn upload(name: &'static str, r#use: &'static str) -> Field {
    Field::text(name, TextKind::Upload { r#use })
}

/// The id of another record. Whether there is one its owner says.
#[must_use]
pub const fn id(name: &'static str) -> Field {
    Field::text(name, TextKind::Id)
}

/// A mainland resident's identity number.
#[must_use]
pub const fn resident_id(name: &'static str) -> Field {
    Field::text(name, TextKind::ResidentId)
}

/// A unified social credit code.
#[must_use]
pub const fn credit_code(name: &'static str) -> Field {
    Field::text(name, TextKind::CreditCode)
}

/// 回乡证.
#[must_use]
pub const fn home_permit(name: &'static str) -> Field {
    Field::text(name, TextKind::HomePermit)
}

/// 台胞证.
#[must_use]
pub const fn taiwan_permit(name: &'static str) -> Field {
    Field::text(name, TextKind::TaiwanPermit)
}

/// A passport's number.
#[must_use]
pub const fn passport(name: &'static str) -> Field {
    Field::text(name, TextKind::Passport)
}

/// What another field's word decides, such as the number of a document by the document's type.
#[must_use]
pub const fn depending(name: &'static str, on: &'static str, cases: &'static [(&'static str, TextKind)]) -> Field {
    Field::new(name, FieldKind::Depending { on, cases })
}
