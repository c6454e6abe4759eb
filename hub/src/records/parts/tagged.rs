//! Versions of single objects: an answer carries its `ETag`, a request may say which one it means.
//!
//! The tag is a digest of what is shown: two answers with one tag show the same. A weak tag names a version for who has a
//! copy of it, never for who changes it. **Source**: RFC 9110, 8.8.3 and 13.1.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::code::Code;
use crate::wire::{Answer, Failure, Mark};

/// Bytes of the digest that make a tag.
const TAG_BYTES: usize = 12;

fn tag(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let short: String = digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// An answer that is always the same, with its tag.
#[derive(Debug)]
pub struct Kept {
    body: Bytes,
    tag: String,
}

impl Kept {
    /// Of an encoded object.
    #[must_use]
    pub fn of(body: Bytes) -> Self {
        let tag = tag(&body);
        Self { body, tag }
    }

    /// The encoded object.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// What it takes to keep. **Units**: bytes.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.body.len() + self.tag.len()
    }
}

/// One object with its tag; nothing but the tag for whoever holds it already.
#[derive(Debug)]
pub struct Tagged {
    body: Bytes,
    tag: String,
    is_held: bool,
    status: StatusCode,
}

impl Tagged {
    /// From an object and the request's headers.
    #[must_use]
    pub fn of(object: &impl Serialize, headers: &HeaderMap) -> Self {
        Self::encoded(Answer::of(object, Mark::Plain).body, headers)
    }

    /// A record with its version before the digest: what is shown may differ between those who see one version, and a
    /// change is meant for the version alone.
    #[must_use]
    pub fn version(object: &impl Serialize, version: i64, headers: &HeaderMap) -> Self {
        let body = Answer::of(object, Mark::Plain).body;
        let tag = tag(&body).replacen('"', &format!("\"{version}-"), 1);
        let is_held = names(headers, &header::IF_NONE_MATCH, &tag);
        Self { body, tag, is_held, status: StatusCode::OK }
    }

    /// The same as an answer that says that it was made.
    #[must_use]
    pub const fn created(mut self) -> Self {
        self.status = StatusCode::CREATED;
        self
    }

    /// The same for one that is encoded already.
    #[must_use]
    pub fn encoded(body: Bytes, headers: &HeaderMap) -> Self {
        Self::kept(&Kept::of(body), headers)
    }

    /// The same for one that is tagged already.
    #[must_use]
    pub fn kept(kept: &Kept, headers: &HeaderMap) -> Self {
        let Kept { body, tag } = kept;
        let is_held = names(headers, &header::IF_NONE_MATCH, tag);
        Self { body: body.clone(), tag: tag.clone(), is_held, status: StatusCode::OK }
    }
}

impl IntoResponse for Tagged {
    fn into_response(self) -> Response {
        let mut response = if self.is_held {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            (self.status, json(self.body)).into_response()
        };
        if let Ok(tag) = HeaderValue::try_from(self.tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// An encoded JSON body.
pub fn json(body: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body)
}

/// The tags that a request lists; none of ours holds a comma.
fn listed<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// Whether a request lists the tag, by the weak comparison: for who has a copy.
pub(in crate::records) fn names(headers: &HeaderMap, name: &header::HeaderName, tag: &str) -> bool {
    listed(headers, name).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// Which version a change is meant for; none: whichever stands.
#[derive(Debug)]
pub struct IfMatch(HeaderMap);

impl IfMatch {
    /// Whether the change is meant for what `shown` shows.
    ///
    /// # Errors
    /// `stale` when it is meant for another version.
    pub fn check(&self, shown: &impl Serialize) -> Result<(), Failure> {
        if !self.0.contains_key(header::IF_MATCH) {
            return Ok(());
        }
        let tag = tag(&Answer::of(shown, Mark::Plain).body);
        // The strong comparison, which a change asks for.
        let is_meant = listed(&self.0, &header::IF_MATCH).any(|one| one == "*" || one == tag);
        if is_meant { Ok(()) } else { Err(Code::Stale.into()) }
    }
}

impl IfMatch {
    /// The version of a record that the change is meant for. **Shape**: what [`Tagged::version`] gave.
    ///
    /// # Errors
    /// `precondition_required` where none is named, `stale` for what is no version.
    pub fn version(&self) -> Result<i64, Failure> {
        let Some(value) = self.0.get(header::IF_MATCH) else { return Err(Code::PreconditionRequired.into()) };
        let tag = value.to_str().unwrap_or_default().trim().trim_start_matches("W/").trim_matches('"');
        let version = tag.split('-').next().and_then(|version| version.parse().ok());
        version.ok_or_else(|| Code::Stale.into())
    }
}

impl IfMatch {
    /// As [`Self::check`], where a version must be named.
    ///
    /// # Errors
    /// `precondition_required`, `stale`.
    pub fn require(&self, shown: &impl Serialize) -> Result<(), Failure> {
        if self.0.contains_key(header::IF_MATCH) { self.check(shown) } else { Err(Code::PreconditionRequired.into()) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.headers.clone()))
    }
}
