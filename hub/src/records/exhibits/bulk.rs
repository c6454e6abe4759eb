//! Many exhibits onto the shelf or off it with one request: each for itself, with a result for each.

use axum::Json;
use axum::extract::State;
use fair::flow::{Input, Record, Who};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use storage::ids::RecordId;
use utoipa::ToSchema;

use super::super::parts::{Body, Caller, Route};
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::routes;
use crate::wire::{Failure, FieldError};

/// Exhibits of one request.
const ITEMS_MAX: usize = 100;
/// Moved at one time.
const AT_ONCE_MAX: usize = 8;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        POST "/v1/exhibits/shelve" Administrator Write => shelve,
            says("Puts exhibits on sale, each for itself").takes::<ExhibitsMove>().gives::<ExhibitsMoved>(200);
        POST "/v1/exhibits/unshelve" Administrator Write => unshelve,
            says("Takes exhibits off the shelf, each for itself").takes::<ExhibitsMove>().gives::<ExhibitsMoved>(200);
    }
}

/// What is to be moved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExhibitsMove {
    /// One at least.
    #[schema(min_items = 1, max_items = 100)]
    items: Vec<ExhibitMove>,
}

/// An exhibit, in the version that is meant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExhibitMove {
    /// Which.
    id: RecordId,
    /// As it was seen.
    version: i64,
}

/// What became of each, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
struct ExhibitsMoved {
    items: Vec<ExhibitMoved>,
}

/// How it stands now, or why it was not moved.
#[derive(Debug, Serialize, ToSchema)]
struct ExhibitMoved {
    id: RecordId,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<NotMoved>,
}

/// As of a single request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExhibitNotMoved)]
struct NotMoved {
    code: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    fields: Vec<FieldError>,
}

impl ExhibitMoved {
    fn of(id: RecordId, moved: fair::Result<Record>) -> Self {
        match moved {
            Ok(record) => Self { id, state: Some(record.state), version: Some(record.version), error: None },
            Err(error) => {
                let Failure { code, message: detail, fields, .. } = Failure::from(error);
                Self { id, state: None, version: None, error: Some(NotMoved { code: code.text(), detail, fields }) }
            }
        }
    }
}

async fn shelve(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    Body(asked): Body<ExhibitsMove>,
) -> Result<Json<ExhibitsMoved>, Failure> {
    each(asked, |ExhibitMove { id, version }| {
        let (who, exhibits) = (Who::from(&caller), ground.exhibits());
        Box::pin(async move { ExhibitMoved::of(id, exhibits.shelve(&who, (id, version)).await) })
    })
    .await
}

async fn unshelve(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    Body(asked): Body<ExhibitsMove>,
) -> Result<Json<ExhibitsMoved>, Failure> {
    each(asked, |ExhibitMove { id, version }| {
        let (who, exhibits, input) = (Who::from(&caller), ground.exhibits(), Input::default());
        Box::pin(async move { ExhibitMoved::of(id, exhibits.advance(&who, (id, version), "unshelve", input).await) })
    })
    .await
}

async fn each(
    ExhibitsMove { items }: ExhibitsMove,
    act: impl Fn(ExhibitMove) -> BoxFuture<'static, ExhibitMoved>,
) -> Result<Json<ExhibitsMoved>, Failure> {
    if !(1..=ITEMS_MAX).contains(&items.len()) {
        let code = if items.is_empty() { "too_few" } else { "too_many" };
        return Err(Failure::new(Code::Invalid, "a rule on a field is broken").field("/items", code));
    }
    let moved: Vec<_> = items.into_iter().map(act).collect();
    let items = stream::iter(moved).buffered(AT_ONCE_MAX).collect().await;
    Ok(Json(ExhibitsMoved { items }))
}
