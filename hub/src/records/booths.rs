//! `/v1/booths`: what an exhibitor builds, and what its institution decides.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method};
use axum::response::IntoResponse;
use fair::booths::{BOOTH, FLOW, SUBMIT as SUBMISSION};
use fair::content;
use fair::flow::{Flows, Record, Scope, Who};
use fair::form::Form;
use fair::showcase::BoothPage;
use serde_json::{Map, Value, json};
use storage::ids::EnterpriseId;

use super::parts::lived::{Act, Change, Doing, Filter, Lived, Make, to_decide};
use super::parts::{Caller, PageOf, Route, Shown, Tagged};
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::limits::Class;
use crate::policy::Right;
use crate::principal::{Kind, Principal};
use crate::routes;
use crate::schema::time;
use crate::wire::Failure;

/// Texts, and the codes of what may be chosen. **Units**: bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

const RECORD: Lived =
    Lived { flow: &FLOW, named: |text| text.parse().ok(), shown, form: &BOOTH, beside: || beside(&BOOTH) };
const CREATE: Make = |Doing { ground, books, who, .. }, _id, sent| {
    Box::pin(async move { Ok(ground.booths().create(&who, &sent, &books.context()).await?) })
};
const UPDATE: Change = |Doing { ground, books, who, .. }, at, patch| {
    Box::pin(async move { ground.booths().update(&who, at, &patch, &books.context()).await })
};
const SUBMIT: Change = |Doing { ground, books, who, .. }, at, sent| {
    Box::pin(async move { ground.booths().submit(&who, at, &sent, &books.context()).await })
};
const ADVANCE: Act = |Doing { ground, who, .. }, at, action, input| {
    Box::pin(async move { ground.booths().advance(&who, at, action, input).await })
};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/booths" Account Read => list,
            says("The own booths").query::<Filter>().lists_value(&RECORD.described())
                .refuses(&[Code::Forbidden]);
        GET "/v1/booths/{id}/preview" Account Read => preview,
            says("A booth as everybody would see it").gives::<BoothPage>(200).tagged();
        GET "/v1/reviews/booths" Reviewer Read => queue,
            says("Booths to decide about").query::<Filter>().lists_value(&RECORD.described());
    };
    let begins = says("Begins a booth as a draft").draft(&BOOTH).refuses(&[Code::Conflict]);
    rows.push(RECORD.create("/v1/booths", (Right::Administrator, Class::Write), CREATE, begins));
    let edits = says("Edits a booth, as a draft").draft(&BOOTH);
    rows.push(RECORD.change(Method::PATCH, "/v1/booths/{id}", UPDATE, edits));
    let hands_in = says("Submit for review").form(&SUBMISSION);
    rows.push(RECORD.change(Method::POST, "/v1/booths/{id}/submit", SUBMIT, hands_in));
    rows.push(RECORD.show("/v1/booths/{id}"));
    for (path, action) in [
        ("/v1/booths/{id}/withdraw", "withdraw"),
        ("/v1/booths/{id}/review/approve", "approve"),
        ("/v1/booths/{id}/review/reject", "reject"),
        ("/v1/booths/{id}/review/take-down", "take_down"),
    ] {
        rows.push(RECORD.step_by(path, action, ADVANCE));
    }
    rows.into_iter().map(|row| row.body_bytes_max(BODY_BYTES_MAX)).collect()
}

fn shown(record: &Record, who: &Who) -> Shown {
    Shown::of(record, who, content::shown(&BOOTH, record))
}

/// What is shown of such a record beside its form.
pub(super) fn beside(form: &Form) -> Map<String, Value> {
    let approved = json!({"type": ["object", "null"], "description": "the fields as they were approved last",
        "properties": form.schema().get("properties")});
    let reason = json!({"type": "string", "description": "why it was refused, until it is handed in again"});
    let more = [("approved", approved), ("reason", reason), ("submitted_at", time()), ("published_at", time())];
    more.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// The enterprise whose records are listed as the own ones.
pub(super) fn own(caller: &Principal) -> Result<EnterpriseId, Failure> {
    let own = caller.enterprise.filter(|_| caller.kind == Kind::Enterprise);
    own.ok_or_else(|| Code::Forbidden.into())
}

async fn list(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    RECORD.list(&flows, &Who::from(&caller), Scope::Owner(own(&caller)?), &page).await
}

async fn queue(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    RECORD.list(&flows, &Who::from(&caller), to_decide(&caller)?, &page).await
}

async fn preview(
    State(ground): State<Ground>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let record = ground.flows().get(&Who::from(&caller), &FLOW, RECORD.id(&name)?).await?;
    Ok(Tagged::of(&ground.showcase().preview_booth(&record).await?, &headers))
}
