//! `/v1/showcase`: booths and exhibits as everybody sees them. **Source**: SPEC 10.1.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fair::FairData;
use serde::Deserialize;
use storage::ids::RecordId;
use utoipa::IntoParams;

use super::parts::page::{limit, next_link};
use super::parts::{PageOf, Route, Tagged, id};
use crate::code::Code;
use crate::describe::{Doc, says};
use crate::front::{Asked, Body, BoothItem, BoothShown, ExhibitItem, ExhibitShown, Facets, Front, Sort};
use crate::routes;
use crate::wire::Failure;

/// Whoever holds a copy asks whether it has changed.
const ASKED_ANEW: HeaderValue = HeaderValue::from_static("no-cache");
/// No cursor of ours is longer. **Units**: bytes.
const CURSOR_BYTES_MAX: usize = 256;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/showcase/booths" Anyone Content => booths,
            lists::<BoothItem>(says("Booths that everybody sees, newest first or hottest first").query::<BoothsAsked>());
        GET "/v1/showcase/booths/{id}" Anyone Content => booth,
            says("A booth as everybody sees it").gives::<BoothShown>(200).tagged();
        GET "/v1/showcase/exhibits" Anyone Content => exhibits,
            lists::<ExhibitItem>(says("Exhibits that everybody sees, newest first or hottest first").query::<ExhibitsAsked>());
        GET "/v1/showcase/exhibits/{id}" Anyone Content => exhibit,
            says("An exhibit as everybody sees it").gives::<ExhibitShown>(200).tagged();
    }
}

fn lists<T: utoipa::ToSchema>(doc: Doc) -> Doc {
    doc.lists::<T>().tagged()
}

/// Which booths.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct BoothsAsked {
    /// A code of the taxonomy `zone`.
    zone: Option<String>,
    /// A code of `exhibit-category`, or one above it; not with `sort=views`.
    category: Option<String>,
    /// A code of `industry`, or one above it; not with `sort=views`.
    industry: Option<String>,
    /// `newest` (default), or `views`: the hottest few hundred, without further pages.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// Which exhibits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ExhibitsAsked {
    /// Of one booth.
    booth: Option<String>,
    /// A code of the taxonomy `zone`.
    zone: Option<String>,
    /// A code of `exhibit-category`, or one above it.
    category: Option<String>,
    /// `newest` (default), or `views`: the hottest few hundred, without further pages.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn booth(State(front): State<Front>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let body = front.body(&Asked::Booth(id(&name)?)).await?;
    Ok(shown(&body, &headers, ""))
}

async fn exhibit(
    State(front): State<Front>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let body = front.body(&Asked::Exhibit(id(&name)?)).await?;
    Ok(shown(&body, &headers, ""))
}

async fn booths(
    State(front): State<Front>,
    State(files): State<FairData>,
    headers: HeaderMap,
    page: PageOf<BoothsAsked>,
) -> Result<Response, Failure> {
    let BoothsAsked { zone, category, industry, sort, cursor, limit: asked } = &page.filter;
    let coded =
        [("zone", "zone", zone), ("category", "exhibit-category", category), ("industry", "industry", industry)];
    check_codes(&files, &coded)?;
    if *sort == Sort::Views {
        for (name, _, code) in &coded[1..] {
            refuse_beside_views(name, code.is_some())?;
        }
    }
    let facets = Facets {
        booth: None,
        zone: zone.clone(),
        category: category.clone(),
        industry: industry.clone(),
        ..facets(*sort, cursor.as_ref(), *asked)?
    };
    let body = front.body(&Asked::Booths(facets)).await?;
    Ok(shown(&body, &headers, page.query()))
}

async fn exhibits(
    State(front): State<Front>,
    State(files): State<FairData>,
    headers: HeaderMap,
    page: PageOf<ExhibitsAsked>,
) -> Result<Response, Failure> {
    let ExhibitsAsked { booth, zone, category, sort, cursor, limit: asked } = &page.filter;
    check_codes(&files, &[("zone", "zone", zone), ("category", "exhibit-category", category)])?;
    let booth = booth.as_ref().map(|booth| booth.parse::<RecordId>()).transpose();
    let booth = booth.map_err(|_no_id| wrong("booth", "format"))?;
    let facets =
        Facets { booth, zone: zone.clone(), category: category.clone(), ..facets(*sort, cursor.as_ref(), *asked)? };
    let body = front.body(&Asked::Exhibits(facets)).await?;
    Ok(shown(&body, &headers, page.query()))
}

/// Codes that nobody has found nothing, and would each take a place among what is kept.
fn check_codes(files: &FairData, codes: &[(&str, &str, &Option<String>)]) -> Result<(), Failure> {
    for (name, taxonomy, code) in codes {
        let Some(code) = code else { continue };
        if files.taxonomy(taxonomy).is_none_or(|taxonomy| taxonomy.get(code).is_none()) {
            return Err(wrong(name, "not_an_option"));
        }
    }
    Ok(())
}

fn refuse_beside_views(name: &str, is_there: bool) -> Result<(), Failure> {
    if is_there { Err(wrong(name, "not_applicable")) } else { Ok(()) }
}

fn facets(sort: Sort, cursor: Option<&String>, asked: Option<u32>) -> Result<Facets, Failure> {
    if cursor.is_some_and(|cursor| cursor.len() > CURSOR_BYTES_MAX) {
        return Err(Code::BadRequest.into());
    }
    if sort == Sort::Views {
        refuse_beside_views("cursor", cursor.is_some())?;
    }
    Ok(Facets { sort, cursor: cursor.cloned(), limit: limit(asked), ..Facets::default() })
}

fn wrong(name: &str, code: &str) -> Failure {
    Failure::new(Code::Invalid, "a rule on a field is broken").field(format!("/{name}"), code)
}

fn shown(body: &Arc<Body>, headers: &HeaderMap, query: &str) -> Response {
    let mut response = Tagged::kept(&body.kept, headers).into_response();
    let kept = response.headers_mut();
    kept.insert(header::CACHE_CONTROL, ASKED_ANEW);
    let link = body.next.as_deref().and_then(|next| HeaderValue::try_from(next_link(query, next)).ok());
    if let Some(link) = link {
        kept.insert(header::LINK, link);
    }
    response
}
