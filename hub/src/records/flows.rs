//! `/v1/flows`: the lives of all kinds, so that clients draw buttons and timelines from them and repeat no rule.

use axum::http::HeaderMap;
use fair::flow::{self, Flow};
use serde::Serialize;
use serde_json::{Value, json};

use super::parts::{Route, Tagged};
use crate::describe::says;
use crate::routes;
use crate::schema::{flag, object, set};

pub(super) fn rows() -> Vec<Route> {
    routes! {
        GET "/v1/flows" Anyone Read => list,
            says("The lives of records: states, steps and who takes them").gives_value(200, described()).tagged();
    }
}

fn described() -> Value {
    let text = || json!({"type": "string"});
    let texts = || json!({"type": "array", "items": text()});
    let label = || object(&[("zh-CN", text()), ("en", text())]);
    let state = object(&[("name", text()), ("label", label()), ("tone", text()), ("final", flag())]);
    let about = "what the actors must be in an enterprise: its administrator, of a duty that negotiates, its representative, \
         anybody of it";
    let mandate = json!({"enum": ["administrator", "negotiator", "representative", "member"], "description": about});
    let mut step = object(&[
        ("action", text()),
        ("label", label()),
        ("from", texts()),
        ("actors", texts()),
        ("mandate", mandate),
        ("fields", texts()),
    ]);
    if let Some(properties) = step.get_mut("properties") {
        set(properties, "to", json!({"type": "string", "description": "none: the state stays"}));
    }
    let many = |item: Value| json!({"type": "array", "items": item});
    let flow = object(&[("kind", text()), ("event", text()), ("states", many(state)), ("steps", many(step))]);
    object(&[("items", many(flow))])
}

#[derive(Serialize)]
struct Listed {
    items: &'static [&'static Flow],
}

async fn list(headers: HeaderMap) -> Tagged {
    Tagged::of(&Listed { items: &flow::ALL }, &headers)
}
