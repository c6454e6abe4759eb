//! A record that has a life, as clients see it: its fields between what every record has. Decides nothing: what its reader
//! may do is asked of its flow.

use axum::http::HeaderMap;
use chat::time::rfc3339;
use fair::Accounts;
use fair::flow::{Flows, Line, Record, Who};
use serde::Serialize;
use serde_json::{Map, Value};
use storage::ids::{RecordId, UserId};

use super::Tagged;
use crate::wire::Failure;

/// A record. **Shape**: `{"id","kind","state","version","actions",<fields>,"created_at","updated_at","history"?}`.
#[derive(Debug, Serialize)]
pub struct Shown {
    id: RecordId,
    kind: &'static str,
    state: &'static str,
    version: i64,
    /// What the reader may do now.
    actions: Vec<&'static str>,
    #[serde(flatten)]
    fields: Map<String, Value>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<Past>>,
}

/// A step that was taken.
#[derive(Debug, Serialize)]
struct Past {
    at: String,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    to: String,
    version: i64,
    /// None: the fair itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct Person {
    id: UserId,
    name: String,
}

impl Shown {
    /// A record with these fields, of its own or made of them.
    #[must_use]
    pub fn of(record: &Record, who: &Who, fields: Map<String, Value>) -> Self {
        Self {
            id: record.id,
            kind: record.flow.kind,
            state: record.state,
            version: record.version,
            actions: record.actions(who),
            fields,
            created_at: rfc3339(record.created),
            updated_at: rfc3339(record.updated),
            history: None,
        }
    }

    /// The same with its past.
    ///
    /// # Errors
    /// The store's.
    pub async fn with_history(mut self, flows: &Flows, record: &Record) -> Result<Self, Failure> {
        let mut past = Vec::new();
        let mut people: Vec<Person> = Vec::new();
        for line in flows.history(record).await? {
            let actor = match line.actor {
                Some(user) => Some(person(flows.accounts(), &mut people, user).await?),
                None => None,
            };
            let Line { version, at, action, from, to, note, .. } = line;
            past.push(Past { at: rfc3339(at), action, from, to, version, actor, note });
        }
        self.history = Some(past);
        Ok(self)
    }

    /// The answer, with its `ETag`.
    #[must_use]
    pub fn tagged(&self, headers: &HeaderMap) -> Tagged {
        Tagged::version(self, self.version, headers)
    }
}

/// A record's people are few, and named again and again.
async fn person(accounts: &Accounts, known: &mut Vec<Person>, user: UserId) -> Result<Person, Failure> {
    if let Some(person) = known.iter().find(|person| person.id == user) {
        return Ok(person.clone());
    }
    let person = Person { id: user, name: accounts.user(user).await?.name };
    known.push(person.clone());
    Ok(person)
}
