//! Reports (举报): somebody tells the committee of what should not be at the fair, and hears what came of it.
//!
//! A report belongs to the team of who filed it; of people without a team to nobody. The committee decides. What is reported
//! is told as it was shown then, whatever becomes of it. Taking something down is a step of that something, not of the
//! report. Never reads what is reported: whoever files hands it in.
//!
//! **Source**: SPEC 24 (report and take-down, P).

mod flow;
pub mod form;

use std::fmt;

use serde_json::{Map, Value, json};
use storage::ids::{ConversationId, EnterpriseId, RecordId, Seq, UserId};
use storage::vocabulary;

pub use flow::FLOW;
use flow::OPEN;

use crate::accounts::User;
use crate::error::{Error, Result};
use crate::flow::{Flows, Input, New, Record, Scope, Wanted, Who};
use crate::form::Filled;

/// Reports of one person about what is public that may wait for the committee at once.
pub const OPEN_MAX: u32 = 20;
/// To whom reports of people without a team belong: to nobody, so that none of them reads another's.
const NO_TEAM: EnterpriseId = EnterpriseId(0);

vocabulary! {
    /// What is reported.
    About {
        /// A booth.
        Booth = "booth",
        /// An exhibit.
        Exhibit = "exhibit",
        /// What the other side says in a negotiation.
        Negotiation = "negotiation",
    }
}

/// Something that everybody sees, as it was shown when somebody reported it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is.
    pub about: About,
    /// Which.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub enterprise: EnterpriseId,
    /// What that is called.
    pub enterprise_name: String,
}

/// Every report. A cheap handle.
#[derive(Clone)]
pub struct Reports(Flows);

impl fmt::Debug for Reports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reports")
    }
}

impl Reports {
    /// Over the records.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self(flows)
    }

    /// Files a report about something public, filled as [`form::REPORT`]. `id` is drawn by whoever asks, once for each
    /// report: asked again with it, what was filed is answered.
    ///
    /// # Errors
    /// [`Error::Conflict`] for what is the team's own and while [`OPEN_MAX`] of one's reports wait, [`Error::Store`].
    pub async fn file(&self, user: &User, id: RecordId, filled: Filled, subject: &Subject) -> Result<Record> {
        if user.enterprise == Some(subject.enterprise) {
            return Err(Error::Conflict("it is your own"));
        }
        if let Some(filed) = self.0.look(&FLOW, id).await? {
            return Ok(filed);
        }
        self.refuse_many(user).await?;
        let mut fields = filled.into_fields();
        fields.insert("name".to_owned(), json!(subject.name));
        fields.insert("enterprise".to_owned(), json!(subject.enterprise));
        fields.insert("enterprise_name".to_owned(), json!(subject.enterprise_name));
        self.create(user, id, fields).await
    }

    /// Files what somebody says of a negotiation, or of one message in it; its words were judged by who hands them in.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn file_of_negotiation(
        &self,
        user: &User,
        id: RecordId,
        (conversation, seq): (ConversationId, Option<Seq>),
        text: String,
    ) -> Result<Record> {
        let mut fields = Map::from_iter([
            ("about".to_owned(), json!(About::Negotiation)),
            ("subject".to_owned(), json!(conversation)),
            ("text".to_owned(), json!(text)),
        ]);
        fields.extend(seq.map(|seq| ("seq".to_owned(), json!(seq))));
        self.create(user, id, fields).await
    }

    /// People without a team take no steps of their own: the fair takes it for them.
    async fn create(&self, user: &User, id: RecordId, mut fields: Map<String, Value>) -> Result<Record> {
        fields.insert("reporter".to_owned(), json!(user.id));
        fields.insert("reporter_name".to_owned(), json!(user.name));
        let who = if user.enterprise.is_some() { Who::from(user) } else { Who::System };
        let owner = user.enterprise.unwrap_or(NO_TEAM);
        let new = New { id, owner, second: None, action: "file", input: Input { fields, note: None } };
        match self.0.create(&who, &FLOW, new).await {
            // Another try of the same was first.
            Err(Error::Conflict(what)) => self.0.look(&FLOW, id).await?.ok_or(Error::Conflict(what)),
            other => other,
        }
    }

    /// Two at once may both be let in: the bound is there for the committee's sake, and needs no more.
    async fn refuse_many(&self, user: &User) -> Result<()> {
        let is_theirs = |report: &Record| reporter(report) == Some(user.id);
        let wanted = Wanted { state: &|state| state == OPEN, record: &is_theirs, made: None };
        let scope = Scope::Owner(user.enterprise.unwrap_or(NO_TEAM));
        let open = self.0.list_wanted(&FLOW, scope, &wanted, (None, OPEN_MAX)).await?;
        let is_full = open.items.len() >= OPEN_MAX as usize;
        if is_full { Err(Error::Conflict("many of your reports are waiting")) } else { Ok(()) }
    }
}

/// Who filed a report.
fn reporter(report: &Record) -> Option<UserId> {
    report.text("reporter").parse().ok()
}

/// Which record a filled form is about.
#[must_use]
pub fn subject(filled: &Filled) -> Option<(About, RecordId)> {
    Some((filled.text("about")?.parse().ok()?, filled.text("subject")?.parse().ok()?))
}

/// What a decision sets: what the committee says to it.
#[must_use]
pub fn decided(filled: &Filled) -> Input {
    let answer = filled.text("answer").map(str::to_owned);
    let fields = answer.iter().map(|answer| ("answer".to_owned(), Value::String(answer.clone())));
    Input { fields: fields.collect(), note: answer }
}
