//! The document of a booth or an exhibit, with its head filled: whoever is sent the address sees a title, a text and a
//! picture, and a machine that reads no scripts finds what stands there. The page draws the rest.
//!
//! **Source**: Open Graph, schema.org (`Product`, `Organization`), RFC 6596 (canonical).

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use fair::messages::Locale;
use fair::showcase::{BoothPage, ExhibitPage};
use serde_json::{Value, json};
use storage::ids::UploadId;

use super::packed::{gzip, takes_gzip};
use super::{needed, tag_of};
use crate::code::Code;
use crate::handles::Handles;
use crate::records::parts::id;
use crate::records::parts::tagged::names;
use crate::records::registrations::locale;
use crate::wire::Failure;

/// Of a description, what is shown beside a link. **Units**: characters.
const DESCRIPTION_CHARS_MAX: usize = 160;
/// What stands in the document before it is filled.
const PLAIN_TITLE: &str = "<title>服贸云展 · Fairhub</title>";

/// What a head says.
struct Said {
    title: String,
    description: String,
    path: String,
    picture: Option<UploadId>,
    /// For machines.
    data: Value,
}

/// `/booths/{id}`.
pub async fn booth(State(handles): State<Handles>, Path(name): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let origin = origin(&handles, &headers);
    let said = match id(&name) {
        Ok(id) => handles.front.booth(id).await.map(|page| of_booth(&page, &origin)),
        Err(failure) => Err(failure),
    };
    document("booth", said, &origin, (&headers, &uri))
}

/// `/exhibits/{id}`.
pub async fn exhibit(
    State(handles): State<Handles>,
    Path(name): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let origin = origin(&handles, &headers);
    let said = match id(&name) {
        Ok(id) => handles.front.exhibit(id).await.map(|page| of_exhibit(&page, &origin)),
        Err(failure) => Err(failure),
    };
    document("exhibit", said, &origin, (&headers, &uri))
}

/// Where the fair is reached: as its operator says, else as the request does. **Shape**: `https://fair.example.com`.
pub(in crate::records) fn origin(handles: &Handles, headers: &HeaderMap) -> String {
    if let Some(origin) = &handles.site.origin {
        return origin.clone();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    format!("{}://{host}", if handles.site.is_tls { "https" } else { "http" })
}

fn of_booth(page: &BoothPage, origin: &str) -> Said {
    let path = format!("/booths/{}", page.id);
    let picture = page.pictures.first().map(|picture| picture.id).or(page.logo);
    let data = json!({
        "@context": "https://schema.org", "@type": "Organization", "name": page.enterprise.name,
        "alternateName": page.name, "description": page.introduction, "url": format!("{origin}{path}"),
        "logo": page.logo.map(|logo| address(origin, logo)), "image": picture.map(|picture| address(origin, picture)),
        "sameAs": page.website,
    });
    let title = format!("{} · {}", page.name, page.enterprise.name);
    Said { title, description: page.introduction.clone(), path, picture, data }
}

fn of_exhibit(page: &ExhibitPage, origin: &str) -> Said {
    let content = &page.content;
    let path = format!("/exhibits/{}", content.id);
    let url = format!("{origin}{path}");
    let pictures: Vec<_> = content.pictures.iter().map(|picture| address(origin, picture.id)).collect();
    let offer = content.market_price_fen.map(|fen| {
        json!({
            "@type": "Offer", "price": yuan(fen), "priceCurrency": "CNY", "url": url,
            "seller": {"@type": "Organization", "name": content.enterprise.name},
        })
    });
    let data = json!({
        "@context": "https://schema.org", "@type": "Product", "name": content.name, "description": content.summary,
        "image": pictures, "sku": content.number, "brand": {"@type": "Brand", "name": content.brand}, "url": url,
        "offers": offer,
    });
    let title = format!("{} · {}", content.name, content.enterprise.name);
    let picture = content.pictures.first().map(|picture| picture.id);
    Said { title, description: content.summary.clone(), path, picture, data }
}

fn address(origin: &str, upload: UploadId) -> String {
    format!("{origin}/v1/uploads/{upload}/content")
}

/// **Shape**: `1234.50`.
fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// The page's document. What nobody sees has it too, unfilled and with the status that says so: the page says it in words.
fn document(place: &str, said: Result<Said, Failure>, origin: &str, (headers, uri): (&HeaderMap, &Uri)) -> Response {
    let (status, head) = match said {
        Ok(said) => (StatusCode::OK, head(&said, origin, locale(headers))),
        Err(failure) if failure.code == Code::NotFound => (StatusCode::NOT_FOUND, PLAIN_TITLE.to_owned()),
        // The page asks for itself, and says what it is told.
        Err(failure) => {
            tracing::warn!(code = failure.code.text(), path = uri.path(), "a document is sent without its head");
            (StatusCode::OK, PLAIN_TITLE.to_owned())
        }
    };
    let Some(file) = needed::document(place) else { return Failure::from(Code::NotFound).into_response() };
    let plain = String::from_utf8_lossy(&file.plain).replacen(PLAIN_TITLE, &head, 1).into_bytes();
    let small = takes_gzip(headers).then(|| gzip(&plain)).flatten();
    let tag = tag_of(&plain, small.is_some());
    let mut response = if status == StatusCode::OK && names(headers, &header::IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
        match small {
            Some(small) => {
                let packed = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
                (status, kind, packed, small).into_response()
            }
            None => (status, kind, plain).into_response(),
        }
    };
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    kept.insert(header::VARY, HeaderValue::from_static("accept-encoding, accept-language"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        kept.insert(header::ETAG, tag);
    }
    response
}

fn head(said: &Said, origin: &str, locale: Locale) -> String {
    let fair = match locale {
        Locale::ZhCn => "服贸云展",
        Locale::En => "Fairhub",
    };
    let title = escaped(&format!("{} · {fair}", said.title));
    let description: String = said.description.chars().take(DESCRIPTION_CHARS_MAX).collect();
    let description = escaped(&description.replace(char::is_whitespace, " "));
    let url = escaped(&format!("{origin}{}", said.path));
    let mut head = format!(
        "<title>{title}</title>\n  <meta name=\"description\" content=\"{description}\">\n  \
         <link rel=\"canonical\" href=\"{url}\">\n  <meta property=\"og:type\" content=\"website\">\n  \
         <meta property=\"og:title\" content=\"{title}\">\n  \
         <meta property=\"og:description\" content=\"{description}\">\n  <meta property=\"og:url\" content=\"{url}\">"
    );
    if let Some(picture) = said.picture {
        // To be shown elsewhere; and here the largest of what is seen first, fetched beside the scripts that show it.
        let (outside, here) = (escaped(&address(origin, picture)), address("", picture));
        head.push_str(&format!(
            "\n  <meta property=\"og:image\" content=\"{outside}\">\n  \
             <link rel=\"preload\" as=\"image\" href=\"{here}\" fetchpriority=\"high\">"
        ));
    }
    // In a script only the end of it means anything: no `<` is left in it.
    let data = said.data.to_string().replace('<', "\\u003c");
    head.push_str(&format!("\n  <script type=\"application/ld+json\">{data}</script>"));
    head
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
