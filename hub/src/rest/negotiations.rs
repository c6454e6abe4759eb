//! `/v1/negotiations`: the operations of `negotiation.*` and `inbox.list`, on the same path.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::wire;
use chat::wire::Reply;
use serde::Deserialize;
use serde_json::value::RawValue;
use storage::ids::{ConversationId, Seq, UserId};
use tokio::sync::oneshot;

use super::Caller;
use super::problem::{Body, IDEMPOTENCY_KEY, Params};
use crate::app::Hub;
use crate::code::Code;
use crate::dispatch::{self, Prepared, Routed};
use crate::op::Op;
use crate::room_id::RoomId;
use crate::shard::{ReplyTo, Request, RoomOp};
use crate::wire::Failure;
use crate::{limits, policy};

/// Carries out an operation exactly as a socket's would be.
async fn run(hub: &Hub, caller: &Caller, op: Op) -> Result<Reply, Failure> {
    let name = op.name();
    caller.may(hub, policy::right(name), limits::class(name))?;
    match dispatch::route(Some(&caller.0), op)? {
        Routed::Room(room, op) => ask(hub, room, op).await,
        Routed::Slow(slow) => match dispatch::prepare(hub, &caller.0, slow).await? {
            Prepared::Reply(reply) => Ok(reply),
            Prepared::Room(room, op) => ask(hub, room, op).await,
        },
    }
}

async fn ask(hub: &Hub, room: RoomId, op: RoomOp) -> Result<Reply, Failure> {
    let (reply, waiting) = oneshot::channel();
    let request = Request { room, op, client: None, reply: ReplyTo::Rest(reply) };
    hub.shards.request(request).map_err(|_full| Failure::from(Code::Overloaded).retry_after_ms(500))?;
    // The room answers every ticket; a dropped one means that its shard is stopping.
    waiting.await.map_err(|_dropped| Failure::from(Code::GoingAway).retry_after_ms(1_000))?
}

fn conversation(id: &str) -> Result<ConversationId, Failure> {
    id.parse().map_err(|_no_id| Code::NotFound.into())
}

/// `GET /v1/negotiations?cursor=&limit=`.
///
/// # Errors
/// As `inbox.list`.
pub async fn list(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Params(list): Params<wire::InboxList>,
) -> Result<Response, Failure> {
    let Reply::Inbox { conversations, next } = run(&hub, &caller, Op::InboxList(list)).await? else {
        return Err(Failure::internal("a list was answered with something else"));
    };
    Ok(Json(serde_json::json!({ "items": conversations, "next": next })).into_response())
}

/// `POST /v1/negotiations`: 201 for a new one, 200 for the open one.
///
/// # Errors
/// As `negotiation.start`.
pub async fn start(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Body(start): Body<wire::Start>,
) -> Result<Response, Failure> {
    let reply = run(&hub, &caller, Op::NegotiationStart(start)).await?;
    let created = matches!(reply, Reply::Started { created: true, .. });
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(reply)).into_response())
}

/// `GET /v1/negotiations/{id}`: the conversation and its last entries.
///
/// # Errors
/// As `negotiation.open`.
pub async fn open(State(hub): State<Arc<Hub>>, caller: Caller, Path(id): Path<String>) -> Result<Json<Reply>, Failure> {
    let open = wire::Open { conversation: conversation(&id)?, after: None, limit: None };
    run(&hub, &caller, Op::NegotiationOpen(open)).await.map(Json)
}

/// The page of messages that is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    before: Option<i64>,
    after: Option<i64>,
    limit: Option<u32>,
}

/// `GET /v1/negotiations/{id}/messages?before=&after=&limit=`.
///
/// # Errors
/// As `negotiation.history` with `before`, as `negotiation.open` else.
pub async fn messages(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    Params(page): Params<Page>,
) -> Result<Response, Failure> {
    let conversation = conversation(&id)?;
    let Page { before, after, limit } = page;
    let op = match before {
        Some(before) => Op::NegotiationHistory(wire::History { conversation, before: Seq(before), limit }),
        None => Op::NegotiationOpen(wire::Open { conversation, after: after.map(Seq), limit }),
    };
    let (items, more) = match run(&hub, &caller, op).await? {
        Reply::Page { entries, more } => (entries, more),
        Reply::Opened(opened) => (opened.entries, opened.more),
        Reply::Inbox { .. }
        | Reply::Started { .. }
        | Reply::Sent { .. }
        | Reply::Unread { .. }
        | Reply::Done { .. }
        | Reply::Reported { .. }
        | Reply::Empty {} => return Err(Failure::internal("a page was answered with something else")),
    };
    Ok(Json(serde_json::json!({ "items": items, "more": more })).into_response())
}

/// The body of a new message. `client_msg_id` may come as `Idempotency-Key` instead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    client_msg_id: Option<String>,
    kind: String,
    body: Box<RawValue>,
}

/// `POST /v1/negotiations/{id}/messages`: 201 when it is durable, 200 when it had been sent before.
///
/// # Errors
/// As `negotiation.send`.
pub async fn send(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(message): Body<NewMessage>,
) -> Result<Response, Failure> {
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok()).map(str::to_owned);
    let client_msg_id = message.client_msg_id.or(key).ok_or_else(|| {
        Failure::new(Code::BadRequest, "client_msg_id or Idempotency-Key").field("/client_msg_id", "missing")
    })?;
    let NewMessage { kind, body, .. } = message;
    let send = wire::Send { conversation: conversation(&id)?, client_msg_id, kind, body };
    let reply = run(&hub, &caller, Op::NegotiationSend(send)).await?;
    let duplicate = matches!(reply, Reply::Sent { duplicate: true, .. });
    let status = if duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(reply)).into_response())
}

/// What the verbs take; each takes only its own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    seq: Option<Seq>,
    to: Option<UserId>,
    reason: Option<String>,
}

/// `POST /v1/negotiations/{id}/{verb}` with `claim`, `release`, `transfer`, `close`, `reopen`, `block`, `read`,
/// `recall` or `report`.
///
/// # Errors
/// As the operation of that name; `not_found` for another verb.
pub async fn act(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path((id, verb)): Path<(String, String)>,
    body: Result<Body<Act>, Failure>,
) -> Result<Json<Reply>, Failure> {
    let conversation = conversation(&id)?;
    let Body(act) = match body {
        Ok(body) => body,
        Err(_none) if matches!(verb.as_str(), "claim" | "release" | "close" | "reopen" | "block") => {
            Body(Act::default())
        }
        Err(failure) => return Err(failure),
    };
    run(&hub, &caller, verb_op(conversation, &verb, act)?).await.map(Json)
}

fn verb_op(conversation: ConversationId, verb: &str, act: Act) -> Result<Op, Failure> {
    let missing = |at: &str| Failure::new(Code::BadRequest, "a field is missing").field(at, "missing");
    let one = wire::One { conversation };
    Ok(match (verb, act) {
        ("claim", Act { seq: None, to: None, reason: None }) => Op::NegotiationClaim(one),
        ("release", Act { seq: None, to: None, reason: None }) => Op::NegotiationRelease(one),
        ("close", Act { seq: None, to: None, reason: None }) => Op::NegotiationClose(one),
        ("reopen", Act { seq: None, to: None, reason: None }) => Op::NegotiationReopen(one),
        ("block", Act { seq: None, to: None, reason: None }) => Op::NegotiationBlock(one),
        ("transfer", Act { to, seq: None, reason: None }) => {
            Op::NegotiationTransfer(wire::Transfer { conversation, to: to.ok_or_else(|| missing("/to"))? })
        }
        ("read", Act { seq, to: None, reason: None }) => {
            Op::NegotiationRead(wire::At { conversation, seq: seq.ok_or_else(|| missing("/seq"))? })
        }
        ("recall", Act { seq, to: None, reason: None }) => {
            Op::NegotiationRecall(wire::At { conversation, seq: seq.ok_or_else(|| missing("/seq"))? })
        }
        ("report", Act { seq, to: None, reason }) => {
            let reason = reason.ok_or_else(|| missing("/reason"))?;
            Op::NegotiationReport(wire::Report { conversation, seq, reason })
        }
        ("claim" | "release" | "close" | "reopen" | "block" | "transfer" | "read" | "recall" | "report", _) => {
            return Err(Failure::new(Code::BadRequest, "a field that this operation does not have"));
        }
        _ => return Err(Code::NotFound.into()),
    })
}
