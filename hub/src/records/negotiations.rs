//! `/v1/negotiations`: the operations of `negotiation.*` and `inbox.list`, on the same path as a socket's. The gate of the
//! route has passed the operation's own right and class: they come from its row.

mod described;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use bytes::Bytes;
use chat::wire;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storage::ids::{ConversationId, Seq};
use utoipa::{IntoParams, ToSchema};

use super::parts::body::object;
use super::parts::page::PageOf;
use super::parts::tagged::json;
use super::parts::{Caller, Once, Params, Route, Tagged, id, once};
use crate::code::Code;
use crate::op::{self, NAMES, Name, Op};
use crate::operations::Operations;
use crate::wire::{Answer, Failure};

pub(super) fn rows() -> Vec<Route> {
    let mut rows = vec![
        row(Method::GET, "/v1/negotiations", Name::InboxList, on(MethodFilter::GET, list)).doc(described::list()),
        row(Method::POST, "/v1/negotiations", Name::NegotiationStart, on(MethodFilter::POST, start))
            .doc(described::start()),
        row(Method::GET, "/v1/negotiations/{id}", Name::NegotiationOpen, on(MethodFilter::GET, open))
            .doc(described::open()),
        row(Method::GET, "/v1/negotiations/{id}/messages", Name::NegotiationHistory, on(MethodFilter::GET, messages))
            .doc(described::messages()),
        row(Method::POST, "/v1/negotiations/{id}/messages", Name::NegotiationSend, on(MethodFilter::POST, send))
            .body_bytes_max(64 * 1024)
            .doc(described::send()),
    ];
    rows.extend(NAMES.iter().filter_map(|name| verb(*name)));
    rows
}

type Handler = axum::routing::MethodRouter<crate::handles::Handles>;

fn row(method: Method, path: &'static str, name: Name, handler: Handler) -> Route {
    let op::Row { right, class, .. } = name.row();
    Route::new(method, path, right, class, handler)
}

/// The route of an operation whose row names a verb.
fn verb(name: Name) -> Option<Route> {
    let path = name.row().verb?;
    let act = move |state: State<Operations>, caller: Caller, Path(id): Path<String>, request: Request| {
        act(state, caller, name, id, request)
    };
    Some(row(Method::POST, path, name, on(MethodFilter::POST, act)).doc(described::verb(name)))
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.mark.status()).unwrap_or(StatusCode::OK);
        (status, json(self.body)).into_response()
    }
}

/// What an answer holds, as it is: `T` borrows what it passes on.
fn read<'a, T: Deserialize<'a>>(answer: &'a Answer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|_other| Failure::internal("an answer of another shape"))
}

#[derive(Deserialize)]
struct Inbox<'a> {
    #[serde(borrow)]
    conversations: &'a RawValue,
    next: Option<String>,
}

#[derive(Serialize)]
struct Items<'a> {
    items: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<bool>,
}

async fn list(
    State(operations): State<Operations>,
    caller: Caller,
    page: PageOf<wire::InboxList>,
) -> Result<impl IntoResponse, Failure> {
    let answer = operations.run(caller.0, Op::InboxList(page.filter.clone())).await?;
    let Inbox { conversations, next } = read(&answer)?;
    let items = Items { items: conversations, next: next.as_deref(), more: None };
    Ok(page.listed(items, next.as_deref()).into_response())
}

/// 201 for a new one, 200 for the open one.
async fn start(
    State(operations): State<Operations>,
    caller: Caller,
    once: Once<wire::Start>,
) -> Result<Response, Failure> {
    let (user, (start, _key, asked)) = (caller.0.user, once.into_parts());
    once::run(operations.ground(), user, asked, operations.run(caller.0, Op::NegotiationStart(start))).await
}

/// The conversation and its last entries, without subscribing.
async fn open(
    State(operations): State<Operations>,
    caller: Caller,
    Path(conversation): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let open = wire::Open { conversation: id(&conversation)?, after: None, limit: None };
    let answer = operations.run(caller.0, Op::NegotiationOpen(open)).await?;
    Ok(Tagged::encoded(answer.body, &headers))
}

/// The page of messages that is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Page {
    before: Option<i64>,
    after: Option<i64>,
    limit: Option<u32>,
}

#[derive(Deserialize)]
struct Entries<'a> {
    #[serde(borrow)]
    entries: &'a RawValue,
    more: bool,
}

/// As `negotiation.history` with `before`, as `negotiation.open` else.
async fn messages(
    State(operations): State<Operations>,
    caller: Caller,
    Path(conversation): Path<String>,
    Params(Page { before, after, limit }): Params<Page>,
) -> Result<impl IntoResponse, Failure> {
    let conversation: ConversationId = id(&conversation)?;
    if before.is_some() && after.is_some() {
        return Err(Failure::new(Code::BadRequest, "before or after").field("/after", "unknown"));
    }
    let op = match before {
        Some(before) => Op::NegotiationHistory(wire::History { conversation, before: Seq(before), limit }),
        None => Op::NegotiationOpen(wire::Open { conversation, after: after.map(Seq), limit }),
    };
    let answer = operations.run(caller.0, op).await?;
    let Entries { entries, more } = read(&answer)?;
    Ok(axum::Json(Items { items: entries, next: None, more: Some(more) }).into_response())
}

/// The body of a new message. `client_msg_id` may come as `Idempotency-Key` instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    client_msg_id: Option<String>,
    kind: String,
    #[schema(value_type = Object)]
    body: Box<RawValue>,
    #[serde(default)]
    repeat: bool,
}

/// 201 when it is durable, 200 when it had been sent before.
async fn send(
    State(operations): State<Operations>,
    caller: Caller,
    Path(conversation): Path<String>,
    once: Once<NewMessage>,
) -> Result<Response, Failure> {
    let (user, (message, key, asked)) = (caller.0.user, once.into_parts());
    let client_msg_id = message.client_msg_id.or(key).ok_or_else(|| {
        Failure::new(Code::BadRequest, "client_msg_id or Idempotency-Key").field("/client_msg_id", "missing")
    })?;
    let NewMessage { kind, body, repeat, .. } = message;
    let send = wire::Send { conversation: id(&conversation)?, client_msg_id, kind, body, repeat };
    once::run(operations.ground(), user, asked, operations.run(caller.0, Op::NegotiationSend(send))).await
}

/// An operation as a verb: its body is the socket's, but for the conversation, which the path names.
async fn act(
    State(operations): State<Operations>,
    caller: Caller,
    name: Name,
    conversation: String,
    request: Request,
) -> Result<Answer, Failure> {
    let conversation: ConversationId = id(&conversation)?;
    let body = object(request).await?;
    let op = op::decode_text(name, &with_conversation(&body, conversation)?, "")?;
    operations.run(caller.0, op).await
}

/// Adds the conversation to an object of fields; one that names it itself names it twice, which is refused.
fn with_conversation(body: &Bytes, conversation: ConversationId) -> Result<String, Failure> {
    let not_text = |_error| Failure::from(Code::BadRequest);
    let fields = std::str::from_utf8(body).map_err(not_text)?.trim();
    let fields = fields.strip_prefix('{').unwrap_or("}").trim_start();
    let comma = if fields.starts_with('}') { "" } else { "," };
    Ok(format!("{{\"conversation\":\"{conversation}\"{comma}{fields}"))
}
