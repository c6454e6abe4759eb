//! Pages of lists: which one is asked for, and how it looks with the next one's address beside it.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fair::accounts::Page;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::body::Params;
use crate::wire::Failure;

const LIMIT_DEFAULT: u32 = 20;
const LIMIT_MAX: u32 = 100;

/// A page that is asked for: its filter `T`, which flattens `cursor` and `limit` in, and the query it came from.
#[derive(Debug)]
pub struct PageOf<T> {
    /// The query's fields.
    pub filter: T,
    query: String,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for PageOf<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Params(filter) = Params::from_request_parts(parts, state).await?;
        Ok(Self { filter, query: parts.uri.query().unwrap_or_default().to_owned() })
    }
}

impl<T> PageOf<T> {
    /// As it stands in the address.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// The answer: a page as it was found.
    pub fn shows<I: Serialize>(&self, found: Page<I>) -> Listed<Page<I>> {
        let link = found.next.as_deref().map(|next| next_link(&self.query, next));
        Listed { body: found, link }
    }

    /// The answer: a page of another shape, and the next one's cursor where there is one.
    pub fn listed<B: Serialize>(&self, body: B, next: Option<&str>) -> Listed<B> {
        Listed { body, link: next.map(|next| next_link(&self.query, next)) }
    }
}

/// A list that is searched. The query of several.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// What is looked for; nothing: everything is found.
    #[serde(default)]
    pub q: String,
    /// Behind which one.
    pub cursor: Option<String>,
    /// How many.
    pub limit: Option<u32>,
}

/// The page size that is asked for, within what is allowed.
#[must_use]
pub fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX)
}

/// A page. **Shape**: `{"items":[...],"next"?,...}`, `Link: rel=next`.
#[derive(Debug)]
pub struct Listed<B> {
    body: B,
    link: Option<String>,
}

impl<B: Serialize> IntoResponse for Listed<B> {
    fn into_response(self) -> Response {
        let mut response = Json(self.body).into_response();
        if let Some(link) = self.link.and_then(|link| HeaderValue::try_from(link).ok()) {
            response.headers_mut().insert(header::LINK, link);
        }
        response
    }
}

/// A reference relative to the request's own address: the same query with another cursor.
pub(in crate::records) fn next_link(query: &str, next: &str) -> String {
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let pairs: Vec<_> = kept.chain([format!("cursor={next}").as_str()]).map(str::to_owned).collect();
    format!("<?{}>; rel=\"next\"", pairs.join("&").replace('>', "%3E"))
}

#[cfg(test)]
mod tests;
