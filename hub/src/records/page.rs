//! The page: files built into the binary, the places that it knows by their own addresses, and in the demo the accounts it
//! offers.

pub mod head;
mod needed;
mod packed;

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fair::demo::DemoAccount;
use rust_embed::RustEmbed;
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
        path => path,
    };
    let Some(file) = asked_for(path) else { return Failure::from(Code::NotFound).into_response() };
    if method == Method::GET || method == Method::HEAD {
        shown(&file, &headers)
    } else {
        ([(header::ALLOW, "GET,HEAD")], refused_method().await).into_response()
    }
}

/// A file as it is sent.
struct Sent {
    kind: &'static str,
    plain: Bytes,
    small: Option<Bytes>,
    digest: [u8; 32],
}

fn asked_for(path: &str) -> Option<Sent> {
    let place = if path == "index.html" { Some("home") } else { place_of(path) };
    if let Some(document) = place.and_then(needed::document) {
        let (plain, small, digest) = (document.plain.clone(), document.small.clone(), document.digest);
        return Some(Sent { kind: kind("index.html"), plain, small, digest });
    }
    let file = Files::get(path)?;
    let plain = match file.data {
        Cow::Borrowed(built_in) => Bytes::from_static(built_in),
        Cow::Owned(read) => read.into(),
    };
    Some(Sent { kind: kind(path), plain, small: packed(path), digest: file.metadata.sha256_hash() })
}

/// The scripts of places, by their names in `places/`.
const PLACES: [&str; 12] = [
    "account",
    "booth",
    "chat",
    "desk",
    "exhibit",
    "exhibitors",
    "exhibits",
    "home",
    "records",
    "recover",
    "register",
    "signin",
];

/// The place of an address. What it shows, and to whom, the page decides.
/// **Source**: `hub/web/app/frame/places.js`, whose addresses and scripts a test holds equal to these.
fn place_of(path: &str) -> Option<&'static str> {
    let steps: Vec<&str> = path.split('/').collect();
    let place = match *steps.as_slice() {
        [""] => "home",
        ["register", "enterprise" | "individual" | "media"] => "register",
        ["booths", step] if is_step(step) => "booth",
        ["exhibits", step] if is_step(step) => "exhibit",
        ["chat", step] if is_step(step) => "chat",
        ["desk", kind] if is_step(kind) => "records",
        ["desk", kind, id] if is_step(kind) && is_step(id) => "records",
        [one @ ("signin" | "recover" | "chat" | "desk" | "account" | "exhibitors" | "exhibits")] => one,
        _ => return None,
    };
    PLACES.into_iter().find(|known| *known == place)
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
fn shown(file: &Sent, headers: &HeaderMap) -> Response {
    let small = file.small.clone().filter(|_| takes_gzip(headers));
    let tag = written(&file.digest, small.is_some());
    let mut response = if names(headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        sent(file, small)
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
fn sent(file: &Sent, small: Option<Bytes>) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(file.kind))];
    match small {
        Some(small) => (kind, [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))], small).into_response(),
        None => (kind, file.plain.clone()).into_response(),
    }
}

/// Each form of a file has its own: caches keep them apart.
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
