//! The life of a booth. **Source**: SPEC 9, D-08.

use serde_json::{Map, Value, json};
use storage::ids::Millis;

use super::form::BOOTH;
use crate::content;
use crate::error::{Error, Result};
use crate::flow::review::{self, DRAFT, FAILED, PASSED, PENDING, REVISING};
use crate::flow::{Actor, Effect, Flow, Label, List, Record, Step};
use crate::showcase;

/// See the module.
pub static FLOW: Flow = Flow {
    kind: "booth",
    event: "booth.state_changed",
    states: &[DRAFT, PENDING, PASSED, REVISING, FAILED],
    steps: &[
        Step {
            action: "create",
            label: Label { zh: "创建", en: "Create" },
            to: Some(DRAFT.name),
            actors: &[Actor::Owner],
            ..Step::PLAIN
        },
        Step { from: &[DRAFT.name, FAILED.name, REVISING.name], ..review::UPDATE },
        Step { from: &[PASSED.name], to: Some(REVISING.name), ..review::UPDATE },
        Step {
            label: Label { zh: "提交审核", en: "Submit for review" },
            from: &[DRAFT.name, FAILED.name, REVISING.name],
            fields: &["accept_rules"],
            effects: &[Effect::NotifySecond, Effect::Record],
            sets: Some(submit),
            shows: Some(showcase::booth),
            ..review::SUBMIT
        },
        Step { from: &[PENDING.name], sets: Some(approve), shows: Some(showcase::booth), ..review::APPROVE },
        Step {
            label: Label { zh: "不通过", en: "Reject" },
            from: &[PENDING.name],
            shows: Some(showcase::booth),
            ..review::REJECT
        },
        Step {
            from: &[PASSED.name, REVISING.name, PENDING.name, FAILED.name, DRAFT.name],
            guard: Some(is_shown),
            sets: Some(take_down),
            shows: Some(showcase::booth),
            ..review::TAKE_DOWN
        },
        Step {
            action: "withdraw",
            label: Label { zh: "撤回", en: "Withdraw" },
            from: &[PENDING.name],
            to: Some(DRAFT.name),
            actors: &[Actor::Owner],
            shows: Some(showcase::booth),
            ..Step::PLAIN
        },
    ],
    lists: &[List::Owner, List::Second, List::All],
};

/// Whether others see a booth in this state; with `keeps` also what was approved before a new review began.
pub(crate) fn is_public(record: &Record, keeps: bool) -> bool {
    match showcase::standing_of_booth(record) {
        showcase::Standing::Public => true,
        showcase::Standing::InReview => keeps,
        showcase::Standing::Hidden => false,
    }
}

fn submit(_record: &Record, now: Millis) -> Map<String, Value> {
    content::submit(now)
}

/// What was never approved, or is down already, cannot be taken down.
fn is_shown(record: &Record) -> Result<()> {
    let is_shown = showcase::standing_of_booth(record) != showcase::Standing::Hidden;
    if is_shown { Ok(()) } else { Err(Error::Conflict("nothing of it is shown")) }
}

fn take_down(_record: &Record, _now: Millis) -> Map<String, Value> {
    Map::from_iter([(content::TAKEN_DOWN.to_owned(), json!(true))])
}

fn approve(record: &Record, now: Millis) -> Map<String, Value> {
    let mut set = content::approve(&BOOTH, record, now);
    set.insert(content::TAKEN_DOWN.to_owned(), Value::Null);
    set.extend(content::publish(record, now, facets(&record.fields)));
    set
}

/// The lists that a booth of these fields is shown in, beside that of all.
pub(crate) fn facets(fields: &Map<String, Value>) -> Vec<String> {
    let zone = fields.get("zone").and_then(Value::as_str).map(|zone| format!("zone/{zone}"));
    let of = |name: &'static str, list: &'static str| {
        content::texts(fields, name).flat_map(content::path_of).map(move |code| format!("{list}/{code}"))
    };
    zone.into_iter().chain(of("categories", "category")).chain(of("industries", "industry")).collect()
}

/// What is sent with a submission: that the rules were accepted, and when.
pub(super) fn acceptance(now: Millis) -> Map<String, Value> {
    Map::from_iter([("rules_accepted_ms".to_owned(), json!(now.0))])
}
