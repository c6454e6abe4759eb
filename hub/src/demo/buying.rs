//! How an order of the demo comes to be, and what both sides do with it: by the steps that clients take.

use fair::exhibits::Filter;
use fair::flow::{Input, NOTHING, Record, Scope, Who};
use fair::form::{Context, Filled, Form, Object};
use fair::orders::form::{ANSWER, DECLINE, HANDLE, RECORD, SUBMIT, said, withdrawn};
use fair::orders::{self, Orders};
use fair::{Day, FairData};
use serde_json::{Map, Value, json};
use storage::ids::{Millis, RecordId};

use super::orders::{Came, Deed, ORDERS, Order};
use super::{enterprise, pass, person, wait_until};
use crate::handles::Handles;
use crate::wares;
use crate::wire::Failure;

/// Those of exhibitors that have none yet: whoever has some goes on by itself.
pub(super) async fn missing(hub: &Handles) -> Result<Vec<&'static Order>, Failure> {
    let mut missing = Vec::new();
    for order in ORDERS {
        let seller = Scope::Owner(enterprise(hub, order.seller).await?);
        let there = hub.ground.flows().list(&orders::FLOW, seller, None, (None, 1)).await?;
        missing.extend(there.items.is_empty().then_some(order));
    }
    Ok(missing)
}

/// Plays one from its beginning; not where a visitor of the demo has done away with what it is about, or a start that was
/// killed has left it undone.
pub(super) async fn play(hub: &Handles, order: &Order, now: Millis) -> Result<(), Failure> {
    wait_until(hub, order.began_minutes_ago, now);
    let Some(mut record) = make(hub, order).await? else { return Ok(()) };
    for (minutes, says, deed) in order.then {
        pass(hub, *minutes, now);
        let who = Who::from(&person(hub, *says).await?);
        let (action, input) = step(hub, deed)?;
        record = hub.ground.flows().advance(&who, (&orders::FLOW, record.id, record.version), action, input).await?;
    }
    Ok(())
}

async fn make(hub: &Handles, order: &Order) -> Result<Option<Record>, Failure> {
    let user = person(hub, order.from).await?;
    let who = Who::from(&user);
    let seller = enterprise(hub, order.seller).await?;
    let named = Filter { name: Some(order.exhibit), ..Filter::default() };
    let found = hub.ground.exhibits().list(&Who::System, Scope::Owner(seller), &named, (None, 1)).await?;
    let Some(exhibit) = found.items.first() else { return Ok(None) };
    let Some(offer) = wares::offer(&hub.ground, exhibit.id).await? else { return Ok(None) };
    let mut sent = vec![("exhibit", json!(exhibit.id)), ("quantity", json!(order.quantity))];
    sent.extend((!order.note.is_empty()).then(|| ("note", json!(order.note))));
    let (orders, id) = (Orders::new(hub.ground.flows().clone()), RecordId::random(&mut hub.ground.entropy()));
    match order.came {
        Came::Submitted(region, budget) => {
            sent.extend([("contact_name", json!(user.name)), ("region", json!(region))]);
            sent.extend(budget.map(|fen| ("budget_fen", json!(fen))));
            Ok(Some(orders.submit(&who, id, checked(hub, &SUBMIT, sent)?, &offer).await?))
        }
        Came::Recorded(buyer, amount) => {
            sent.extend([("buyer", json!(enterprise(hub, buyer).await?)), ("amount_fen", json!(amount))]);
            Ok(Some(orders.record(&who, id, checked(hub, &RECORD, sent)?, &offer).await?))
        }
    }
}

fn step(hub: &Handles, deed: &Deed) -> Result<(&'static str, Input), Failure> {
    let amount = |fen: i64, note: &str| vec![("amount_fen", json!(fen)), ("note", json!(note))];
    Ok(match deed {
        Deed::Ask(fen, note) => ("request_confirmation", said(&checked(hub, &HANDLE, amount(*fen, note))?)),
        Deed::Deal(fen, note) => ("deal", said(&checked(hub, &HANDLE, amount(*fen, note))?)),
        Deed::Close(note) => ("close", said(&checked(hub, &ANSWER, vec![("note", json!(note))])?)),
        Deed::Decline(reason) => ("decline", said(&checked(hub, &DECLINE, vec![("reason", json!(reason))])?)),
        Deed::Withdraw => ("withdraw", withdrawn(&checked(hub, &NOTHING, Vec::new())?)),
        Deed::Accept => ("accept", Input::default()),
    })
}

pub(super) fn checked(hub: &Handles, form: &Form, sent: Vec<(&str, Value)>) -> Result<Filled, Failure> {
    let files: &FairData = &hub.files;
    let context = Context { today: Day::in_shanghai(hub.ground.clock().now()), terms: files, tag_digits: false };
    let sent: Map<_, _> = sent.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Ok(form.check(&Object::from(sent), &context)?)
}
