//! Who is asking, and from where. Put into the request by the gate of its route, so a handler cannot see somebody who has not
//! passed it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::code::Code;
use crate::gate::Gate;
use crate::principal::Principal;
use crate::wire::Failure;

/// The account of the bearer token.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Code::Unauthenticated.into())
    }
}

/// Whose token a request carries; none where it carries none.
pub(super) fn authenticate(gate: &Gate, headers: &HeaderMap) -> Result<Option<Principal>, Failure> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Ok(None) };
    // Of two nobody knows which one a proxy went by.
    let one = given.next().is_none().then_some(value);
    let bearer = one.and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    // The scheme's case means nothing (RFC 9110, 11.1).
    let token = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| Failure::from(Code::Unauthenticated))?;
    gate.authenticate(token).map(Some)
}

/// The address that a request comes from.
pub(super) fn address(extensions: &axum::http::Extensions) -> Result<IpAddr, Failure> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    peer.ok_or_else(|| Failure::internal("a request without an address"))
}
