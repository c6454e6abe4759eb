//! States and steps that reviews have in common, whatever is reviewed: a kind's table writes over what it has otherwise.
//!
//! **Source**: SPEC 6 (L344-362), D-37.

use super::{Actor, Effect, Label, State, Step, Tone};

/// 待审核: the reviewer has to begin.
pub const PENDING: State =
    State { name: "pending", label: Label { zh: "待审核", en: "Pending" }, tone: Tone::Waiting, is_final: false };
/// 审核中: the reviewer is at it.
pub const IN_REVIEW: State =
    State {
        name: "in_review", label: Label { zh: "审核中", en: "In review" }, tone: Tone::Working, is_final: false
    };
/// 审核通过: it stays so.
pub const APPROVED: State =
    State { name: "approved", label: Label { zh: "审核通过", en: "Approved" }, tone: Tone::Good, is_final: true };
/// 被驳回: the owner has to change it.
pub const REJECTED: State =
    State { name: "rejected", label: Label { zh: "被驳回", en: "Rejected" }, tone: Tone::Bad, is_final: false };

/// 草稿: its owner has not handed it in.
pub const DRAFT: State =
    State { name: "draft", label: Label { zh: "草稿", en: "Draft" }, tone: Tone::Neutral, is_final: false };
/// 已通过: as it is, of what its owner may change again.
pub const PASSED: State =
    State { name: APPROVED.name, label: Label { zh: "已通过", en: "Approved" }, tone: Tone::Good, is_final: false };
/// 修改中: it has passed, and its owner is at a change of it.
pub const REVISING: State = State {
    name: "revising",
    label: Label { zh: "修改中", en: "Being revised" },
    tone: Tone::Working,
    is_final: false,
};
/// 未通过: the owner has to change it. **Source**: D-27.
pub const FAILED: State =
    State {
        name: REJECTED.name, label: Label { zh: "未通过", en: "Not approved" }, tone: Tone::Bad, is_final: false
    };

/// The owner hands it in.
pub const SUBMIT: Step = Step {
    action: "submit",
    label: Label { zh: "提交", en: "Submit" },
    to: Some(PENDING.name),
    actors: &[Actor::Owner],
    effects: &[Effect::NotifySecond],
    ..Step::PLAIN
};
/// The owner changes it; where, its kind says.
pub const UPDATE: Step =
    Step { action: "update", label: Label { zh: "修改", en: "Edit" }, actors: &[Actor::Owner], ..Step::PLAIN };
/// The reviewer begins.
pub const START: Step = Step {
    action: "start",
    label: Label { zh: "开始审核", en: "Start review" },
    from: &[PENDING.name],
    to: Some(IN_REVIEW.name),
    actors: &[Actor::Reviewer, Actor::Committee],
    effects: &[Effect::Record],
    ..Step::PLAIN
};
/// It is as it should be; from where, its kind says.
pub const APPROVE: Step = Step {
    action: "approve",
    label: Label { zh: "通过", en: "Approve" },
    to: Some(APPROVED.name),
    actors: &[Actor::Reviewer, Actor::Committee],
    effects: &[Effect::NotifyOwner, Effect::Record],
    ..Step::PLAIN
};
/// It is not, for a reason; from where, its kind says.
pub const REJECT: Step = Step {
    action: "reject",
    label: Label { zh: "驳回", en: "Reject" },
    to: Some(REJECTED.name),
    actors: &[Actor::Reviewer, Actor::Committee],
    fields: &["reason"],
    effects: &[Effect::NotifyOwner, Effect::Record],
    ..Step::PLAIN
};
/// What was approved is shown no more, for a reason: the owner has to change it and hand it in anew. **Source**: SPEC 24
/// (take-down); from where, its kind says.
pub const TAKE_DOWN: Step =
    Step { action: "take_down", label: Label { zh: "责令下架", en: "Take down" }, ..REJECT };
/// The owner hands it in again.
pub const RESUBMIT: Step = Step {
    action: "resubmit",
    label: Label { zh: "重新提交", en: "Resubmit" },
    from: &[REJECTED.name],
    to: Some(PENDING.name),
    actors: &[Actor::Owner],
    effects: &[Effect::NotifySecond, Effect::Record],
    ..Step::PLAIN
};
