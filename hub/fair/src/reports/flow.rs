//! The life of a report. **Source**: SPEC 24 (P).

use crate::flow::{Actor, Effect, Flow, Label, List, Mandate, State, Step, Tone};

pub(super) const OPEN: &str = "open";
const UPHELD: &str = "upheld";
const DISMISSED: &str = "dismissed";

const DECIDE: Step = Step {
    from: &[OPEN],
    actors: &[Actor::Committee],
    fields: &["answer"],
    effects: &[Effect::NotifyOwner, Effect::Record],
    ..Step::PLAIN
};

/// See the module. Its records belong to the team of who filed them.
pub static FLOW: Flow = Flow {
    kind: "report",
    event: "report.state_changed",
    states: &[
        State { name: OPEN, label: Label { zh: "待处理", en: "Open" }, tone: Tone::Waiting, is_final: false },
        State { name: UPHELD, label: Label { zh: "已采纳", en: "Upheld" }, tone: Tone::Good, is_final: true },
        State {
            name: DISMISSED, label: Label { zh: "未采纳", en: "Dismissed" }, tone: Tone::Neutral, is_final: true
        },
    ],
    steps: &[
        Step {
            action: "file",
            label: Label { zh: "举报", en: "Report" },
            to: Some(OPEN),
            actors: &[Actor::Owner, Actor::System],
            mandate: Mandate::Member,
            fields: &["about", "subject", "ground", "text"],
            effects: &[Effect::NotifySecond],
            ..Step::PLAIN
        },
        Step { action: "uphold", label: Label { zh: "采纳", en: "Uphold" }, to: Some(UPHELD), ..DECIDE },
        Step { action: "dismiss", label: Label { zh: "不采纳", en: "Dismiss" }, to: Some(DISMISSED), ..DECIDE },
    ],
    lists: &[List::Owner, List::All],
};
