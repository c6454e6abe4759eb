//! The page: files built into the binary, the places that it knows by their own addresses, and in the demo the accounts it
//! offers.

pub mod head;
mod packed;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fair::demo::DemoAccount;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest as _, Sha256};

use super::parts::tagged::names;
use crate::code::Code;
use crate::wire::Failure;
use packed::{packed, takes_gzip};

/// Characters of a step in the address of a place: a kind of record, or an id.
const STEP_BYTES_MAX: usize = 64;

#[derive(RustEmbed)]
#[folder = "web/app"]
struct Files;

/// A file of the page; an address of a place is `index.html`, whose script shows what stands there; `/docs` shows what the
/// hub says of its interface. A file is only ever read.
pub async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "docs" => "docs.html",
        path if is_place(path) => "index.html",
        path => path,
    };
    match Files::get(path) {
        None => Failure::from(Code::NotFound).into_response(),
        Some(file) if method == Method::GET || method == Method::HEAD => shown(path, file, &headers),
        Some(_unchanged) => ([(header::ALLOW, "GET,HEAD")], refused_method().await).into_response(),
    }
}

/// Whether the page has a place of this address. What the place shows, and to whom, the page decides.
/// **Source**: `hub/web/app/frame/places.js`, whose addresses a test holds equal to these.
fn is_place(path: &str) -> bool {
    let steps: Vec<&str> = path.split('/').collect();
    match *steps.as_slice() {
        ["" | "signin" | "recover" | "chat" | "desk" | "account" | "exhibitors" | "exhibits"] => true,
        ["register", class] => matches!(class, "enterprise" | "individual" | "media"),
        ["chat" | "desk" | "booths" | "exhibits", step] => is_step(step),
        ["desk", kind, id] => is_step(kind) && is_step(id),
        _ => false,
    }
}

fn is_step(step: &str) -> bool {
    let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=STEP_BYTES_MAX).contains(&step.len()) && step.bytes().all(named)
}

/// A path that is there, asked with a method that it does not take. Which ones it takes the caller adds, as `Allow`.
pub async fn refused_method() -> Failure {
    Code::MethodNotAllowed.into()
}

/// The file with its tag, or the tag alone for a browser that has it: a reload fetches nothing twice.
fn shown(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let small = if takes_gzip(headers) { packed(path) } else { None };
    let tag = tag(&file, small.is_some());
    let mut response = if names(headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        sent(path, file, small)
    };
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    kept.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        kept.insert(header::ETAG, tag);
    }
    response
}

/// The body, `small` where the client takes that.
fn sent(path: &str, file: EmbeddedFile, small: Option<Bytes>) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)))];
    match small {
        Some(small) => (kind, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], small).into_response(),
        None => (kind, file.data).into_response(),
    }
}

/// Each form of a file has its own: caches keep them apart.
fn tag(file: &EmbeddedFile, is_packed: bool) -> String {
    written(&file.metadata.sha256_hash(), is_packed)
}

/// The same of a document that is made for one answer.
fn tag_of(document: &[u8], is_packed: bool) -> String {
    written(&Sha256::digest(document), is_packed)
}

fn written(digest: &[u8], is_packed: bool) -> String {
    let digits = digest.iter().take(12).map(|byte| format!("{byte:02x}"));
    format!("\"{}{}\"", digits.collect::<String>(), if is_packed { "-gzip" } else { "" })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// `GET /demo/accounts`, in the demo only.
pub async fn demo_accounts() -> Json<Vec<DemoAccount>> {
    Json(fair::demo::accounts())
}

#[cfg(test)]
mod tests;
