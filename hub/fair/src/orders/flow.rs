//! The life of an order. **Source**: SPEC 11 (L909-L969); D-09 (what binds an enterprise its representatives do), D-15, D-16.

use crate::flow::{Actor, Effect, Flow, Label, List, Mandate, State, Step, Tone};

use Actor::{Buyer, Owner};
use Mandate::{Negotiator, Representative};

/// 待处理.
pub(super) const TO_HANDLE: &str = "to_handle";
/// 处理中: the buyer has to say whether the amount is right.
pub(super) const IN_PROGRESS: &str = "in_progress";
const DEALT: &str = "dealt";
const CLOSED: &str = "closed";
/// An order is there.
const CREATED: Effect = Effect::Tell("order.created");
const NEEDS_AMOUNT: &[&str] = &["amount_fen"];

/// See the module. Its records belong to the exhibitor; the buyer is the second party.
pub static FLOW: Flow = Flow {
    kind: "order",
    event: "order.state_changed",
    states: &[
        State {
            name: TO_HANDLE, label: Label { zh: "待处理", en: "To handle" }, tone: Tone::Waiting, is_final: false
        },
        State {
            name: IN_PROGRESS,
            label: Label { zh: "处理中", en: "In progress" },
            tone: Tone::Working,
            is_final: false,
        },
        State { name: DEALT, label: Label { zh: "已成交", en: "Dealt" }, tone: Tone::Good, is_final: true },
        State { name: CLOSED, label: Label { zh: "已关闭", en: "Closed" }, tone: Tone::Neutral, is_final: true },
    ],
    steps: &[
        Step {
            action: "submit",
            label: Label { zh: "提交意向", en: "Submit an intent" },
            to: Some(TO_HANDLE),
            actors: &[Buyer],
            mandate: Negotiator,
            fields: &["exhibit", "quantity", "contact_name", "region", "budget_fen", "note"],
            effects: &[Effect::NotifyOwner, CREATED],
            ..Step::PLAIN
        },
        // What was agreed elsewhere: the buyer has to accept it.
        Step {
            action: "record",
            label: Label { zh: "创建意向单", en: "Record an intent" },
            to: Some(IN_PROGRESS),
            actors: &[Owner],
            mandate: Representative,
            fields: &["exhibit", "buyer", "quantity", "amount_fen", "note"],
            needs: NEEDS_AMOUNT,
            effects: &[Effect::NotifySecond, CREATED],
            ..Step::PLAIN
        },
        Step {
            action: "close",
            label: Label { zh: "未成交关闭", en: "Close without a deal" },
            from: &[TO_HANDLE, IN_PROGRESS],
            to: Some(CLOSED),
            actors: &[Owner],
            mandate: Representative,
            fields: &["note"],
            effects: &[Effect::NotifySecond],
            ..Step::PLAIN
        },
        Step {
            action: "deal",
            label: Label { zh: "确认已成交", en: "Confirm the deal" },
            from: &[TO_HANDLE],
            to: Some(DEALT),
            actors: &[Owner],
            mandate: Representative,
            fields: &["amount_fen", "note"],
            needs: NEEDS_AMOUNT,
            effects: &[Effect::NotifySecond, Effect::Record],
            ..Step::PLAIN
        },
        // Not yet a deal: whom the exhibitor registered for its business may ask. **Source**: SPEC 2.2 (L985).
        Step {
            action: "request_confirmation",
            label: Label { zh: "提交采购商确认", en: "Ask the buyer to confirm" },
            from: &[TO_HANDLE],
            to: Some(IN_PROGRESS),
            actors: &[Owner],
            mandate: Negotiator,
            fields: &["amount_fen", "note"],
            needs: NEEDS_AMOUNT,
            effects: &[Effect::NotifySecond],
            ..Step::PLAIN
        },
        Step {
            action: "accept",
            label: Label { zh: "确认金额", en: "Accept the amount" },
            from: &[IN_PROGRESS],
            to: Some(DEALT),
            actors: &[Buyer],
            mandate: Representative,
            needs: NEEDS_AMOUNT,
            effects: &[Effect::NotifyOwner, Effect::Record],
            ..Step::PLAIN
        },
        Step {
            action: "decline",
            label: Label { zh: "不同意", en: "Decline" },
            from: &[IN_PROGRESS],
            to: Some(TO_HANDLE),
            actors: &[Buyer],
            mandate: Negotiator,
            fields: &["reason"],
            effects: &[Effect::NotifyOwner],
            ..Step::PLAIN
        },
        Step {
            action: "withdraw",
            label: Label { zh: "撤回", en: "Withdraw" },
            from: &[TO_HANDLE],
            to: Some(CLOSED),
            actors: &[Buyer],
            mandate: Negotiator,
            effects: &[Effect::NotifyOwner],
            ..Step::PLAIN
        },
    ],
    lists: &[List::Owner, List::Second, List::All],
};
