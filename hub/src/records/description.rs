//! `/v1/openapi.json`, `/v1/asyncapi.json`: what the hub says of itself, to everybody.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::parts::tagged::Kept;
use super::parts::{Route, Tagged};
use crate::describe::{Rules, asyncapi, openapi, says};
use crate::routes;

pub(super) fn rows() -> Vec<Route> {
    let object = || json!({"type": "object"});
    routes! {
        GET "/v1/openapi.json" Anyone Read => of_rest, says("This description").gives_value(200, object()).tagged();
        GET "/v1/asyncapi.json" Anyone Read => of_socket,
            says("The description of the socket").gives_value(200, object()).tagged();
    }
}

/// Made once: the rows do not change while the hub runs.
static REST: LazyLock<Kept> = LazyLock::new(|| kept(&openapi::document(&rules())));
static SOCKET: LazyLock<Kept> = LazyLock::new(|| kept(&asyncapi::document()));

/// What every row below `/v1` says.
#[must_use]
pub fn rules() -> Vec<Rules> {
    super::rows().into_iter().map(|row| row.rules).collect()
}

fn kept(document: &Value) -> Kept {
    Kept::of(serde_json::to_vec(document).unwrap_or_default().into())
}

async fn of_rest(headers: HeaderMap) -> Tagged {
    Tagged::kept(&REST, &headers)
}

async fn of_socket(headers: HeaderMap) -> Tagged {
    Tagged::kept(&SOCKET, &headers)
}
