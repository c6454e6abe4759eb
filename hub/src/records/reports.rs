//! `/v1/reports`: what somebody tells the committee of what everybody sees, and what came of it. **Source**: SPEC 24 (P).

use axum::extract::State;
use axum::response::IntoResponse;
use fair::flow::{Flows, Record, Scope, Who};
use fair::form::{Context, Object, Quoting};
use fair::reports::form::{DECISION, REPORT};
use fair::reports::{About, FLOW, Subject, decided, subject};
use serde_json::{Map, Value, json};
use storage::ids::RecordId;

use super::parts::lived::{Doing, Filter, Lived};
use super::parts::{Caller, PageOf, Route, Shown};
use crate::code::Code;
use crate::describe::says;
use crate::front::Front;
use crate::limits::Class;
use crate::policy::Right;
use crate::principal::{Kind, Principal};
use crate::routes;
use crate::schema::whole;
use crate::wire::Failure;

const REPORTED: Lived = Lived {
    flow: &FLOW,
    named: |text| text.parse().ok(),
    shown: |report, who| Shown::of(report, who, report.fields.clone()),
    form: &REPORT,
    beside,
};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/reports" Account Read => list,
            says("Reports of the caller's team, newest first; of all for the committee").query::<Filter>()
                .lists_value(&REPORTED.described()).refuses(&[Code::Forbidden, Code::Invalid]);
    };
    let reports = says("Reports a booth or an exhibit to the committee").form(&REPORT);
    let reports = reports.refuses(&[Code::NotFound, Code::Conflict]).leads_to("get_reports_id", &[("id", "/id")]);
    let who = (Right::Account, Class::Rare);
    rows.push(REPORTED.create("/v1/reports", who, |doing, id, sent| Box::pin(file(doing, id, sent)), reports));
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

async fn file(doing: Doing, id: RecordId, sent: Object) -> Result<Record, Failure> {
    let Doing { ground, front, books, who } = doing;
    let context = books.context();
    let filled = REPORT.check(&sent, &Context { terms: &Quoting(context.terms), ..context })?;
    let (about, subject) = subject(&filled).ok_or(Code::NotFound)?;
    let subject = shown(&front, about, subject).await?;
    let user = ground.accounts().user(who.user().ok_or(Code::Unauthenticated)?).await?;
    Ok(ground.reports().file(&user, id, filled, &subject).await?)
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
