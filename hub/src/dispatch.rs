//! From an allowed operation to the room it concerns: the one path of sockets and REST.
//!
//! What needs the store before a room can decide (a contact card's data, a colleague, the pair of a conversation) is
//! read here, in the caller's own task, so that a room never waits.

use chat::wire as chat_wire;
use chat::wire::Reply;
use chat::{Command, Party};
use storage::ids::ConversationId;
use storage::ids::UserId;

use crate::app::Hub;
use crate::code::Code;
use crate::op::{BenchPublish, Op};
use crate::principal::{self, Principal};
use crate::room_id::RoomId;
use crate::shard::RoomOp;
use crate::wire::Failure;

/// Longest name of a bench room. **Units**: bytes.
const BENCH_NAME_MAX: usize = 64;

/// Where an operation goes.
#[derive(Debug)]
pub enum Routed {
    /// To its room, as it is.
    Room(RoomId, RoomOp),
    /// Through [`prepare`] first.
    Slow(Slow),
}

/// Operations that read the store before their room decides.
#[derive(Debug)]
pub enum Slow {
    /// Makes or finds a conversation.
    Start(Party, chat_wire::Start),
    /// A contact card: the sender's own data is filled in.
    Contact(Party, chat_wire::Send),
    /// `to` must be a colleague who negotiates.
    Transfer(Party, chat_wire::Transfer),
    /// The pair must be free.
    Reopen(Party, ConversationId),
}

/// What [`prepare`] made of an operation.
#[derive(Debug)]
pub enum Prepared {
    /// It goes on to its room.
    Room(RoomId, RoomOp),
    /// It is done.
    Reply(Reply),
}

/// Finds an operation's room. Session operations have none and are refused.
///
/// # Errors
/// `forbidden` without a party, `invalid` for a bench room's name.
pub fn route(who: Option<&Principal>, op: Op) -> Result<Routed, Failure> {
    if let Op::BenchJoin(join) = op {
        return Ok(Routed::Room(bench_room(&join.room)?, RoomOp::BenchJoin));
    }
    if let Op::BenchPublish(BenchPublish { room, data }) = op {
        return Ok(Routed::Room(bench_room(&room)?, RoomOp::BenchPublish(room.into(), data)));
    }
    let party = who.and_then(Principal::party).ok_or(Failure::from(Code::Forbidden))?;
    let (conversation, command) = match op {
        Op::InboxList(list) => return Ok(Routed::Room(RoomId::Desk(party.enterprise), RoomOp::Inbox(party, list))),
        Op::NegotiationStart(start) => return Ok(Routed::Slow(Slow::Start(party, start))),
        Op::NegotiationTransfer(transfer) => return Ok(Routed::Slow(Slow::Transfer(party, transfer))),
        Op::NegotiationReopen(one) => return Ok(Routed::Slow(Slow::Reopen(party, one.conversation))),
        Op::NegotiationSend(send) if send.kind == "card" => return Ok(Routed::Slow(Slow::Contact(party, send))),
        Op::NegotiationSend(send) => (send.conversation, Command::Send { send, contact: None }),
        Op::NegotiationOpen(open) => (open.conversation, Command::Open(open)),
        Op::NegotiationHistory(history) => (history.conversation, Command::History(history)),
        Op::NegotiationRead(at) => (at.conversation, Command::Read(at)),
        Op::NegotiationRecall(at) => (at.conversation, Command::Recall(at)),
        Op::NegotiationReport(report) => (report.conversation, Command::Report(report)),
        Op::NegotiationLeave(one) => (one.conversation, Command::Leave),
        Op::NegotiationTyping(one) => (one.conversation, Command::Typing),
        Op::NegotiationClaim(one) => (one.conversation, Command::Claim),
        Op::NegotiationRelease(one) => (one.conversation, Command::Release),
        Op::NegotiationClose(one) => (one.conversation, Command::Close),
        Op::NegotiationBlock(one) => (one.conversation, Command::Block),
        Op::Ping(_) | Op::SessionOpen(_) | Op::SessionRefresh(_) | Op::BenchJoin(_) | Op::BenchPublish(_) => {
            return Err(Code::BadRequest.into());
        }
    };
    Ok(to_negotiation(party, conversation, command))
}

fn to_negotiation(party: Party, conversation: ConversationId, command: Command) -> Routed {
    Routed::Room(RoomId::Negotiation(conversation), RoomOp::Negotiation(party, command))
}

fn bench_room(name: &str) -> Result<RoomId, Failure> {
    use std::hash::Hasher;
    if name.is_empty() || name.len() > BENCH_NAME_MAX {
        return Err(Failure::new(Code::Invalid, "1 to 64 bytes").field("/d/room", "length"));
    }
    // Fixed keys: the same name is the same room on every connection.
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(name.as_bytes());
    Ok(RoomId::Bench(hasher.finish()))
}

/// Reads what a slow operation needs.
///
/// # Errors
/// Whatever the operation is refused with, or the store's failure.
pub async fn prepare(hub: &Hub, who: &Principal, slow: Slow) -> Result<Prepared, Failure> {
    let (party, conversation, command) = match slow {
        Slow::Start(party, start) => return hub.persist.start(party, start).await.map(Prepared::Reply),
        Slow::Contact(party, send) => {
            let contact = contact(hub, who, party).await?;
            (party, send.conversation, Command::Send { send, contact: Some(Box::new(contact)) })
        }
        Slow::Transfer(party, transfer) => {
            let allowed = negotiators(hub, party.enterprise).await?.contains(&transfer.to);
            (party, transfer.conversation, Command::Transfer { to: transfer.to, allowed })
        }
        Slow::Reopen(party, conversation) => {
            let allowed = hub.persist.take_pair(party, conversation).await?;
            (party, conversation, Command::Reopen { allowed })
        }
    };
    Ok(Prepared::Room(RoomId::Negotiation(conversation), RoomOp::Negotiation(party, command)))
}

async fn contact(hub: &Hub, who: &Principal, party: Party) -> Result<chat_wire::Contact, Failure> {
    let user = hub.accounts.user(who.user).await?;
    let enterprise = hub.accounts.enterprise(party.enterprise).await?;
    let fair::Contact { mobile, email } = hub.accounts.contact(who.user).await?;
    Ok(chat_wire::Contact { name: user.name, enterprise: enterprise.name, mobile, email })
}

/// The members of an enterprise who may negotiate for it.
///
/// # Errors
/// The store's failure.
pub async fn negotiators(hub: &Hub, enterprise: storage::ids::EnterpriseId) -> Result<Vec<UserId>, Failure> {
    Ok(hub.accounts.team(enterprise).await?.into_iter().filter(principal::negotiates).map(|member| member.id).collect())
}

/// Whose token this is.
///
/// # Errors
/// `unauthenticated`, `token_expired` or `session_revoked`; the store's failure.
pub fn authenticate(hub: &Hub, token: &str) -> Result<Principal, Failure> {
    Ok(hub.accounts.authenticate(token)?.into())
}
