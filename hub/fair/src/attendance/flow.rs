//! The life of an attendance. **Source**: D-37.

use crate::flow::{Actor, Effect, Flow, Label, List, State, Step, Tone};

use Actor::{Committee, Owner, System};

pub(super) const PENDING: &str = "pending";
pub(super) const APPROVED: &str = "approved";
const REJECTED: &str = "rejected";

/// See the module. Its records have the number of their enterprise.
pub static FLOW: Flow = Flow {
    kind: "attendance",
    event: "attendance.state_changed",
    states: &[
        State { name: PENDING, label: Label { zh: "待审核", en: "Pending" }, tone: Tone::Waiting, is_final: false },
        State { name: APPROVED, label: Label { zh: "审核通过", en: "Approved" }, tone: Tone::Good, is_final: true },
        State { name: REJECTED, label: Label { zh: "被驳回", en: "Rejected" }, tone: Tone::Bad, is_final: false },
    ],
    steps: &[
        Step {
            action: "submit",
            label: Label { zh: "提交", en: "Submit" },
            from: &[],
            to: Some(PENDING),
            actors: &[Owner, System],
            effects: &[Effect::NotifyReviewer],
            ..Step::PLAIN
        },
        Step {
            action: "approve",
            label: Label { zh: "通过", en: "Approve" },
            from: &[PENDING],
            to: Some(APPROVED),
            actors: &[Committee, System],
            effects: &[Effect::NotifyOwner],
            ..Step::PLAIN
        },
        Step {
            action: "reject",
            label: Label { zh: "驳回", en: "Reject" },
            from: &[PENDING],
            to: Some(REJECTED),
            actors: &[Committee],
            fields: &["reason"],
            effects: &[Effect::NotifyOwner],
            ..Step::PLAIN
        },
        Step {
            action: "resubmit",
            label: Label { zh: "重新提交", en: "Resubmit" },
            from: &[REJECTED],
            to: Some(PENDING),
            actors: &[Owner],
            effects: &[Effect::NotifyReviewer],
            ..Step::PLAIN
        },
    ],
    lists: &[List::All],
};
