//! `/sitemap.xml` and `/robots.txt`: what machines that look for pages may read, and where it is.
//!
//! **Source**: sitemaps.org 0.9 (<= 50,000 addresses), RFC 9309.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fair::Showcase;
use fair::showcase::{BoothFilter, ExhibitFilter};
use storage::{Clock, Tick};
use tokio::sync::Semaphore;

use super::page::head::origin;
use crate::handles::Handles;
use crate::wire::Failure;

/// Addresses in a map. **Source**: sitemaps.org.
const PAGES_MAX: usize = 50_000;
/// Cards of one read.
const READ_ROWS: u32 = 1_000;
/// A map is told for so long. **Units**: milliseconds.
const FRESH_MS: i64 = 10 * 60_000;
/// Places for everybody that are no booth and no exhibit.
const PLACES: [&str; 3] = ["/", "/exhibitors", "/exhibits"];

/// The map as it was made last: by one at a time, for all who ask.
#[derive(Debug)]
pub struct Map {
    made: Mutex<Option<Made>>,
    making: Semaphore,
}

#[derive(Debug, Clone)]
struct Made {
    at: Tick,
    pages: Arc<Vec<Page>>,
    /// As it was written last, and for which origin.
    xml: (String, Bytes),
}

impl Default for Map {
    fn default() -> Self {
        Self { made: Mutex::default(), making: Semaphore::new(1) }
    }
}

/// A page's path and when it was shown first.
#[derive(Debug, Clone)]
struct Page {
    path: String,
    shown: String,
}

/// `/sitemap.xml`.
pub(super) async fn sitemap(State(handles): State<Handles>, headers: HeaderMap) -> Result<Response, Failure> {
    let origin = origin(&handles, &headers);
    let xml = handles.site.map.written(&origin, handles.ground.showcase(), &handles.site.clock).await?;
    Ok(([(header::CONTENT_TYPE, "application/xml")], xml).into_response())
}

fn xml(origin: &str, pages: &[Page]) -> Bytes {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    let origin = origin.replace('&', "&amp;").replace('<', "&lt;");
    for place in PLACES {
        xml.push_str(&format!("<url><loc>{origin}{place}</loc></url>\n"));
    }
    for Page { path, shown } in pages {
        xml.push_str(&format!("<url><loc>{origin}{path}</loc><lastmod>{shown}</lastmod></url>\n"));
    }
    xml.push_str("</urlset>\n");
    Bytes::from(xml)
}

/// `/robots.txt`.
pub(super) async fn robots(State(handles): State<Handles>, headers: HeaderMap) -> Response {
    let origin = origin(&handles, &headers);
    let text = format!(
        "User-agent: *\nDisallow: /v1/\nAllow: /v1/uploads/\nDisallow: /desk\nDisallow: /account\nDisallow: /chat\n\
         Sitemap: {origin}/sitemap.xml\n"
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

impl Map {
    async fn written(&self, origin: &str, showcase: &Showcase, clock: &Clock) -> Result<Bytes, Failure> {
        let _turn = self.making.acquire().await.map_err(Failure::internal)?;
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (at, pages) = match made.filter(|made| clock.tick().since_ms(made.at) < FRESH_MS) {
            Some(made) if made.xml.0 == origin => return Ok(made.xml.1),
            Some(made) => (made.at, made.pages),
            None => (clock.tick(), Arc::new(find(showcase).await?)),
        };
        let written = xml(origin, &pages);
        let made = Made { at, pages, xml: (origin.to_owned(), written.clone()) };
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        Ok(written)
    }
}

/// All booths, and as many of the newest exhibits as there is room for.
async fn find(showcase: &Showcase) -> Result<Vec<Page>, Failure> {
    let mut pages = Vec::new();
    let room = PAGES_MAX - PLACES.len();
    let mut cursor: Option<String> = None;
    loop {
        let listed = showcase.booths(&BoothFilter::default(), (cursor.as_deref(), READ_ROWS)).await?;
        let page = |id, shown| Page { path: format!("/booths/{id}"), shown };
        pages.extend(listed.items.into_iter().map(|card| page(card.id, card.published)));
        cursor = listed.next;
        if cursor.is_none() || pages.len() >= room {
            break;
        }
    }
    cursor = None;
    while pages.len() < room {
        let listed = showcase.exhibits(&ExhibitFilter::default(), (cursor.as_deref(), READ_ROWS)).await?;
        let page = |id, shown| Page { path: format!("/exhibits/{id}"), shown };
        pages.extend(listed.items.into_iter().map(|card| page(card.id, card.published)));
        cursor = listed.next;
        if cursor.is_none() {
            break;
        }
    }
    pages.truncate(room);
    Ok(pages)
}
