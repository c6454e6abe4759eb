//! Failures as RFC 9457 problems.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::code::Code;
use crate::wire::{Failure, FieldError, Opening};

/// **Shape**: `{"type":"/problems/<code>","title","status","detail","retry_after_ms"?,"fields"?,"opens_at"?,
/// "closes_at"?}`.
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
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    window: Option<&'a Opening>,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        metrics::counter!("refusals_total", "code" => self.code.text()).increment(1);
        let status = self.code.http().unwrap_or(500);
        let title = self.code.text();
        let problem = Problem {
            r#type: format!("/problems/{title}"),
            title,
            status,
            detail: &self.message,
            retry_after_ms: self.retry_after_ms,
            fields: &self.fields,
            window: self.window.as_deref(),
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
