//! Where messages are handed over, as an operator names it: read and checked here, used by the providers.

use secrecy::SecretString;
use url::{Host, Url};

/// How a connection is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// TLS from the first byte (port 465).
    Tls,
    /// `STARTTLS` before anything else, or nothing is sent (port 587).
    StartTls,
    /// None: on this machine only.
    Plain,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Server {
    /// How.
    pub privacy: Privacy,
    /// Its name, which its certificate must show.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Who signs in; nobody when none.
    pub user: Option<String>,
    /// With what.
    pub password: Option<SecretString>,
}

impl Server {
    /// From `smtp://[user@]host[:port]` (STARTTLS; on this machine without) or `smtps://[user@]host[:port]`.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_wrong| shape())?;
        let bare = url.path().trim_matches('/').is_empty() && url.query().is_none() && url.fragment().is_none();
        let host = url.host_str().filter(|host| !host.is_empty() && bare).ok_or_else(shape)?;
        if url.password().is_some() {
            return Err("the password has a key of its own".to_owned());
        }
        let (privacy, port) = match url.scheme() {
            "smtps" => (Privacy::Tls, 465),
            "smtp" if is_local(&url) => (Privacy::Plain, 25),
            "smtp" => (Privacy::StartTls, 587),
            _ => return Err(shape()),
        };
        let user = Some(url.username()).filter(|user| !user.is_empty()).map(decoded).transpose()?;
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(Self { privacy, host, port: url.port().unwrap_or(port), user, password: None })
    }
}

/// Whether a gateway can be told codes and passwords at this address: over TLS, or on this machine.
///
/// # Errors
/// Says what is wrong.
pub fn check_gateway(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|_wrong| "not like https://gateway.example/send".to_owned())?;
    let is_open = url.username().is_empty() && url.password().is_none();
    match url.scheme() {
        _ if !is_open => Err("the token has a key of its own".to_owned()),
        "https" => Ok(()),
        "http" if is_local(&url) => Ok(()),
        "http" => Err("a gateway elsewhere is asked over https only".to_owned()),
        _ => Err("not like https://gateway.example/send".to_owned()),
    }
}

fn shape() -> String {
    "not like smtp://user@host:587 or smtps://user@host".to_owned()
}

/// `@` in a user's name is written `%40`.
fn decoded(user: &str) -> Result<String, String> {
    let bytes = user.replace('+', "%2B");
    let pairs = url::form_urlencoded::parse(bytes.as_bytes()).next();
    pairs.map(|(user, _)| user.into_owned()).filter(|user| !user.contains(char::is_control)).ok_or_else(shape)
}

fn is_local(url: &Url) -> bool {
    // Of schemes that the parser does not know, it leaves numbers as names.
    let number = |host: &str| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok();
    match url.host() {
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || number(name).is_some_and(|address| address.is_loopback()),
        None => false,
    }
}

#[cfg(test)]
mod tests;
