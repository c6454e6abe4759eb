//! The forms of a person. **Source**: SPEC 7 (fields and limits), D-07, D-10.

use crate::error::FieldError;
use crate::field::{EMAIL_BYTES_MAX, identity, mainland_mobile};
use crate::form::{
    Condition, Context, Field, Filled, Form, TextKind, choice, date, depending, email, line, mobile, password,
    sub_username, term, upload,
};

/// The longest real name. **Units**: Unicode scalars.
const REAL_NAME_MAX: usize = 60;

const MAINLAND: Condition = Condition::Is("nationality", &["mainland"]);
const OVERSEAS: Condition = Condition::Begins("nationality", "overseas.");
const NOT_OVERSEAS: Condition = Condition::Not(&OVERSEAS);
const NOT_MAINLAND: Condition = Condition::Not(&MAINLAND);
const HAS_EMAIL: Condition = Condition::Not(&Condition::Absent("email"));
/// Needed of the mainland, and of others without an email address.
const BY_MOBILE: Condition = Condition::Not(&Condition::All(&[NOT_MAINLAND, HAS_EMAIL]));

const NAME: Field =
    line("name", 1, crate::field::DISPLAY_NAME_MAX).about("shown to others; the username where none is given");
const DUTY: Field = choice("duty", &["representative", "consultant", "other"]).about("people of enterprises have one");
const MOBILE: Field = mobile("mobile").required_when(BY_MOBILE);
const EMAIL: Field = email("email", EMAIL_BYTES_MAX);

const NATIONALITY: Field = term("nationality", "nationality").required();
const REAL_NAME: Field =
    line("real_name", 1, REAL_NAME_MAX).required_when(NOT_OVERSEAS).about("never shown to other enterprises");
const REAL_NAME_EN: Field = line("real_name_en", 1, REAL_NAME_MAX).required_when(OVERSEAS).about("in Latin letters");
const GENDER: Field = choice("gender", &["male", "female"]).required();
const DOCUMENT_TYPE: Field =
    choice("document_type", &["resident_id", "home_permit", "taiwan_permit", "passport"]).required();
const DOCUMENT_NUMBER: Field = depending(
    "document_number",
    "document_type",
    &[
        ("resident_id", TextKind::ResidentId),
        ("home_permit", TextKind::HomePermit),
        ("taiwan_permit", TextKind::TaiwanPermit),
        ("passport", TextKind::Passport),
    ],
)
.required()
.about("kept sealed, shown masked; one person of the fair has it");
const BIRTHDAY: Field = date("birthday", true).required();
const POSITION: Field = choice("position", &["senior", "middle", "junior"]).required();
/// Where a wrong one is told.
pub(super) const PHOTO_AT: &str = "/photo";
/// **Source**: D-40.
pub(super) const PHOTO: Field = upload("photo", "id_photo").about("an upload of the own team; needed for a badge");

/// The fields of a person, behind others.
macro_rules! person {
    ($($first:expr),+ $(,)?) => {
        &[
            $($first,)+ NATIONALITY, REAL_NAME, REAL_NAME_EN, GENDER, DOCUMENT_TYPE, DOCUMENT_NUMBER, BIRTHDAY, MOBILE,
            EMAIL, DUTY, POSITION, PHOTO,
        ]
    };
}

/// A sub-user to make.
pub static NEW: Form = Form::new(
    "UserCreate",
    person![
        sub_username("username").required(),
        password("password").about("made with 8 characters and told once where none is given"),
        NAME,
    ],
)
.with(RULES);

/// Somebody whose person is known, or becomes known.
pub static PERSON: Form = Form::new("UserChange", person![NAME.required()]).with(RULES);

/// Somebody of whom only the account is known: the registering administrator before they are completed.
pub static ACCOUNT: Form =
    Form::new("UserAccountChange", &[NAME.required(), mobile("mobile"), email("email", EMAIL_BYTES_MAX), DUTY]);

const RULES: &[crate::form::Rule] = &[document_of_nationality, birthday_of_document, mainland_by_mainland_number];

/// **Source**: L403: 居民身份证, 回乡证 or 台胞证, passport.
fn document_of_nationality(filled: &Filled, _context: &Context<'_>) -> Result<(), FieldError> {
    let (Some(nationality), Some(kind)) = (filled.text("nationality"), filled.text("document_type")) else {
        return Ok(());
    };
    let fits = match nationality {
        "mainland" => kind == "resident_id",
        "hk-mo-tw.TW" => kind == "taiwan_permit",
        "hk-mo-tw.HK" | "hk-mo-tw.MO" => kind == "home_permit",
        _ => kind == "passport",
    };
    if fits { Ok(()) } else { Err(FieldError::new("/document_type", "mismatch")) }
}

fn birthday_of_document(filled: &Filled, _context: &Context<'_>) -> Result<(), FieldError> {
    let is_resident = filled.text("document_type") == Some("resident_id");
    let said = filled.text("document_number").filter(|_number| is_resident).and_then(identity::birthday);
    match (said, filled.text("birthday")) {
        (Some(said), Some(birthday)) if said.to_string() != birthday => Err(FieldError::new("/birthday", "mismatch")),
        _ => Ok(()),
    }
}

fn mainland_by_mainland_number(filled: &Filled, _context: &Context<'_>) -> Result<(), FieldError> {
    let of_mainland = filled.text("nationality") == Some("mainland");
    match filled.text("mobile").filter(|_mobile| of_mainland).map(mainland_mobile) {
        Some(Err(code)) => Err(FieldError::new("/mobile", code)),
        Some(Ok(_)) | None => Ok(()),
    }
}
