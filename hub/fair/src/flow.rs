//! Lives of records as data: the states of a kind, and the steps between them. One engine ([`Flows`]) carries every step
//! out; the same tables are served to clients, so that nobody repeats the rules. Knows no kind: each declares its own.
//!
//! **Source**: DESIGN section 10 (flows).

mod engine;
mod form;
mod letter;
mod lists;
mod outbox;
mod record;
pub mod review;
mod rows;
mod settle;

use futures_util::future::BoxFuture;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use storage::ids::Millis;

use crate::accounts::Accounts;
use crate::error::Result;

pub(crate) use engine::stands;
pub use engine::{Flows, Input, LINES_MAX, New, Outlets};
pub use form::{NOTHING, REASON};
pub use letter::{Letter, Reader};
pub use lists::{Scope, Wanted};
pub use outbox::OUTBOX;
pub use record::{Line, Record, Who};
pub use settle::{Swept, Told};

/// A text for people, in both languages. **Shape**: `{"zh-CN","en"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The guide's own word.
    pub zh: &'static str,
    /// The English one.
    pub en: &'static str,
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut texts = serializer.serialize_map(Some(2))?;
        texts.serialize_entry("zh-CN", self.zh)?;
        texts.serialize_entry("en", self.en)?;
        texts.end()
    }
}

/// How a state looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Somebody else has to act.
    Waiting,
    /// Somebody is at it.
    Working,
    /// As its owner wished.
    Good,
    /// Refused.
    Bad,
    /// Neither.
    Neutral,
}

/// A state. **Shape**: `{"name","label","tone","final"}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct State {
    /// Its word on the wire and in the store.
    pub name: &'static str,
    /// For people.
    pub label: Label,
    /// How it looks.
    pub tone: Tone,
    /// Whether no step leads out of it into another.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// Who takes a step, seen from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Who may act for the team it belongs to: of an enterprise its administrator, of an institution everybody.
    Owner,
    /// The institution that decides about it ("谁邀请谁审核").
    Reviewer,
    /// The organising committee.
    Committee,
    /// The fair itself.
    System,
}

/// What follows from a step beside the event that both sides get. Delivered once, also after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// An in-app notice to who may act for the owner.
    NotifyOwner,
    /// An in-app notice to the people of the reviewer; of the committee where it decides itself.
    NotifyReviewer,
    /// Another event for both sides, with the same body.
    Tell(&'static str),
    /// A message to a phone or a mailbox.
    Write(Letter),
    /// An entry in the record of deeds: it was a decision.
    Record,
}

/// Where records of a kind are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Per owner.
    Owner,
    /// Per reviewer.
    Reviewer,
    /// All of the kind, for the committee.
    All,
}

/// What must hold of a record beyond its state. Pure: says what stands against the step.
pub type Guard = fn(&Record) -> Result<()>;

/// Fields that a step sets by itself: from the record as it stands before, with what came with the step already in it;
/// `null` removes one. Pure.
pub type Sets = fn(&Record, Millis) -> Map<String, Value>;

/// Brings what others are shown of a record up to it. Told the record as it stands, perhaps more than once and later than
/// another version: whatever was shown of a later one stays.
pub type Showing = for<'a> fn(&'a Accounts, &'a Record) -> BoxFuture<'a, Result<()>>;

/// A step. **Shape**: `{"action","label","from","to"?,"actors","fields"}`; without `to` the state stays.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Step {
    /// Its word in paths and in the log.
    pub action: &'static str,
    /// For people.
    pub label: Label,
    /// The states it leads out of; none: it makes the record.
    pub from: &'static [&'static str],
    /// The state it leads to; none: it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<&'static str>,
    /// Who may take it.
    pub actors: &'static [Actor],
    /// What is asked for with it, such as `reason`.
    pub fields: &'static [&'static str],
    /// What else must hold.
    #[serde(skip)]
    pub guard: Option<Guard>,
    /// What it sets by itself.
    #[serde(skip)]
    pub sets: Option<Sets>,
    /// Who is told of the record, to show it.
    #[serde(skip)]
    pub shows: Option<Showing>,
    /// What follows.
    #[serde(skip)]
    pub effects: &'static [Effect],
}

impl Step {
    /// A step that leads nowhere, asks for nothing and has no effects: to be written over.
    pub const PLAIN: Self = Self {
        action: "",
        label: Label { zh: "", en: "" },
        from: &[],
        to: None,
        actors: &[],
        fields: &[],
        guard: None,
        sets: None,
        shows: None,
        effects: &[],
    };
}

/// The life of a kind. **Shape**: `{"kind","event","states","steps"}`.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Flow {
    /// Its word on the wire and in the store.
    pub kind: &'static str,
    /// The event that both sides get after each step.
    pub event: &'static str,
    /// Its states.
    pub states: &'static [State],
    /// Its steps. Of several with one action those `from` the record's state count.
    pub steps: &'static [Step],
    /// Where its records are listed.
    #[serde(skip)]
    pub lists: &'static [List],
}

impl Flow {
    /// A state by its name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&'static State> {
        self.states.iter().find(|state| state.name == name)
    }

    /// The steps with this action.
    pub fn steps_of<'a>(&'a self, action: &'a str) -> impl Iterator<Item = &'static Step> + 'a {
        self.steps.iter().filter(move |step| step.action == action)
    }

    /// The step that an action is in a state.
    #[must_use]
    pub fn step(&self, action: &str, state: &str) -> Option<&'static Step> {
        self.steps_of(action).find(|step| step.from.contains(&state))
    }
}

/// The flow of a kind.
#[must_use]
pub fn find(kind: &str) -> Option<&'static Flow> {
    ALL.iter().copied().find(|flow| flow.kind == kind)
}

/// Every flow of the fair.
pub static ALL: [&Flow; 5] = [
    &crate::applications::FLOW,
    &crate::attendance::FLOW,
    &crate::booths::FLOW,
    &crate::exhibits::FLOW,
    &crate::invitations::FLOW,
];

#[cfg(test)]
pub(crate) mod tests;
