//! The opening handshake, decided from the request alone (RFC 6455 section 4.2). Pure: it opens and answers nothing.

use axum::http::{HeaderMap, Method, Request, Version, header};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::code::Code;
use crate::origins;

#[cfg(test)]
mod tests;

/// The one subprotocol.
pub(super) const SUBPROTOCOL: &str = "fairhub.v1";

/// A request that may become a WebSocket.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The value of `Sec-WebSocket-Accept`.
    pub(super) accept_key: String,
    /// Whether the client offered our subprotocol, and so must see it chosen.
    pub(super) names_subprotocol: bool,
}

/// Why a request may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("websockets are opened with GET")]
    Method,
    #[error("not a websocket handshake")]
    NotUpgrade,
    #[error("websocket version 13 is needed")]
    Version,
    #[error("this origin is not allowed")]
    Origin,
    #[error("only the subprotocol fairhub.v1 is spoken")]
    Subprotocol,
}

impl Refused {
    pub(super) const fn code(self) -> Code {
        match self {
            Self::Method => Code::MethodNotAllowed,
            Self::NotUpgrade | Self::Version | Self::Subprotocol => Code::BadRequest,
            Self::Origin => Code::Forbidden,
        }
    }

    /// Its word in metrics.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Method | Self::NotUpgrade | Self::Version => "not_websocket",
            Self::Origin => "origin",
            Self::Subprotocol => "subprotocol",
        }
    }
}

/// Decides. `origins` are the allowed origins in the form of [`origins::normal`]; a missing Origin is no browser.
pub(super) fn decide<B>(request: &Request<B>, allowed: &[String]) -> Result<Accepted, Refused> {
    let headers = request.headers();
    match *request.method() {
        Method::GET => {}
        // What a GET would say that asks for no upgrade.
        Method::HEAD => return Err(Refused::NotUpgrade),
        _ => return Err(Refused::Method),
    }
    let is_upgrade = request.version() == Version::HTTP_11
        && has_token(headers, &header::CONNECTION, "upgrade")
        && has_token(headers, &header::UPGRADE, "websocket");
    if !is_upgrade {
        return Err(Refused::NotUpgrade);
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(Refused::Version);
    }
    let key = headers.get(header::SEC_WEBSOCKET_KEY).map(|key| key.as_bytes()).unwrap_or_default();
    if !is_key(key) {
        return Err(Refused::NotUpgrade);
    }
    if !is_origin_allowed(headers, allowed) {
        return Err(Refused::Origin);
    }
    let offers = headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let names_subprotocol = has_token(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
    if offers && !names_subprotocol {
        return Err(Refused::Subprotocol);
    }
    Ok(Accepted { accept_key: derive_accept_key(key), names_subprotocol })
}

fn is_origin_allowed(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut given = headers.get_all(header::ORIGIN).iter();
    match (given.next(), given.next()) {
        (None, _) => true,
        (Some(one), None) => one.to_str().ok().and_then(origins::normal).is_some_and(|one| allowed.contains(&one)),
        (Some(_), Some(_)) => false,
    }
}

/// 16 bytes in base 64: 22 characters and two `=`.
fn is_key(key: &[u8]) -> bool {
    key.len() == 24
        && key.ends_with(b"==")
        && key.iter().take(22).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

fn has_token(headers: &HeaderMap, name: &header::HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(token))
}
