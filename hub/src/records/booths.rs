//! `/v1/booths`: what an exhibitor builds, and what its institution decides.

use axum::extract::{FromRef, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use fair::booths::{BOOTH, FLOW, SUBMIT};
use fair::content;
use fair::flow::{Flows, Record, Scope, Who};
use fair::form::{Form, Object};
use fair::showcase::BoothPage;
use serde_json::{Map, Value, json};
use storage::ids::EnterpriseId;

use super::parts::lived::{Act, Doing, Filter, Lived, to_decide};
use super::parts::{Body, Books, Caller, IfMatch, Once, PageOf, Route, Shown, Tagged, once};
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::handles::Handles;
use crate::principal::{Kind, Principal};
use crate::routes;
use crate::schema::time;
use crate::wire::{Answer, Failure, Mark};

/// Texts, and the codes of what may be chosen. **Units**: bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

const RECORD: Lived =
    Lived { flow: &FLOW, named: |text| text.parse().ok(), shown, form: &BOOTH, beside: || beside(&BOOTH) };
const ADVANCE: Act = |Doing { ground, who, .. }, at, action, input| {
    Box::pin(async move { ground.booths().advance(&who, at, action, input).await })
};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        POST "/v1/booths" Administrator Write => create,
            says("Begins a booth as a draft").draft(&BOOTH).gives_value(201, RECORD.described()).once()
                .refuses(&[Code::Conflict]);
        GET "/v1/booths" Account Read => list,
            says("The own booths").query::<Filter>().lists_value(&RECORD.described())
                .refuses(&[Code::Forbidden]);
        PATCH "/v1/booths/{id}" Account Write => update,
            says("Edits a booth, as a draft").draft(&BOOTH).gives_value(200, RECORD.described()).tagged().if_match(true)
                .refuses(&[Code::Forbidden, Code::Conflict]);
        POST "/v1/booths/{id}/submit" Account Write => submit,
            says("Submit for review").form(&SUBMIT).gives_value(200, RECORD.described()).tagged().if_match(true)
                .refuses(&[Code::Forbidden, Code::Conflict]);
        GET "/v1/booths/{id}/preview" Account Read => preview,
            says("A booth as everybody would see it").gives::<BoothPage>(200).tagged();
        GET "/v1/reviews/booths" Reviewer Read => queue,
            says("Booths to decide about").query::<Filter>().lists_value(&RECORD.described());
    };
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

/// What changes records of others' interest, and what they are judged by.
pub(super) struct Desk {
    pub(super) ground: Ground,
    pub(super) books: Books,
}

impl FromRef<Handles> for Desk {
    fn from_ref(handles: &Handles) -> Self {
        Self { ground: handles.ground.clone(), books: Books::from_ref(handles) }
    }
}

/// The same key gives the same booth.
async fn create(State(desk): State<Desk>, Caller(caller): Caller, once: Once<Object>) -> Result<Response, Failure> {
    let (sent, _key, asked) = once.into_parts();
    let work = async {
        let who = Who::from(&caller);
        let record = desk.ground.booths().create(&who, &sent, &desk.books.context()).await?;
        Ok::<_, Failure>(Answer::of(&shown(&record, &who), Mark::Created))
    };
    Box::pin(once::run(&desk.ground, caller.user, asked, work)).await
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

async fn update(
    State(desk): State<Desk>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(patch): Body<Object>,
) -> Result<Tagged, Failure> {
    let (who, at) = (Who::from(&caller), (RECORD.id(&name)?, if_match.version()?));
    let record = Box::pin(desk.ground.booths().update(&who, at, &patch, &desk.books.context())).await?;
    Ok(shown(&record, &who).tagged(&headers))
}

async fn submit(
    State(desk): State<Desk>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    if_match: IfMatch,
    headers: HeaderMap,
    Body(sent): Body<Object>,
) -> Result<Tagged, Failure> {
    SUBMIT.check(&sent, &desk.books.context())?;
    let (who, at) = (Who::from(&caller), (RECORD.id(&name)?, if_match.version()?));
    let record = Box::pin(desk.ground.booths().submit(&who, at, &sent, &desk.books.context())).await?;
    Ok(shown(&record, &who).tagged(&headers))
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
