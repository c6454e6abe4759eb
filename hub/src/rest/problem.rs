//! Failures as RFC 9457 problems, and bodies that are checked as strictly as the socket's.

use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::code::Code;
use crate::wire::{Failure, FieldError};

/// **Shape**: `{"type":"/problems/<code>","title","status","detail","retry_after_ms"?,"fields"?}`.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldError],
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = self.code.http().unwrap_or(500);
        let title = self.code.text();
        let problem = Problem {
            r#type: format!("/problems/{title}"),
            title,
            status,
            detail: &self.message,
            retry_after_ms: self.retry_after_ms,
            fields: &self.fields,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(ms) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        if self.code == Code::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A JSON body, with the same errors as a socket's request.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let typed = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !typed.is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(Failure::new(Code::BadRequest, "the body must be application/json"));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            Failure::from(if too_large { Code::TooLarge } else { Code::BadRequest })
        })?;
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(Failure::new(Code::BadRequest, "the body is not an object"));
        }
        serde_json::from_slice(&bytes).map(Body).map_err(|error| crate::op::shape(&error, ""))
    }
}

/// A query string, with the same errors as a body.
#[derive(Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(params)| Self(params)).map_err(|wrong| Failure::new(Code::BadRequest, wrong.body_text()))
    }
}

/// The header that names a repeated request. **Source**: WIRE section 7.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
