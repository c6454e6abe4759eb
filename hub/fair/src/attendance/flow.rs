//! The life of an attendance. **Source**: D-37.

use crate::flow::review::{self, REJECTED};
use crate::flow::{Actor, Effect, Flow, Letter, List, Reader, Step};
use crate::messages::Template;

use Actor::{Committee, Owner, System};

pub(super) const PENDING: &str = review::PENDING.name;
pub(super) const APPROVED: &str = review::APPROVED.name;

const fn letter(template: Template) -> Effect {
    Effect::Write(Letter { template, to: Reader::Owner })
}

/// See the module. Its records have the number of their enterprise.
pub static FLOW: Flow = Flow {
    kind: "attendance",
    event: "attendance.state_changed",
    states: &[review::PENDING, review::APPROVED, REJECTED],
    steps: &[
        Step { actors: &[Owner, System], ..review::SUBMIT },
        Step {
            from: &[PENDING],
            actors: &[Committee, System],
            effects: &[Effect::NotifyOwner, Effect::Record, letter(Template::AttendanceApproved)],
            ..review::APPROVE
        },
        Step {
            from: &[PENDING],
            actors: &[Committee],
            effects: &[Effect::NotifyOwner, Effect::Record, letter(Template::AttendanceRejected)],
            ..review::REJECT
        },
        review::RESUBMIT,
    ],
    lists: &[List::All],
};
