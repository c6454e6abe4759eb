//! `/v1/exhibits`: what an exhibitor shows in its booth, on the shelf and off it, and what its institution decides.

mod bulk;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use fair::accounts::Page;
use fair::content;
use fair::exhibits::{self, EXHIBIT, FLOW};
use fair::flow::{Flows, Input, Record, Scope, Who};
use fair::showcase::ExhibitPage;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::IntoParams;

use super::booths::{beside, own};
use super::parts::lived::{Act, Change, Doing, Lived, Make, to_decide};
use super::parts::page::{Listed, limit};
use super::parts::{Caller, IfMatch, PageOf, Route, Shown, Tagged};
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::limits::Class;
use crate::policy::Right;
use crate::routes;
use crate::wire::Failure;

/// The longest markup, as JSON may write it, and the other fields. **Units**: bytes.
const BODY_BYTES_MAX: usize = 128 * 1024;

const RECORD: Lived = Lived { flow: &FLOW, named: |text| text.parse().ok(), shown, form: &EXHIBIT, beside: more };
const CREATE: Make = |Doing { ground, books, who, .. }, _id, sent| {
    Box::pin(async move { Ok(ground.exhibits().create(&who, &sent, &books.context()).await?) })
};
const UPDATE: Change = |Doing { ground, books, who, .. }, at, patch| {
    Box::pin(async move { ground.exhibits().update(&who, at, &patch, &books.context()).await })
};
const ADVANCE: Act = |Doing { ground, who, .. }, at, action, input| {
    Box::pin(async move { ground.exhibits().advance(&who, at, action, input).await })
};
const SUBMIT: Act = |Doing { ground, books, who, .. }, at, _action, _input| {
    Box::pin(async move { ground.exhibits().submit(&who, at, &books.context()).await })
};
const SHELVE: Act =
    |Doing { ground, who, .. }, at, _action, _input| Box::pin(async move { ground.exhibits().shelve(&who, at).await });

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// The whole number.
    number: Option<String>,
    /// A part of the name.
    name: Option<String>,
    /// A category, or one above it.
    category: Option<String>,
    /// `draft`, `pending`, `approved`, `rejected`.
    review_state: Option<String>,
    /// `waiting`, `on_sale`, `off_shelf`.
    shelf_state: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/exhibits" Account Read => list,
            says("The own exhibits").query::<Filter>().lists_value(&RECORD.described())
                .refuses(&[Code::Forbidden]);
        GET "/v1/exhibits/{id}" Account Read => show,
            says("A record with its past").gives_value(200, RECORD.described()).tagged();
        DELETE "/v1/exhibits/{id}" Account Write => delete,
            says("Deletes an exhibit that is not on sale").gives_nothing(204).if_match(true)
                .refuses(&[Code::Forbidden, Code::Conflict]);
        POST "/v1/exhibits/{id}/copy" Account Write => copy,
            says("Makes another one of an exhibit, without its videos").gives_value(201, RECORD.described()).tagged()
                .refuses(&[Code::Forbidden, Code::Conflict]);
        GET "/v1/exhibits/{id}/preview" Account Read => preview,
            says("An exhibit as everybody would see it").gives::<ExhibitPage>(200).tagged();
        GET "/v1/reviews/exhibits" Reviewer Read => queue,
            says("Exhibits to decide about").query::<Filter>().lists_value(&RECORD.described());
    };
    let begins = says("Begins an exhibit as a draft, with its number").draft(&EXHIBIT);
    rows.push(RECORD.create("/v1/exhibits", (Right::Administrator, Class::Write), CREATE, begins));
    let edits = says("Edits an exhibit, as a draft").draft(&EXHIBIT);
    rows.push(RECORD.change(Method::PATCH, "/v1/exhibits/{id}", UPDATE, edits));
    rows.extend(bulk::rows());
    for (path, action, act) in [
        ("/v1/exhibits/{id}/submit", "submit", SUBMIT),
        ("/v1/exhibits/{id}/shelve", "shelve", SHELVE),
        ("/v1/exhibits/{id}/unshelve", "unshelve", ADVANCE),
        ("/v1/exhibits/{id}/review/approve", "approve", ADVANCE),
        ("/v1/exhibits/{id}/review/reject", "reject", ADVANCE),
        ("/v1/exhibits/{id}/review/take-down", "take_down", ADVANCE),
    ] {
        rows.push(RECORD.step_by(path, action, act));
    }
    rows.into_iter().map(|row| row.body_bytes_max(BODY_BYTES_MAX)).collect()
}

fn shown(record: &Record, who: &Who) -> Shown {
    let mut fields = content::shown(&EXHIBIT, record);
    fields.insert(exhibits::NUMBER.to_owned(), record.text(exhibits::NUMBER).into());
    fields.insert("review_state".to_owned(), exhibits::review_state(record).into());
    fields.insert("shelf_state".to_owned(), exhibits::shelf_state(record).into());
    Shown::of(record, who, fields)
}

/// What is shown of an exhibit beside its form.
fn more() -> Map<String, Value> {
    let mut more = beside(&EXHIBIT);
    let words = |words: &[&str]| json!({"type": "string", "enum": words});
    more.insert("number".to_owned(), json!({"type": "string", "description": "展品编号"}));
    more.insert("review_state".to_owned(), words(&["draft", "pending", "approved", "rejected"]));
    more.insert("shelf_state".to_owned(), words(&["waiting", "on_sale", "off_shelf"]));
    more
}

async fn copy(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let who = Who::from(&caller);
    let record = Box::pin(ground.exhibits().copy(&who, RECORD.id(&name)?)).await?;
    Ok(shown(&record, &who).tagged(&headers).created())
}

async fn list(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<Listed<Page<Shown>>, Failure> {
    found(&ground, &Who::from(&caller), Scope::Owner(own(&caller)?), &page).await
}

async fn queue(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<Listed<Page<Shown>>, Failure> {
    found(&ground, &Who::from(&caller), to_decide(&caller)?, &page).await
}

async fn found(
    ground: &Ground,
    who: &Who,
    scope: Scope,
    page: &PageOf<Filter>,
) -> Result<Listed<Page<Shown>>, Failure> {
    let Filter { number, name, category, review_state, shelf_state, cursor, limit: asked } = &page.filter;
    let filter = exhibits::Filter {
        number: number.as_deref(),
        name: name.as_deref(),
        category: category.as_deref(),
        review_state: review_state.as_deref(),
        shelf_state: shelf_state.as_deref(),
    };
    let found = ground.exhibits().list(who, scope, &filter, (cursor.as_deref(), limit(*asked))).await?;
    Ok(page.shows(Page { next: found.next, ..RECORD.items(&found.items, who) }))
}

async fn show(
    State(ground): State<Ground>,
    State(flows): State<Flows>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let who = Who::from(&caller);
    let record = ground.exhibits().get(&who, RECORD.id(&name)?).await?;
    Ok(shown(&record, &who).with_history(&flows, &record).await?.tagged(&headers))
}

async fn delete(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    if_match: IfMatch,
) -> Result<StatusCode, Failure> {
    let (who, at) = (Who::from(&caller), (RECORD.id(&name)?, if_match.version()?));
    Box::pin(ground.exhibits().advance(&who, at, "delete", Input::default())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn preview(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let record = ground.exhibits().get(&Who::from(&caller), RECORD.id(&name)?).await?;
    Ok(Tagged::of(&ground.showcase().preview_exhibit(ground.flows(), &record).await?, &headers))
}
