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
pub(crate) use lists::check_state;
pub use lists::{Scope, Wanted};
pub use outbox::OUTBOX;
pub use record::{Line, Record, Who};
pub use settle::{Swept, Told};

use crate::kind::Duty;

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
    /// Who may act for the team it belongs to: of an enterprise whom the step asks for ([`Mandate`]), of an institution
    /// everybody.
    Owner,
    /// The second party, an institution that decides about it ("谁邀请谁审核").
    Reviewer,
    /// The second party, an enterprise that buys: whose duty the step asks for ([`Mandate`]).
    Buyer,
    /// The organising committee.
    Committee,
    /// The fair itself.
    System,
}

impl Actor {
    /// Who acts for the second party of a record, whatever it is to it.
    pub(crate) const SECOND: &'static [Self] = &[Self::Reviewer, Self::Buyer];
}

/// What somebody must be in their enterprise to take a step for it; everybody of an institution may take its steps.
///
/// **Source**: SPEC 2.2, D-09.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mandate {
    /// 管理员账号: what the enterprise is and shows.
    Administrator,
    /// 商务代表 or 咨询顾问: what is said in dealings with others.
    Negotiator,
    /// 商务代表: what binds the enterprise.
    Representative,
    /// Whoever belongs to it.
    Member,
}

impl Mandate {
    /// Whether somebody has it.
    #[must_use]
    pub fn is_of(self, admin: bool, duty: Option<Duty>) -> bool {
        match self {
            Self::Administrator => admin,
            Self::Negotiator => duty.is_some_and(Duty::negotiates),
            Self::Representative => duty == Some(Duty::Representative),
            Self::Member => true,
        }
    }
}

/// What follows from a step beside the event that both sides get. Delivered once, also after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// An in-app notice to who may act for the owner in any of its steps.
    NotifyOwner,
    /// The same to who may act for the second party; to the committee where it decides itself.
    NotifySecond,
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
    /// Per second party.
    Second,
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

/// A step. **Shape**: `{"action","label","from","to"?,"actors","mandate","fields"}`; without `to` the state stays.
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
    /// What they must be in an enterprise for which they take it.
    pub mandate: Mandate,
    /// What is asked for with it, such as `reason`.
    pub fields: &'static [&'static str],
    /// Fields that the record must have then, from before or with it.
    #[serde(skip)]
    pub needs: &'static [&'static str],
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
        mandate: Mandate::Administrator,
        fields: &[],
        needs: &[],
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

    /// Whether somebody of an enterprise acts for a side of its records, whose steps these actors take: has what one of
    /// them asks for, or administers a side that takes none.
    #[must_use]
    pub(crate) fn lets_act(&self, actors: &[Actor], admin: bool, duty: Option<Duty>) -> bool {
        let theirs = |step: &&Step| step.actors.iter().any(|actor| actors.contains(actor));
        let mut mandates = self.steps.iter().filter(theirs).map(|step| step.mandate).peekable();
        if mandates.peek().is_none() { admin } else { mandates.any(|mandate| mandate.is_of(admin, duty)) }
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
pub static ALL: [&Flow; 7] = [
    &crate::applications::FLOW,
    &crate::attendance::FLOW,
    &crate::booths::FLOW,
    &crate::exhibits::FLOW,
    &crate::invitations::FLOW,
    &crate::orders::FLOW,
    &crate::reports::FLOW,
];

#[cfg(test)]
pub(crate) mod tests;
