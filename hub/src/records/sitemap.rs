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
    made: Mutex<Option<(Tick, Arc<Vec<Page>>)>>,
    making: Semaphore,
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
    let pages = handles.site.map.pages(handles.ground.showcase(), &handles.site.clock).await?;
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    let origin = origin.replace('&', "&amp;").replace('<', "&lt;");
    for place in PLACES {
        xml.push_str(&format!("<url><loc>{origin}{place}</loc></url>\n"));
    }
    for Page { path, shown } in &*pages {
        xml.push_str(&format!("<url><loc>{origin}{path}</loc><lastmod>{shown}</lastmod></url>\n"));
    }
    xml.push_str("</urlset>\n");
    Ok(([(header::CONTENT_TYPE, "application/xml")], Bytes::from(xml)).into_response())
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
    async fn pages(&self, showcase: &Showcase, clock: &Clock) -> Result<Arc<Vec<Page>>, Failure> {
        let _turn = self.making.acquire().await.map_err(Failure::internal)?;
        if let Some(pages) = self.fresh(clock.tick()) {
            return Ok(pages);
        }
        let pages = Arc::new(find(showcase).await?);
        *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some((clock.tick(), Arc::clone(&pages)));
        Ok(pages)
    }

    fn fresh(&self, now: Tick) -> Option<Arc<Vec<Page>>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.as_ref().filter(|(at, _)| now.since_ms(*at) < FRESH_MS).map(|(_, pages)| Arc::clone(pages))
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
