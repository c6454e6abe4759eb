//! `/v1/taxonomies`: the codes that forms take, with what people call them. For everybody: a registration needs them.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fair::FairData;
use fair::data::{Found, Search};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::parts::page::limit;
use super::parts::{Params, Route, Tagged};
use crate::code::Code;
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

/// A taxonomy changes with a start of the hub only; after this time a client asks whether it has.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/taxonomies/{name}" Anyone Read => show,
            says("The codes of a taxonomy, with their labels").query::<Asked>().gives::<Shown>(200).tagged();
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Part of a label or a code.
    q: Option<String>,
    /// A code, or nothing for the first level.
    parent: Option<String>,
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Taxonomy)]
struct Shown<'a> {
    name: &'a str,
    #[serde(flatten)]
    found: Found<'a>,
}

/// The whole of it, or with `q` as many as `limit` says of what fits.
async fn show(
    State(files): State<FairData>,
    Path(name): Path<String>,
    Params(Asked { q, parent, limit: asked }): Params<Asked>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let taxonomy = files.taxonomy(&name).ok_or(Code::NotFound)?;
    let whole = q.is_none() && asked.is_none();
    let limit = if whole { usize::MAX } else { usize::try_from(limit(asked)).unwrap_or(usize::MAX) };
    let found = taxonomy.find(Search { text: q.as_deref(), parent: parent.as_deref(), limit });
    let mut response = Tagged::of(&Shown { name: &name, found }, &headers).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    Ok(response)
}
