//! Attending enterprises: whoever registered to visit waits until the committee lets them reserve meetings and apply for
//! badges; everything else is open to them before.
//!
//! **Source**: D-37.

mod flow;

use serde_json::{Map, json};
use storage::ids::{EnterpriseId, RecordId};

pub use flow::FLOW;

use crate::accounts::Enterprise;
use crate::error::{Error, Result};
use crate::flow::{Flows, Input, New, Record, Who};

/// The number of an enterprise's attendance: it attends once.
#[must_use]
pub const fn id_of(enterprise: EnterpriseId) -> RecordId {
    RecordId(enterprise.0)
}

/// An enterprise registered to attend: it waits for the committee, or is let in at once. Again, it changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for no enterprise, [`Error::Store`] (repeat it).
pub async fn submit(flows: &Flows, enterprise: EnterpriseId, auto_approve: bool) -> Result<Record> {
    let id = id_of(enterprise);
    let record = match flows.look(&FLOW, id).await? {
        Some(there) => there,
        None => made(flows, enterprise).await?,
    };
    if auto_approve && record.state == flow::PENDING {
        return flows.advance(&Who::System, (&FLOW, id, record.version), "approve", Input::default()).await;
    }
    Ok(record)
}

async fn made(flows: &Flows, enterprise: EnterpriseId) -> Result<Record> {
    let Enterprise { identifier, name, .. } = flows.accounts().enterprise(enterprise).await?;
    let fields = [("enterprise_name".to_owned(), json!(name)), ("identifier".to_owned(), json!(identifier))];
    let input = Input { fields: Map::from_iter(fields), note: None };
    let id = id_of(enterprise);
    let new = New { id, owner: enterprise, second: None, action: "submit", input };
    match flows.create(&Who::System, &FLOW, new).await {
        // Another try of the same was first.
        Err(Error::Conflict(_)) => flows.look(&FLOW, id).await?.ok_or(Error::Conflict("the attendance is being made")),
        other => other,
    }
}

/// Whether an enterprise is let in: an attending one by the committee.
///
/// # Errors
/// [`Error::Store`].
pub async fn is_approved(flows: &Flows, enterprise: EnterpriseId) -> Result<bool> {
    let record = flows.look(&FLOW, id_of(enterprise)).await?;
    Ok(record.is_some_and(|record| record.state == flow::APPROVED))
}

#[cfg(test)]
mod tests;
