//! The forms of registration. **Source**: SPEC 4 (fields and limits), D-32.

use crate::error::FieldError;
use crate::field::EMAIL_BYTES_MAX;
use crate::form::{
    Condition, Context, Field, FieldKind, Filled, Form, TextKind, agreed, choice, digits, email, line, lines, list,
    mainland_mobile, password, term, username,
};

/// Characters of an address.
const ADDRESS_CHARS_MAX: usize = 200;
/// Characters of contact information.
const CONTACT_CHARS_MAX: usize = 500;
/// Interests of one enterprise.
const INTERESTS_MAX: usize = 30;
/// Characters of a name of a person or an enterprise.
const NAME_CHARS_MAX: usize = crate::field::DISPLAY_NAME_MAX;

const INTEREST: FieldKind = FieldKind::Text(TextKind::Term { vocabulary: "interest" });

const USERNAME: Field = username("username").required().about("4-20 letters, digits, _ and -; compared without case");
const PASSWORD: Field = password("password").required();
const MOBILE: Field = mainland_mobile("mobile")
    .required_when(Condition::Absent("email"))
    .about("where the code was sent: a mainland number, or an email address in its place");
const EMAIL: Field = email("email", EMAIL_BYTES_MAX).only_when(Condition::Absent("mobile"));
const CODE: Field = digits("code", 6).required().about("as it was sent by POST /v1/registrations/codes");
const AGREEMENT: Field = agreed("agreement").required();
const NAME: Field = line("name", 1, NAME_CHARS_MAX).about("shown to others");

const PLACE: Field = term("place", "region").required();
const ADDRESS: Field = line("address", 1, ADDRESS_CHARS_MAX).required();
const INDUSTRY: Field = term("industry", "industry").required();
const INTERESTS: Field = list("interests", &INTEREST, 1, INTERESTS_MAX).required();
const CONTACT_INFO: Field = lines("contact_info", 1, CONTACT_CHARS_MAX).about("shown to other enterprises");

/// The fields of whoever registers, before others.
macro_rules! registrant {
    ($($more:expr),+ $(,)?) => {
        &[USERNAME, PASSWORD, MOBILE, EMAIL, CODE, AGREEMENT, $($more),+]
    };
}

/// An enterprise and its administrator.
pub static ENTERPRISE: Form = Form::new(
    "EnterpriseRegistration",
    registrant![
        NAME,
        username("identifier").required().about("needed at every login of its people; cannot be changed"),
        line("enterprise_name", 1, NAME_CHARS_MAX).required().about("as on the business licence"),
        choice("entry", &["exhibitor", "attending"]).required(),
        PLACE,
        ADDRESS,
        INDUSTRY,
        INTERESTS,
        CONTACT_INFO,
    ],
)
.with(&[mainland_by_mobile]);

/// An individual visitor.
pub static INDIVIDUAL: Form = Form::new("IndividualRegistration", registrant![NAME.required()]);

/// A journalist.
pub static MEDIA: Form =
    Form::new("MediaRegistration", registrant![NAME.required(), line("organisation", 1, NAME_CHARS_MAX).required()]);

/// What an enterprise may change of itself.
pub static ENTERPRISE_CHANGE: Form = Form::new(
    "EnterpriseChange",
    &[
        line("name", 1, NAME_CHARS_MAX).required(),
        line("name_en", 1, NAME_CHARS_MAX),
        PLACE,
        ADDRESS,
        INDUSTRY,
        INTERESTS,
        CONTACT_INFO,
    ],
);

/// A mainland enterprise registers by a mainland number; the mail is for those elsewhere. **Source**: L156-158.
fn mainland_by_mobile(filled: &Filled, _context: &Context<'_>) -> Result<(), FieldError> {
    let is_mainland = filled.text("place").is_some_and(|place| place.starts_with("mainland"));
    if is_mainland && filled.text("email").is_some() { Err(FieldError::new("/mobile", "required")) } else { Ok(()) }
}
