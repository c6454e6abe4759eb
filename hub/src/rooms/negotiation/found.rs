//! What a message or a start names, looked up before its room decides: what a card shows, with whom a target leads to
//! talk.
//!
//! Never decides who may send: the room does. What is not found is told to the room too, which knows whether the message
//! was sent before.

use chat::wire::{self, Card, Context, OrderCard, Target, TargetKind};
use fair::flow::{Record, Who};
use fair::orders;
use serde::Deserialize;
use storage::ids::{EnterpriseId, RecordId};
use storage::words::Refusal;

use super::{load, party};
use crate::code::Code;
use crate::ground::Ground;
use crate::principal::Principal;
use crate::rooms::Prepare;
use crate::wares;
use crate::wire::Failure;

/// What of a card's body says what is to be looked up; the rest its room checks.
#[derive(Deserialize)]
struct Named {
    r#type: String,
    id: Option<String>,
}

/// What a card shows, or why it shows nothing; none where the body does not say what.
pub(super) async fn card(
    Prepare { ground, who, .. }: &Prepare,
    send: &wire::Send,
) -> Result<Option<Result<Card, Refusal>>, Failure> {
    let Ok(Named { r#type, id }) = serde_json::from_str(send.body.get()) else { return Ok(None) };
    let id: Option<RecordId> = id.and_then(|id| id.parse().ok());
    let card = match (r#type.as_str(), id) {
        ("contact", _) => Some(Card::Contact(contact(ground, who).await?)),
        ("exhibit", Some(id)) => wares::card(ground, &Who::from(who), id).await?.map(Card::Exhibit),
        ("order", Some(id)) => match load::conversation_row(ground, send.conversation).await? {
            Some(row) => order_between(ground, [row.side_a, row.side_b], id).await?.map(Card::Order),
            None => None,
        },
        _ => None,
    };
    Ok(Some(card.ok_or(Refusal::NotFound)))
}

async fn contact(ground: &Ground, who: &Principal) -> Result<wire::Contact, Failure> {
    let enterprise = party(Some(who))?.enterprise;
    let user = ground.accounts().user(who.user).await?;
    let enterprise = ground.accounts().enterprise(enterprise).await?;
    let fair::Contact { mobile, email } = ground.accounts().contact(who.user).await?;
    Ok(wire::Contact { name: user.name, enterprise: enterprise.name, mobile, email })
}

/// An order of exactly these two, whichever buys.
async fn order_between(ground: &Ground, two: [EnterpriseId; 2], id: RecordId) -> Result<Option<OrderCard>, Failure> {
    let order = ground.flows().look(&orders::FLOW, id).await?;
    let is_theirs = |order: &Record| {
        let [one, other] = two;
        [(one, Some(other)), (other, Some(one))].contains(&(order.owner, order.second))
    };
    Ok(order.filter(is_theirs).map(|order| OrderCard {
        id,
        number: order.text("number").to_owned(),
        state: order.state.to_owned(),
        exhibit: order.text("exhibit_name").to_owned(),
        picture: order.text("exhibit_picture").parse().ok(),
        quantity: order.number("quantity").unwrap_or_default(),
        subtotal_fen: order.number("subtotal_fen"),
        amount_fen: order.number("amount_fen"),
    }))
}

/// With whom a target leads to talk, and what the conversation is about then.
///
/// # Errors
/// `not_found` for what does not exist or is not the caller's to see, or the store's failure.
pub(super) async fn target(
    ground: &Ground,
    who: &Principal,
    Target { kind, id }: &Target,
) -> Result<(EnterpriseId, Context), Failure> {
    let unknown = || Failure::from(Code::NotFound);
    let (with, id, title) = match kind {
        TargetKind::Enterprise => {
            let id: EnterpriseId = id.parse().map_err(|_no_id| unknown())?;
            (id, id.to_string(), None)
        }
        TargetKind::Booth => {
            let booth = wares::booth(ground, record(id)?).await?.ok_or_else(unknown)?;
            (booth.enterprise.id, booth.id.to_string(), Some(booth.name))
        }
        TargetKind::Exhibit => {
            let exhibit = wares::exhibit(ground, record(id)?).await?.ok_or_else(unknown)?.content;
            (exhibit.enterprise.id, exhibit.id.to_string(), Some(exhibit.name))
        }
        TargetKind::Order => {
            let own = party(Some(who))?.enterprise;
            let order = ground.flows().look(&orders::FLOW, record(id)?).await?.ok_or_else(unknown)?;
            let with = match order.second {
                Some(buyer) if order.owner == own => buyer,
                Some(buyer) if buyer == own => order.owner,
                Some(_) | None => return Err(unknown()),
            };
            (with, order.id.to_string(), Some(order.text("number").to_owned()))
        }
        // Projects and lives come with their own systems; until then none exists.
        TargetKind::Project | TargetKind::Live => return Err(unknown()),
    };
    Ok((with, Context { kind: *kind, id, title: title.map(Into::into) }))
}

fn record(id: &str) -> Result<RecordId, Failure> {
    id.parse().map_err(|_no_id| Code::NotFound.into())
}
