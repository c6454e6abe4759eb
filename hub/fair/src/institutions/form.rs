//! What the committee says of an institution. **Source**: SPEC 2.1, SPEC 4 (the first account's fields).

use super::NewInstitution;
use crate::error::{Error, Result};
use crate::field::{DISPLAY_NAME_MAX, EMAIL_BYTES_MAX};
use crate::form::{Context, Field, Form, Object, choice, email, line, mobile, password, username};
use crate::kind::Role;
use crate::seal::Contact;

/// What an institution may be to the fair.
const ROLES: [&str; 4] =
    [Role::Host.as_str(), Role::Organiser.as_str(), Role::Delegation.as_str(), Role::CountryDelegation.as_str()];

static FIELDS: [Field; 8] = [
    username("identifier").required(),
    line("name", 1, DISPLAY_NAME_MAX).required(),
    line("name_en", 1, DISPLAY_NAME_MAX),
    choice("role", &ROLES).required(),
    username("username").required().about("Of the first account, which administers the institution"),
    password("password").about("Of the first account; one is generated where none is given"),
    mobile("mobile"),
    email("email", EMAIL_BYTES_MAX),
];

/// An institution to make.
pub static PROVISION: Form = Form::new("NewInstitution", &FIELDS);

/// Reads what was sent.
///
/// # Errors
/// [`crate::Error::Invalid`] with every wrong field.
pub fn read_new(sent: &Object, context: &Context<'_>) -> Result<NewInstitution> {
    let mut filled = PROVISION.check(sent, context)?;
    let password = filled.take_secret("password");
    let text = |name: &str| filled.text(name).map(str::to_owned);
    let role = text("role").and_then(|role| role.parse().ok()).ok_or(Error::Internal("a role that no form takes"))?;
    Ok(NewInstitution {
        identifier: text("identifier").unwrap_or_default(),
        name: text("name").unwrap_or_default(),
        name_en: text("name_en"),
        role,
        username: text("username").unwrap_or_default(),
        password,
        contact: Contact { mobile: text("mobile"), email: text("email") },
    })
}
