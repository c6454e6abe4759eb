//! `/v1/reports`: what somebody tells the committee of what everybody sees, and what came of it. **Source**: SPEC 24 (P).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use fair::flow::{Flows, Record, Scope, Who};
use fair::form::{Context, Object, Quoting};
use fair::reports::form::{DECISION, REPORT};
use fair::reports::{About, FLOW, Subject, decided, subject};
use serde_json::{Map, Value, json};
use storage::ids::RecordId;

use super::parts::lived::{Filter, Lived};
use super::parts::{Books, Caller, Once, PageOf, Route, Shown, once};
use crate::code::Code;
use crate::describe::says;
use crate::front::Front;
use crate::ground::Ground;
use crate::principal::{Kind, Principal};
use crate::routes;
use crate::schema::whole;
use crate::wire::{Answer, Failure, Mark};

const REPORTED: Lived = Lived {
    flow: &FLOW,
    named: |text| text.parse().ok(),
    shown: |report, who| Shown::of(report, who, report.fields.clone()),
    form: &REPORT,
    beside,
};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        POST "/v1/reports" Account Rare => file,
            says("Reports a booth or an exhibit to the committee").form(&REPORT).gives_value(201, REPORTED.described()).once()
                .refuses(&[Code::NotFound, Code::Conflict]).leads_to("get_reports_id", &[("id", "/id")]);
        GET "/v1/reports" Account Read => list,
            says("Reports of the caller's team, newest first; of all for the committee").query::<Filter>()
                .lists_value(&REPORTED.described()).refuses(&[Code::Forbidden, Code::Invalid]);
    };
    rows.push(REPORTED.show("/v1/reports/{id}"));
    for (path, action) in [("/v1/reports/{id}/uphold", "uphold"), ("/v1/reports/{id}/dismiss", "dismiss")] {
        rows.push(REPORTED.step_of(path, action, &DECISION, decided));
    }
    rows
}

/// The schemas of what stands beside the form: `about` may be a negotiation, which is reported in it.
fn beside() -> Map<String, Value> {
    let (text, id) = (|| json!({"type": "string"}), crate::schema::id);
    let about = [About::Booth, About::Exhibit, About::Negotiation].map(About::as_str);
    let parts = json!({
        "about": {"enum": about}, "name": text(), "enterprise": id(), "enterprise_name": text(), "seq": whole(),
        "reporter": id(), "reporter_name": text(),
        "answer": {"type": "string", "description": "the committee's, with its decision"},
    });
    parts.as_object().cloned().unwrap_or_default()
}

/// The same key gives the same report.
async fn file(
    State(ground): State<Ground>,
    State(front): State<Front>,
    State(books): State<Books>,
    Caller(caller): Caller,
    once: Once<Object>,
) -> Result<Response, Failure> {
    let (sent, _key, asked) = once.into_parts();
    let context = books.context();
    let filled = REPORT.check(&sent, &Context { terms: &Quoting(context.terms), ..context })?;
    let user = caller.user;
    let work = async |report| {
        let (about, id) = subject(&filled).ok_or(Code::NotFound)?;
        let subject = shown(&front, about, id).await?;
        let user = ground.accounts().user(user).await?;
        let report: Record = ground.reports().file(&user, report, filled, &subject).await?;
        Ok::<_, Failure>(Answer::of(&(REPORTED.shown)(&report, &Who::from(&caller)), Mark::Created))
    };
    Box::pin(once::make(&ground, user, asked, work)).await
}

/// As everybody sees it now.
async fn shown(front: &Front, about: About, id: RecordId) -> Result<Subject, Failure> {
    let (booth, name) = match about {
        About::Booth => (id, None),
        About::Exhibit => {
            let exhibit = front.exhibit(id).await?;
            (exhibit.booth.id, Some(exhibit.content.name))
        }
        About::Negotiation => return Err(Code::NotFound.into()),
    };
    let booth = front.booth(booth).await?;
    let (enterprise, enterprise_name) = (booth.enterprise.id, booth.enterprise.name);
    Ok(Subject { about, id, name: name.unwrap_or(booth.name), enterprise, enterprise_name })
}

async fn list(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    REPORTED.list(&flows, &Who::from(&caller), scope_of(&caller)?, &page).await
}

/// A team sees its own, the committee all.
fn scope_of(caller: &Principal) -> Result<Scope, Failure> {
    match (caller.kind, caller.enterprise) {
        (Kind::Committee, _) => Ok(Scope::All),
        (Kind::Enterprise | Kind::Institution, Some(team)) => Ok(Scope::Owner(team)),
        (Kind::Enterprise | Kind::Individual | Kind::Media | Kind::Institution, _) => Err(Code::Forbidden.into()),
    }
}
