//! `/v1/enterprises/{id}/review`: whether an enterprise that registered to attend is let in. The committee decides.

use axum::extract::State;
use axum::response::IntoResponse;
use fair::attendance::FLOW;
use fair::flow::{Flows, NOTHING, Scope, Who};

use super::parts::lived::{Filter, Lived, plain};
use super::parts::{Caller, PageOf, Route};
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

const ATTENDANCE: Lived = plain(&FLOW, &NOTHING);

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/reviews/attendances" Committee Read => queue,
            says("Attending enterprises").query::<Filter>().lists_value(&ATTENDANCE.described());
    };
    rows.push(ATTENDANCE.show("/v1/enterprises/{id}/review"));
    for (path, action) in [
        ("/v1/enterprises/{id}/review/approve", "approve"),
        ("/v1/enterprises/{id}/review/reject", "reject"),
        ("/v1/enterprises/{id}/review/resubmit", "resubmit"),
    ] {
        rows.push(ATTENDANCE.step(path, action));
    }
    rows
}

async fn queue(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    ATTENDANCE.list(&flows, &Who::from(&caller), Scope::All, &page).await
}
