//! The life of an application. **Source**: SPEC 6, L344-362.

use crate::flow::{Actor, Effect, Flow, Label, List, State, Step, Tone};

use Actor::{Committee, Owner, Reviewer};

const PENDING: &str = "pending";
const IN_REVIEW: &str = "in_review";
pub(super) const APPROVED: &str = "approved";
const REJECTED: &str = "rejected";

/// Whether nobody judges it, or has approved it.
pub(super) fn is_open(state: &str) -> bool {
    [PENDING, REJECTED].contains(&state)
}

/// See the module. Its records have the number of their enterprise: an enterprise applies once.
pub static FLOW: Flow = Flow {
    kind: "exhibitor_application",
    event: "application.state_changed",
    states: &[
        State { name: PENDING, label: Label { zh: "待审核", en: "Pending" }, tone: Tone::Waiting, is_final: false },
        State {
            name: IN_REVIEW, label: Label { zh: "审核中", en: "In review" }, tone: Tone::Working, is_final: false
        },
        State { name: APPROVED, label: Label { zh: "审核通过", en: "Approved" }, tone: Tone::Good, is_final: true },
        State { name: REJECTED, label: Label { zh: "被驳回", en: "Rejected" }, tone: Tone::Bad, is_final: false },
    ],
    steps: &[
        Step {
            action: "submit",
            label: Label { zh: "提交", en: "Submit" },
            from: &[],
            to: Some(PENDING),
            actors: &[Owner],
            effects: &[Effect::NotifyReviewer],
            ..Step::PLAIN
        },
        Step {
            action: "update",
            label: Label { zh: "修改", en: "Edit" },
            from: &[PENDING, REJECTED, APPROVED],
            actors: &[Owner],
            ..Step::PLAIN
        },
        Step {
            action: "start",
            label: Label { zh: "开始审核", en: "Start review" },
            from: &[PENDING],
            to: Some(IN_REVIEW),
            actors: &[Reviewer, Committee],
            ..Step::PLAIN
        },
        Step {
            action: "approve",
            label: Label { zh: "通过", en: "Approve" },
            from: &[IN_REVIEW],
            to: Some(APPROVED),
            actors: &[Reviewer, Committee],
            effects: &[Effect::NotifyOwner],
            ..Step::PLAIN
        },
        Step {
            action: "reject",
            label: Label { zh: "驳回", en: "Reject" },
            from: &[IN_REVIEW],
            to: Some(REJECTED),
            actors: &[Reviewer, Committee],
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
    lists: &[List::Reviewer, List::All],
};
