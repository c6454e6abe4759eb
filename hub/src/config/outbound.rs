//! Whether what is set of messages makes sense. Makes none of what sends them.

use fair::messages::server::{Server, check_gateway};

use super::Config;

/// Whether what is set makes sense: the key and what is wrong with it.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn check(config: &Config) -> Result<(), (&'static str, String)> {
    let is_set = config.sms_gateway.is_some() || config.smtp.is_some();
    if is_set && !cfg!(feature = "providers") {
        return Err(("sms_gateway", "this program was built without messages (feature `providers`)".to_owned()));
    }
    match &config.sms_gateway {
        Some(gateway) => check_gateway(gateway).map_err(|problem| ("sms_gateway", problem))?,
        None if config.sms_gateway_token.is_some() => {
            return Err(("sms_gateway_token_file", "a token without sms_gateway".to_owned()));
        }
        None => {}
    }
    check_mail(config)
}

fn check_mail(config: &Config) -> Result<(), (&'static str, String)> {
    let (Some(smtp), Some(from)) = (&config.smtp, &config.mail_from) else {
        return match (&config.smtp, &config.mail_from) {
            (Some(_), None) => Err(("mail_from", "mail needs a sender".to_owned())),
            (None, Some(_)) => Err(("smtp", "a sender needs a mail server".to_owned())),
            _ if config.smtp_password.is_some() => Err(("smtp_password_file", "a password without smtp".to_owned())),
            _ => Ok(()),
        };
    };
    let server = Server::parse(smtp).map_err(|problem| ("smtp", problem))?;
    if server.user.is_some() != config.smtp_password.is_some() {
        return Err(("smtp_password_file", "a user and its password come together".to_owned()));
    }
    let address = from.rsplit_once('<').map_or(from.as_str(), |(_, address)| address.trim_end_matches('>'));
    match fair::field::email(address.trim()) {
        Ok(_) if is_mailbox(from) => Ok(()),
        _ => Err(("mail_from", format!("`{from}` is not like fair@example.com or Fair <fair@example.com>"))),
    }
}

#[cfg(feature = "providers")]
fn is_mailbox(text: &str) -> bool {
    fair::messages::smtp::is_mailbox(text)
}

#[cfg(not(feature = "providers"))]
fn is_mailbox(_text: &str) -> bool {
    false
}
