//! The life of an exhibit: its review and its shelf in one state, and the two that people see made of it.
//!
//! **Source**: SPEC 10 (two states, L829-852), D-08.

use serde_json::{Map, Value, json};
use storage::ids::Millis;

use super::form::EXHIBIT;
use crate::content;
use crate::error::{Error, Result};
use crate::flow::review::{self, DRAFT, FAILED, PENDING, REVISING};
use crate::flow::{Actor, Effect, Flow, Label, List, Record, State, Step, Tone};
use crate::showcase;

/// Where it stands, while its state does not say it.
pub(super) const SHELF: &str = "shelf";
/// It was on sale before its review: with the fair set so it stays shown meanwhile.
pub(crate) const WAS_ON_SALE: &str = "was_on_sale";
/// The zone of its booth when it was put on sale.
pub(super) const ZONE: &str = "zone";

/// 待上架.
pub(super) const WAITING: &str = "waiting";
/// 已下架.
const OFF_SHELF: &str = "off_shelf";

/// 已通过, 待上架.
const APPROVED: State = State { label: Label { zh: "待上架", en: "Approved, not on sale yet" }, ..review::PASSED };
/// 已通过, 在售.
pub(crate) const ON_SALE: State =
    State { name: "on_sale", label: Label { zh: "在售", en: "On sale" }, tone: Tone::Good, is_final: false };
/// 已通过, 已下架.
const UNSHELVED: State = State {
    name: "unshelved",
    label: Label { zh: "已下架", en: "Off the shelf" },
    tone: Tone::Neutral,
    is_final: false,
};
/// 已删除.
pub(super) const DELETED: State =
    State { name: "deleted", label: Label { zh: "已删除", en: "Deleted" }, tone: Tone::Neutral, is_final: true };

const MAKE: Step = Step { to: Some(DRAFT.name), actors: &[Actor::Owner], ..Step::PLAIN };
const UNSHELVE: Step = Step {
    action: "unshelve",
    label: Label { zh: "下架", en: "Take off the shelf" },
    actors: &[Actor::Owner],
    sets: Some(unshelve),
    shows: Some(showcase::exhibit),
    ..Step::PLAIN
};

/// See the module.
pub static FLOW: Flow = Flow {
    kind: "exhibit",
    event: "exhibit.state_changed",
    states: &[DRAFT, PENDING, FAILED, APPROVED, ON_SALE, UNSHELVED, REVISING, DELETED],
    steps: &[
        Step { action: "create", label: Label { zh: "新建", en: "Create" }, ..MAKE },
        Step { action: "copy", label: Label { zh: "复制", en: "Copy" }, ..MAKE },
        Step { from: &[DRAFT.name, FAILED.name, REVISING.name], ..review::UPDATE },
        Step { from: &[APPROVED.name, ON_SALE.name, UNSHELVED.name], to: Some(REVISING.name), ..review::UPDATE },
        Step {
            label: Label { zh: "提交审核", en: "Submit for review" },
            from: &[DRAFT.name, FAILED.name, REVISING.name],
            sets: Some(submit),
            shows: Some(showcase::exhibit),
            ..review::SUBMIT
        },
        Step { from: &[PENDING.name], sets: Some(approve), shows: Some(showcase::exhibit), ..review::APPROVE },
        Step {
            label: Label { zh: "不通过", en: "Reject" },
            from: &[PENDING.name],
            shows: Some(showcase::exhibit),
            ..review::REJECT
        },
        Step {
            from: &[ON_SALE.name, REVISING.name, PENDING.name, FAILED.name],
            guard: Some(is_shown),
            sets: Some(take_down),
            shows: Some(showcase::exhibit),
            ..review::TAKE_DOWN
        },
        Step {
            action: "shelve",
            label: Label { zh: "上架", en: "Put on sale" },
            from: &[APPROVED.name, UNSHELVED.name],
            to: Some(ON_SALE.name),
            actors: &[Actor::Owner],
            sets: Some(shelve),
            shows: Some(showcase::exhibit),
            ..Step::PLAIN
        },
        Step { from: &[ON_SALE.name], to: Some(UNSHELVED.name), ..UNSHELVE },
        // What is being typed stays as it is.
        Step { from: &[REVISING.name], guard: Some(is_on_sale), ..UNSHELVE },
        Step {
            action: "delete",
            label: Label { zh: "删除", en: "Delete" },
            from: &[DRAFT.name, FAILED.name, APPROVED.name, UNSHELVED.name],
            to: Some(DELETED.name),
            actors: &[Actor::Owner],
            effects: &[Effect::Record],
            shows: Some(showcase::exhibit),
            ..Step::PLAIN
        },
    ],
    lists: &[List::Owner, List::Second, List::All],
};

/// 审核状态. **Shape**: `draft`, `pending`, `approved`, `rejected`.
#[must_use]
pub fn review_state(record: &Record) -> &'static str {
    match record.state {
        "draft" => DRAFT.name,
        "pending" => PENDING.name,
        "rejected" => FAILED.name,
        _ => APPROVED.name,
    }
}

/// 上下架状态. **Shape**: `waiting`, `on_sale`, `off_shelf`.
#[must_use]
pub fn shelf_state(record: &Record) -> &'static str {
    match (record.state, record.text(SHELF)) {
        ("deleted" | "unshelved", _) | (_, "off_shelf") => OFF_SHELF,
        (_, "on_sale") => ON_SALE.name,
        _ => WAITING,
    }
}

fn is_on_sale(record: &Record) -> Result<()> {
    if record.text(SHELF) == ON_SALE.name { Ok(()) } else { Err(Error::Conflict("it is not on sale")) }
}

/// What is not on sale, and was not when its review began, cannot be taken down.
fn is_shown(record: &Record) -> Result<()> {
    let is_shown = showcase::standing_of_exhibit(record) != showcase::Standing::Hidden;
    if is_shown { Ok(()) } else { Err(Error::Conflict("nothing of it is shown")) }
}

fn take_down(_record: &Record, _now: Millis) -> Map<String, Value> {
    Map::from_iter([(SHELF.to_owned(), json!(OFF_SHELF)), (WAS_ON_SALE.to_owned(), Value::Null)])
}

fn submit(record: &Record, now: Millis) -> Map<String, Value> {
    let mut set = content::submit(now);
    if record.text(SHELF) == ON_SALE.name {
        set.extend([(SHELF.to_owned(), json!(OFF_SHELF)), (WAS_ON_SALE.to_owned(), json!(true))]);
    } else if record.state != FAILED.name {
        set.insert(WAS_ON_SALE.to_owned(), Value::Null);
    }
    set
}

fn approve(record: &Record, now: Millis) -> Map<String, Value> {
    let mut set = content::approve(&EXHIBIT, record, now);
    set.extend([(SHELF.to_owned(), json!(WAITING)), (WAS_ON_SALE.to_owned(), Value::Null)]);
    set
}

fn shelve(record: &Record, now: Millis) -> Map<String, Value> {
    let mut set = content::publish(record, now, facets(record));
    set.insert(SHELF.to_owned(), json!(ON_SALE.name));
    set
}

fn unshelve(_record: &Record, _now: Millis) -> Map<String, Value> {
    Map::from_iter([(SHELF.to_owned(), json!(OFF_SHELF))])
}

/// The lists that it is shown in, beside that of all.
pub(crate) fn facets(record: &Record) -> Vec<String> {
    let approved = content::approved(record);
    let text = |name: &str| approved.and_then(|approved| approved.get(name)).and_then(Value::as_str);
    let zone = Some(record.text(ZONE)).filter(|zone| !zone.is_empty()).map(|zone| format!("zone/{zone}"));
    let booth = text("booth").map(|booth| format!("booth/{booth}"));
    let categories = text("category").into_iter().flat_map(content::path_of).map(|code| format!("category/{code}"));
    zone.into_iter().chain(booth).chain(categories).collect()
}
