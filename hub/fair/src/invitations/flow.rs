//! The life of an invitation code. **Source**: SPEC 5.

use crate::flow::{Actor, Effect, Flow, Label, List, State, Step, Tone};

use Actor::{Committee, Owner, System};

pub(super) const UNUSED: &str = "unused";
pub(super) const USED: &str = "used";
const VOID: &str = "void";

/// See the module. Its records have the code as their number, and belong to the institution.
pub static FLOW: Flow = Flow {
    kind: "invitation_code",
    event: "invitation.state_changed",
    states: &[
        State { name: UNUSED, label: Label { zh: "未使用", en: "Unused" }, tone: Tone::Waiting, is_final: false },
        State { name: USED, label: Label { zh: "已使用", en: "Used" }, tone: Tone::Good, is_final: false },
        State { name: VOID, label: Label { zh: "作废", en: "Void" }, tone: Tone::Neutral, is_final: true },
    ],
    steps: &[
        Step {
            action: "issue",
            label: Label { zh: "发放", en: "Issue" },
            from: &[],
            to: Some(UNUSED),
            actors: &[Owner],
            fields: &["count", "zone", "expires_at"],
            effects: &[Effect::Record],
            ..Step::PLAIN
        },
        Step {
            action: "use",
            label: Label { zh: "使用", en: "Use" },
            from: &[UNUSED],
            to: Some(USED),
            actors: &[System],
            effects: &[Effect::Tell("invitation.used")],
            ..Step::PLAIN
        },
        // What it was used for was not made: two submits of one enterprise, each with a code.
        Step {
            action: "release",
            label: Label { zh: "释放", en: "Release" },
            from: &[USED],
            to: Some(UNUSED),
            actors: &[System],
            ..Step::PLAIN
        },
        Step {
            action: "void",
            label: Label { zh: "作废", en: "Void" },
            from: &[UNUSED],
            to: Some(VOID),
            actors: &[Owner, Committee],
            effects: &[Effect::Record],
            ..Step::PLAIN
        },
    ],
    lists: &[List::Owner],
};
