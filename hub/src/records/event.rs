//! `/v1/event`: the calendar, with what is open now.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chat::time::rfc3339;
use fair::data::Label;
use fair::event::{About, Open};
use fair::{Day, Event, Window};
use serde::Serialize;
use storage::ids::Millis;
use utoipa::ToSchema;

use super::parts::Route;
use crate::describe::says;
use crate::handles::Site;
use crate::routes;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/event" Anyone Read => show, says("The event, and which of its windows are open").gives::<Shown>(200);
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
struct Shown {
    #[serde(flatten)]
    about: About,
    /// By the hub's clock, which decides.
    now: String,
    #[schema(value_type = String, format = Date)]
    today: Day,
    windows: Vec<Item>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EventWindow)]
struct Item {
    id: Window,
    label: Label,
    open: bool,
    #[schema(value_type = Option<String>, format = Date)]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Day>,
    #[schema(value_type = Option<String>, format = Date)]
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closes_at: Option<String>,
}

fn item(window: &Open, now: Millis) -> Item {
    Item {
        id: window.id,
        label: window.label.clone(),
        open: window.is_open(now),
        from: window.from,
        to: window.to,
        opens_at: window.opens_at().map(rfc3339),
        closes_at: window.closes_at().map(rfc3339),
    }
}

async fn show(State(event): State<Event>, State(site): State<Arc<Site>>) -> Json<Shown> {
    let now = site.clock.now();
    let windows = event.windows().iter().map(|window| item(window, now)).collect();
    Json(Shown { about: event.about().clone(), now: rfc3339(now), today: Day::in_shanghai(now), windows })
}
