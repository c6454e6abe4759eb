//! `/v1/flows`: the lives of all kinds, so that clients draw buttons and timelines from them and repeat no rule.

use axum::http::HeaderMap;
use fair::flow::{self, Flow};
use serde::Serialize;

use super::parts::{Route, Tagged};
use crate::routes;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/flows" Anyone Read => list;
    }
}

#[derive(Serialize)]
struct Listed {
    items: &'static [&'static Flow],
}

async fn list(headers: HeaderMap) -> Tagged {
    Tagged::of(&Listed { items: &flow::ALL }, &headers)
}
