//! The page: files built into the binary, and in the demo the accounts it offers.

use axum::Json;
use axum::http::{HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use fair::demo::DemoAccount;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::code::Code;
use crate::wire::Failure;

#[derive(RustEmbed)]
#[folder = "web/app"]
struct Files;

/// A file of the page; `/` is `index.html`. A file is only ever read.
pub async fn file(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Files::get(path) {
        None => Failure::from(Code::NotFound).into_response(),
        Some(file) if method == Method::GET || method == Method::HEAD => shown(path, file),
        Some(_unchanged) => ([(header::ALLOW, "GET,HEAD")], refused_method().await).into_response(),
    }
}

/// A path that is there, asked with a method that it does not take. Which ones it takes the caller adds, as `Allow`.
pub async fn refused_method() -> Failure {
    Code::MethodNotAllowed.into()
}

fn shown(path: &str, file: EmbeddedFile) -> Response {
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
    response
}

/// `GET /demo/accounts`, in the demo only.
pub async fn demo_accounts() -> Json<Vec<DemoAccount>> {
    Json(fair::demo::accounts())
}
