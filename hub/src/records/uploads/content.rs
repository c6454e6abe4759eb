//! What was uploaded, as its bytes: never run, never guessed at, in parts where a player asks for them.

use std::ops::Range;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fair::Upload;
use futures_util::TryStreamExt as _;
use storage::Hidden;

use super::range::{Asked, asked};
use super::{Moving, pace, viewer};
use crate::code::Code;
use crate::patience::Patience;
use crate::records::parts::tagged::names;
use crate::records::parts::{Caller, id};
use crate::wire::Failure;

/// Nothing of it runs or loads, even where a browser is shown it by itself.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'none'";
/// The bytes behind an id never change.
const KEPT: &str = "public, max-age=31536000, immutable";
/// Other sites do not show it as theirs.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Bytes of the digest that make a tag.
const TAG_BYTES: usize = 12;

/// `GET /v1/uploads/{id}/content`.
pub(super) async fn serve(
    State(moving): State<Moving>,
    Path(upload): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    let (request, _body) = request.into_parts();
    let who = request.extensions.get::<Caller>().map(|Caller(who)| viewer(who));
    let upload = moving.uploads.readable(id(&upload)?, who.as_ref()).await?;
    let tag = tag(&upload);
    let mut response = if names(&request.headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match asked(&request.headers, upload.bytes, &tag) {
            Asked::Whole => shown(&moving, &upload, 0..upload.bytes, &request).await?,
            Asked::Part(part) => {
                let range = format!("bytes {}-{}/{}", part.start, part.end - 1, upload.bytes);
                let mut response = shown(&moving, &upload, part, &request).await?;
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                put(response.headers_mut(), header::CONTENT_RANGE, &range);
                response
            }
            Asked::Beyond => return Ok(beyond(&upload)),
        }
    };
    describe(response.headers_mut(), &upload, &tag);
    Ok(response)
}

/// Its bytes; of `HEAD` the length alone.
async fn shown(moving: &Moving, upload: &Upload, part: Range<u64>, request: &Parts) -> Result<Response, Failure> {
    let length = part.end - part.start;
    let body = if request.method == Method::HEAD {
        Body::empty()
    } else {
        if let Some(patience) = request.extensions.get::<Patience>() {
            patience.ask(pace::longest(length));
        }
        let pieces = moving.uploads.read(upload, part).await?;
        Body::from_stream(pieces.inspect_err(|error| tracing::warn!(%error, "an upload is shown in part")))
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

fn beyond(upload: &Upload) -> Response {
    let mut response = Failure::from(Code::RangeNotSatisfiable).into_response();
    put(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{}", upload.bytes));
    response
}

fn describe(headers: &mut HeaderMap, upload: &Upload, tag: &str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(upload.format.media_type()));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    if upload.is_public() {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    }
    put(headers, header::ETAG, tag);
    put(headers, header::CONTENT_DISPOSITION, &disposition(upload));
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

fn tag(upload: &Upload) -> String {
    let short: String = upload.digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// A name that says nothing, and the owner's beside it, for whoever saves it (RFC 6266, RFC 8187).
fn disposition(upload: &Upload) -> String {
    let way = if upload.format.is_shown_inline() { "inline" } else { "attachment" };
    let extension = upload.format.extensions().first().copied().unwrap_or("bin");
    let plain = format!("{way}; filename=\"{}.{extension}\"", upload.id);
    match &upload.name {
        Some(Hidden(name)) => format!("{plain}; filename*=UTF-8''{}", encoded(name)),
        None => plain,
    }
}

fn encoded(name: &str) -> String {
    let byte = |byte: u8| {
        let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    name.bytes().map(byte).collect()
}
