//! Bodies and query strings, checked as strictly as the socket's requests.

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::code::Code;
use crate::wire::Failure;

/// A JSON body, with the same errors as a socket's request.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        of_bytes(&whole(request).await?).map(Body)
    }
}

/// The bytes of a JSON body.
///
/// # Errors
/// `bad_request` for another type, `too_large`.
pub(super) async fn whole(request: Request) -> Result<Bytes, Failure> {
    let is_json = is_json(&request);
    let bytes = read(request, &()).await?;
    if is_json { Ok(bytes) } else { Err(Failure::new(Code::BadRequest, "the body must be application/json")) }
}

/// An object's fields.
///
/// # Errors
/// `bad_request`, with the field.
pub(super) fn of_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Failure::new(Code::BadRequest, "the body is not an object"));
    }
    serde_json::from_slice(bytes).map_err(|error| crate::op::shape(&error, ""))
}

fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        Failure::from(if too_large { Code::TooLarge } else { Code::BadRequest })
    })
}

/// The text of an object; of nothing, `{}`. For operations whose fields are read elsewhere.
///
/// # Errors
/// `bad_request` for anything else, `too_large`.
pub async fn object(request: Request) -> Result<Bytes, Failure> {
    let is_json = is_json(&request);
    let bytes = read(request, &()).await?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Bytes::from_static(b"{}"));
    }
    if is_json && bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(bytes);
    }
    Err(Failure::new(Code::BadRequest, "the body is not an object of application/json"))
}

/// A query string, with the same errors as a body.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(params)| Self(params)).map_err(|wrong| wrong_query(&wrong.body_text()))
    }
}

/// What is told of a query string that does not fit, with its field. The library's text is `<what was done>: <field>: <why>`,
/// or names the field in `why` alone.
fn wrong_query(text: &str) -> Failure {
    let why = text.split_once(": ").map_or(text, |(_done, why)| why);
    let named = [("unknown field `", "unknown"), ("missing field `", "missing"), ("duplicate field `", "duplicate")];
    let found = named.into_iter().find_map(|(words, code)| Some((why.split_once(words)?.1.split('`').next()?, code)));
    let (field, code) = found.unwrap_or_else(|| (why.split(": ").next().unwrap_or_default(), "wrong_type"));
    Failure::new(Code::BadRequest, why).field(format!("/{field}"), code)
}
