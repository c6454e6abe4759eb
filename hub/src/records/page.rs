//! The page: files built into the binary, and in the demo the accounts it offers.

use axum::Json;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};
use fair::demo::DemoAccount;
use rust_embed::RustEmbed;

use crate::code::Code;
use crate::wire::Failure;

#[derive(RustEmbed)]
#[folder = "web/app"]
struct Files;

/// A file of the page; `/` is `index.html`.
///
/// # Errors
/// `not_found`.
pub async fn file(uri: Uri) -> Result<Response, Failure> {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let file = Files::get(path).ok_or(Failure::from(Code::NotFound))?;
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let mut response = file.data.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// `GET /demo/accounts`, in the demo only.
pub async fn demo_accounts() -> Json<Vec<DemoAccount>> {
    Json(fair::demo::accounts())
}
