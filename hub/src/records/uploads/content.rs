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
use serde::Deserialize;
use storage::Hidden;
use utoipa::{IntoParams, ToSchema};

use super::range::{Asked, asked};
use super::{Moving, pace, viewer};
use crate::code::Code;
use crate::patience::Patience;
use crate::records::parts::tagged::names;
use crate::records::parts::{Caller, Params, id};
use crate::wire::Failure;

/// Nothing of it runs or loads, even where a browser is shown it by itself.
const POLICY: &str = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'none'";
/// The bytes behind an id never change.
const KEPT: &str = "public, max-age=31536000, immutable";
/// Other sites do not show it as theirs.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// Bytes of the digest that make a tag.
const TAG_BYTES: usize = 12;

/// In which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    /// `small`: of a wide picture the form for lists, at most 480 pixels wide; of anything else itself.
    #[param(inline)]
    size: Option<Size>,
}

/// How large somebody wants it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Size {
    /// For lists.
    Small,
}

/// The form that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Whole,
    Small,
}

impl Shape {
    const fn of(upload: &Upload, size: Option<Size>) -> Self {
        match size {
            Some(Size::Small) if upload.small.is_some() => Self::Small,
            Some(Size::Small) | None => Self::Whole,
        }
    }

    fn bytes(self, upload: &Upload) -> u64 {
        match self {
            Self::Whole => upload.bytes,
            Self::Small => upload.small.unwrap_or(upload.bytes),
        }
    }
}

/// `GET /v1/uploads/{id}/content`.
pub(super) async fn serve(
    State(moving): State<Moving>,
    Path(upload): Path<String>,
    Params(Form { size }): Params<Form>,
    request: Request,
) -> Result<Response, Failure> {
    let (request, _body) = request.into_parts();
    let who = request.extensions.get::<Caller>().map(|Caller(who)| viewer(who));
    let upload = moving.uploads.readable(id(&upload)?, who.as_ref()).await?;
    let shape = Shape::of(&upload, size);
    let tag = tag(&upload, shape);
    let mut response = if names(&request.headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = shape.bytes(&upload);
        match asked(&request.headers, bytes, &tag) {
            Asked::Whole => shown(&moving, (&upload, shape), 0..bytes, &request).await?,
            Asked::Part(part) => {
                let range = format!("bytes {}-{}/{bytes}", part.start, part.end - 1);
                let mut response = shown(&moving, (&upload, shape), part, &request).await?;
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                put(response.headers_mut(), header::CONTENT_RANGE, &range);
                response
            }
            Asked::Beyond => return Ok(beyond(bytes)),
        }
    };
    describe(response.headers_mut(), &upload, &tag);
    Ok(response)
}

/// Its bytes; of `HEAD` the length alone.
async fn shown(
    moving: &Moving,
    (upload, shape): (&Upload, Shape),
    part: Range<u64>,
    request: &Parts,
) -> Result<Response, Failure> {
    let length = part.end - part.start;
    let body = if request.method == Method::HEAD {
        Body::empty()
    } else {
        if let Some(patience) = request.extensions.get::<Patience>() {
            patience.ask(pace::longest(length));
        }
        let pieces = match shape {
            Shape::Whole => moving.uploads.read(upload, part).await?,
            Shape::Small => moving.uploads.read_small(upload, part).await?,
        };
        Body::from_stream(pieces.inspect_err(|error| tracing::warn!(%error, "an upload is shown in part")))
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    Ok(response)
}

fn beyond(bytes: u64) -> Response {
    let mut response = Failure::from(Code::RangeNotSatisfiable).into_response();
    put(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{bytes}"));
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

fn tag(upload: &Upload, shape: Shape) -> String {
    let short: String = upload.digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect();
    match shape {
        Shape::Whole => format!("\"{short}\""),
        Shape::Small => format!("\"{short}-small\""),
    }
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
