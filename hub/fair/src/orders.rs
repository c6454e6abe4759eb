//! Intent orders: a buyer says that it wants an exhibit, the exhibitor answers, both see every step of either.
//!
//! An order belongs to the exhibitor; the buyer's enterprise is the second party. What it is about is frozen when it is
//! made: the exhibit's number, name, picture and price, and the names of both. Who handles which step says its flow. Never
//! reads an exhibit: whoever makes an order hands in what is offered.
//!
//! **Source**: SPEC 11; D-09, D-15, D-16 (an exhibitor records what came another way), D-17 (enterprises only), D-31.

mod flow;
pub mod form;
mod list;
pub mod number;

use std::fmt;

use serde_json::{Map, Value, json};
use storage::ids::{EnterpriseId, RecordId, UploadId, UserId};

pub use flow::FLOW;
pub use list::{Filter, Role};
pub use number::Number;

use crate::accounts::Accounts;
use crate::day::Day;
use crate::error::{Error, Result};
use crate::flow::{Flows, Input, New, Record, Who};
use crate::form::Filled;
use crate::kind::Kind;
use form::SUM_FEN_MAX;

/// What an order is about, as its exhibitor shows it to everybody now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The exhibit.
    pub exhibit: RecordId,
    /// 展品编号.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Its first picture.
    pub picture: Option<UploadId>,
    /// The market price; none: 暂无报价. **Units**: fen.
    pub unit_price_fen: Option<i64>,
    /// Whose it is.
    pub seller: EnterpriseId,
    /// The booth it stands on.
    pub booth: RecordId,
    /// The booth's name.
    pub booth_name: String,
    /// The booth's region.
    pub region: String,
}

/// Every order. A cheap handle.
#[derive(Clone)]
pub struct Orders(Flows);

impl fmt::Debug for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Orders")
    }
}

/// An order that is to be made.
struct Draft<'a> {
    action: &'static str,
    offer: &'a Offer,
    buyer: EnterpriseId,
    fields: Map<String, Value>,
    note: Option<String>,
}

impl Orders {
    /// Over the records.
    #[must_use]
    pub const fn new(flows: Flows) -> Self {
        Self(flows)
    }

    /// Makes the order that a buyer submits, filled as [`form::SUBMIT`]. `id` is drawn by whoever asks, once for each order:
    /// asked again with it, what was made is answered.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever does not negotiate for an enterprise, [`Error::Conflict`] for an own exhibit and
    /// when the day's numbers are used up, [`Error::Invalid`] for a sum that is too big, [`Error::Store`].
    pub async fn submit(&self, who: &Who, id: RecordId, filled: Filled, offer: &Offer) -> Result<Record> {
        let Who::Account { user, kind: Kind::Enterprise, team: Some(buyer), .. } = *who else {
            return Err(Error::Forbidden);
        };
        let note = filled.text("note").map(str::to_owned);
        let mut fields = filled.into_fields();
        fields.insert("buyer_user".to_owned(), json!(user));
        self.make(who, id, Draft { action: "submit", offer, buyer, fields, note }).await
    }

    /// Makes an order out of what an exhibitor records, filled as [`form::RECORD`]; `id` as with [`Self::submit`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever does not represent the exhibitor, [`Error::Invalid`] for a buyer that is no
    /// enterprise, [`Error::Conflict`] when that is the exhibitor itself, the rest as with [`Self::submit`].
    pub async fn record(&self, who: &Who, id: RecordId, filled: Filled, offer: &Offer) -> Result<Record> {
        let buyer = self.buyer(filled.text("buyer").unwrap_or_default()).await?;
        let note = filled.text("note").map(str::to_owned);
        let mut fields = filled.into_fields();
        fields.remove("buyer");
        // What the exhibitor says of it, not what the buyer does.
        if let Some(note) = fields.remove("note") {
            fields.insert("response".to_owned(), note);
        }
        self.make(who, id, Draft { action: "record", offer, buyer, fields, note }).await
    }

    async fn buyer(&self, named: &str) -> Result<EnterpriseId> {
        let unknown = || Error::invalid("/buyer", "unknown");
        let id: EnterpriseId = named.parse().map_err(|_no_id| unknown())?;
        match self.accounts().enterprise(id).await {
            Ok(found) if found.kind == Kind::Enterprise => Ok(id),
            Ok(_) | Err(Error::NotFound) => Err(unknown()),
            Err(other) => Err(other),
        }
    }

    async fn make(&self, who: &Who, id: RecordId, draft: Draft<'_>) -> Result<Record> {
        let Draft { action, offer, buyer, mut fields, note } = draft;
        let may = FLOW.steps_of(action).any(|step| who.takes(step, offer.seller, Some(buyer)));
        if !may {
            return Err(Error::Forbidden);
        }
        if buyer == offer.seller {
            return Err(Error::Conflict("the exhibit is the buyer's own"));
        }
        if let Some(made) = self.0.look(&FLOW, id).await? {
            return Ok(made);
        }
        fields.extend(frozen(offer, fields.get("quantity").and_then(Value::as_i64).unwrap_or_default())?);
        fields.extend(self.named(offer.seller, buyer).await?);
        let (store, entropy) = (self.accounts().store(), self.accounts().entropy());
        let number = number::claim(store, entropy, Day::in_shanghai(self.0.now()), id).await?;
        fields.insert("number".to_owned(), number.to_string().into());
        let input = Input { fields, note };
        match self.0.create(who, &FLOW, New { id, owner: offer.seller, second: Some(buyer), action, input }).await {
            // Another try of the same was first.
            Err(Error::Conflict(what)) => self.0.look(&FLOW, id).await?.ok_or(Error::Conflict(what)),
            other => other,
        }
    }

    /// The names of both, as they are now.
    async fn named(&self, seller: EnterpriseId, buyer: EnterpriseId) -> Result<Map<String, Value>> {
        let name = async |team| Ok::<_, Error>(Value::String(self.accounts().enterprise(team).await?.name));
        let names = [("seller_name".to_owned(), name(seller).await?), ("buyer_name".to_owned(), name(buyer).await?)];
        Ok(Map::from_iter(names))
    }

    fn accounts(&self) -> &Accounts {
        self.0.accounts()
    }
}

/// What stays of an exhibit in an order of so many, whatever becomes of the exhibit.
fn frozen(offer: &Offer, quantity: i64) -> Result<Map<String, Value>> {
    let mut fields = Map::from_iter([
        ("exhibit".to_owned(), json!(offer.exhibit)),
        ("exhibit_number".to_owned(), json!(offer.number)),
        ("exhibit_name".to_owned(), json!(offer.name)),
        ("booth".to_owned(), json!(offer.booth)),
        ("booth_name".to_owned(), json!(offer.booth_name)),
        ("seller_region".to_owned(), json!(offer.region)),
    ]);
    fields.extend(offer.picture.map(|picture| ("exhibit_picture".to_owned(), json!(picture))));
    if let Some(price) = offer.unit_price_fen {
        let sum = price.checked_mul(quantity).filter(|sum| *sum <= SUM_FEN_MAX);
        let sum = sum.ok_or_else(|| Error::invalid("/quantity", "too_big"))?;
        fields.insert("unit_price_fen".to_owned(), price.into());
        fields.insert("subtotal_fen".to_owned(), sum.into());
    }
    Ok(fields)
}

/// Who of the buyer submitted it; none: the exhibitor recorded it.
#[must_use]
pub fn buyer_user(order: &Record) -> Option<UserId> {
    order.text("buyer_user").parse().ok()
}

/// 联系人姓名: whole for the two parties, to others its first character. **Source**: D-18.
#[must_use]
pub fn contact_name(order: &Record, who: &Who) -> Option<String> {
    let name = Some(order.text("contact_name")).filter(|name| !name.is_empty())?;
    if order.is_between(who) {
        return Some(name.to_owned());
    }
    name.chars().next().map(|first| format!("{first}**"))
}

#[cfg(test)]
mod tests;
