//! The life of an application. **Source**: SPEC 6, L344-362.

use crate::flow::review::{self, IN_REVIEW, PENDING, REJECTED};
use crate::flow::{Effect, Flow, Letter, List, Reader, Step};
use crate::messages::Template;

pub(super) const APPROVED: &str = review::APPROVED.name;

const fn letter(template: Template) -> Effect {
    Effect::Write(Letter { template, to: Reader::Contact })
}

/// Whether nobody judges it, or has approved it.
pub(super) fn is_open(state: &str) -> bool {
    [PENDING.name, REJECTED.name].contains(&state)
}

/// See the module. Its records have the number of their enterprise: an enterprise applies once.
pub static FLOW: Flow = Flow {
    kind: "exhibitor_application",
    event: "application.state_changed",
    states: &[PENDING, IN_REVIEW, review::APPROVED, REJECTED],
    steps: &[
        review::SUBMIT,
        Step { from: &[PENDING.name, REJECTED.name, APPROVED], ..review::UPDATE },
        review::START,
        Step {
            from: &[IN_REVIEW.name],
            effects: &[Effect::NotifyOwner, Effect::Record, letter(Template::ApplicationApproved)],
            ..review::APPROVE
        },
        Step {
            from: &[IN_REVIEW.name],
            effects: &[Effect::NotifyOwner, Effect::Record, letter(Template::ApplicationRejected)],
            ..review::REJECT
        },
        review::RESUBMIT,
    ],
    lists: &[List::Second, List::All],
};
