//! The operations: one row each, and everything that depends on which operation it is comes from its row.
//!
//! To add one: a row here, its rule in the feature crate, a test. The table of `hub/PROTOCOL.md` is made from the rows.

use chat::wire as chat_wire;
use chat::{Command, Turn};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::code::Code;
use crate::limits::Class;
use crate::policy::Right;
use crate::principal::Principal;
use crate::rooms::bench::{self, BenchJoin, BenchPublish};
use crate::rooms::{Route, desk, negotiation};
use crate::schema::Named;
use crate::socket::Weight;
use crate::wire::{self, Failure, holds_array, is_object};

/// `session.open`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionOpen {
    /// The access token; none for a guest.
    pub token: Option<String>,
    /// The program and its version, <= 64 characters, for the logs.
    #[serde(default)]
    pub client: String,
    /// A stable random id of the device, <= 64 characters.
    #[serde(default)]
    pub device: String,
    /// `zh-CN` (default) or `en`.
    #[serde(default)]
    pub locale: String,
}

/// `session.refresh`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionRefresh {
    /// The new access token, of the same user.
    pub token: String,
}

/// `ping`, and whatever else has no fields.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Whether an operation has a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// One reply, always.
    Reply,
    /// Never; errors come as `error` events or are dropped.
    OneWay,
}

/// What a session answers by itself.
#[derive(Debug)]
pub enum SessionOp {
    /// `ping`.
    Ping(Empty),
    /// `session.open`.
    Open(SessionOpen),
    /// `session.refresh`.
    Refresh(SessionRefresh),
}

/// Where an operation goes.
pub enum Way {
    /// To the session itself.
    Session(SessionOp),
    /// To its room.
    Room(Route),
}

/// Everything about an operation that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its word on the wire.
    pub text: &'static str,
    /// Whether it is answered.
    pub answered: Answered,
    /// Who may.
    pub right: Right,
    /// How often.
    pub class: Class,
    /// The route that it is over REST too, by `POST`; none where it has a handler of its own, or none.
    pub verb: Option<&'static str>,
    /// Its body, as the protocol's table shows it.
    pub d: &'static str,
    /// Its answer, likewise.
    pub ok: &'static str,
}

impl Row {
    /// What a request of it takes of the open ones: those that are answered with a page take much.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        match self.class {
            Class::Read | Class::Content => Weight::Heavy,
            Class::Write
            | Class::Light
            | Class::Rare
            | Class::Guess
            | Class::Session
            | Class::SignIn
            | Class::Code
            | Class::Enrol
            | Class::Free => Weight::Light,
        }
    }
}

/// A row: `Name "word" answered(body) right class => way, verb?; d: shape, ok: shape;` where the way is `session(op)` or
/// `room(function of caller and body)`.
macro_rules! operations {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal $answered:ident($body:ty) $right:ident $class:ident
        => $way:ident($to:expr) $(, verb $verb:literal)?; d: $d:literal, ok: $ok:literal;)*) => {
        /// A decoded operation.
        #[derive(Debug)]
        pub enum Op { $($(#[doc = $doc])* $name($body),)* }

        /// An operation's name, without its body.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name { $($(#[doc = $doc])* $name,)* }

        /// Every operation, in the order of the protocol's tables.
        pub const NAMES: &[Name] = &[$(Name::$name),*];

        impl Name {
            /// Its row.
            #[must_use]
            pub const fn row(self) -> Row {
                match self {
                    $(Self::$name => Row {
                        text: $text,
                        answered: Answered::$answered,
                        right: Right::$right,
                        class: Class::$class,
                        verb: operations!(@verb $($verb)?),
                        d: $d,
                        ok: $ok,
                    },)*
                }
            }

            /// The schema of its body.
            #[must_use]
            pub fn body(self, named: &mut Named) -> serde_json::Value {
                match self { $(Self::$name => named.of::<$body>(),)* }
            }

            /// What it is for, in one line.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim_ascii(),)* }
            }

            /// From its word.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }

        impl Op {
            /// Its name.
            #[must_use]
            pub const fn name(&self) -> Name {
                match self { $(Self::$name(_) => Name::$name),* }
            }

            fn from_body(name: Name, body: &str) -> serde_json::Result<Self> {
                match name { $(Name::$name => serde_json::from_str(body).map(Self::$name)),* }
            }

            /// Where it goes.
            ///
            /// # Errors
            /// What can be refused without its room.
            pub fn way(self, who: Option<&Principal>) -> Result<Way, Failure> {
                match self { $(Self::$name(body) => operations!(@$way $to, who, body),)* }
            }
        }
    };
    (@verb) => { None };
    (@verb $verb:literal) => { Some($verb) };
    (@session $to:expr, $who:ident, $body:ident) => { Ok(Way::Session($to($body))) };
    (@room $to:expr, $who:ident, $body:ident) => { typed($who, $body, $to).map(Way::Room) };
}

/// Lets a row's closure be written without types.
fn typed<B>(
    who: Option<&Principal>,
    body: B,
    way: impl FnOnce(Option<&Principal>, B) -> Result<Route, Failure>,
) -> Result<Route, Failure> {
    way(who, body)
}

operations! {
    /// Is the line alive?
    Ping "ping" Reply(Empty) Anyone Free => session(SessionOp::Ping);
        d: "", ok: "`{}`";
    /// Who is speaking.
    SessionOpen "session.open" Reply(SessionOpen) Anyone Free => session(SessionOp::Open);
        d: "`token?, client, device, locale`", ok: "see above";
    /// A newer token for the same user.
    SessionRefresh "session.refresh" Reply(SessionRefresh) Anyone Session => session(SessionOp::Refresh);
        d: "`token`", ok: "`{}`";
    /// The conversations of the caller's enterprise.
    InboxList "inbox.list" Reply(chat_wire::InboxList) Negotiator Read => room(desk::list);
        d: "`cursor?, limit?` (1..100, 20)",
        ok: "`{\"conversations\":[summary],\"next\"?}`; from then on `inbox.updated` keeps it true";
    /// Begins a conversation, or finds the open one.
    NegotiationStart "negotiation.start" Reply(chat_wire::Start) Negotiator Rare => room(negotiation::start);
        d: "`target: {\"kind\":\"enterprise|booth|exhibit|order\",\"id\"}`; project, live: `not_found` until they exist",
        ok: "`{\"conversation\",\"created\"}`; the open one of the same initiator, other side and target is returned";
    /// Reads and subscribes.
    NegotiationOpen "negotiation.open" Reply(chat_wire::Open) Negotiator Read
        => room(|who, open| negotiation::command(who, open.conversation, Command::Open(open)));
        d: "`conversation, after?, limit?` (1..200, 50)",
        ok: "`{\"conversation\":summary,\"epoch\",\"head\",\"entries\",\"more\",\"read\":{\"<user>\":seq},\"unread\",\"online\":[\"<user>\"]}`. Without `after`: the last `limit`. `more:true` subscribes nothing: ask on; the answer with `more:false` subscribes at its last seq + 1";
    /// Unsubscribes.
    NegotiationLeave "negotiation.leave" Reply(chat_wire::One) Negotiator Light
        => room(|who, one| negotiation::command(who, one.conversation, Command::Leave));
        d: "`conversation`", ok: "`{}`; no more entries arrive";
    /// Says something.
    NegotiationSend "negotiation.send" Reply(chat_wire::Send) Negotiator Write => room(negotiation::send);
        d: "`conversation, client_msg_id` (1..64 visible ASCII)`, kind, body, repeat?`",
        ok: "`{\"seq\",\"at\",\"duplicate\"}`, only when durable; the same id again gives the same seq and `duplicate:true`";
    /// Older entries.
    NegotiationHistory "negotiation.history" Reply(chat_wire::History) Negotiator Read
        => room(|who, history| negotiation::command(who, history.conversation, Command::History(history)));
        d: "`conversation, before, limit?`", ok: "`{\"entries\",\"more\"}` in rising order";
    /// Moves the caller's read mark.
    NegotiationRead "negotiation.read" Reply(chat_wire::At) Negotiator Light
        => room(|who, at| negotiation::command(who, at.conversation, Command::Read(at))), verb "/v1/negotiations/{id}/read";
        d: "`conversation, seq`", ok: "`{\"unread\"}`, only when durable; an older mark changes nothing; beyond the head is `invalid`";
    /// Takes an own text back.
    NegotiationRecall "negotiation.recall" Reply(chat_wire::At) Negotiator Write
        => room(|who, at| negotiation::command(who, at.conversation, Command::Recall(at))), verb "/v1/negotiations/{id}/recall";
        d: "`conversation, seq`", ok: "`{\"seq\"}`; own messages, within `recall_ms`";
    /// Shows that the caller types.
    NegotiationTyping "negotiation.typing" OneWay(chat_wire::One) Negotiator Light
        => room(|who, one| negotiation::command(who, one.conversation, Command::Typing));
        d: "`conversation`", ok: "";
    /// Takes a conversation in hand.
    NegotiationClaim "negotiation.claim" Reply(chat_wire::One) Negotiator Write
        => room(|who, one| negotiation::command(who, one.conversation, Command::Turn(Turn::Claim))), verb "/v1/negotiations/{id}/claim";
        d: "`conversation`", ok: "`{\"seq\"}`";
    /// Gives it back to the team.
    NegotiationRelease "negotiation.release" Reply(chat_wire::One) Negotiator Write
        => room(|who, one| negotiation::command(who, one.conversation, Command::Turn(Turn::Release))), verb "/v1/negotiations/{id}/release";
        d: "`conversation`", ok: "`{\"seq\"}`";
    /// Hands it to a colleague.
    NegotiationTransfer "negotiation.transfer" Reply(chat_wire::Transfer) Negotiator Write
        => room(negotiation::transfer), verb "/v1/negotiations/{id}/transfer";
        d: "`conversation, to`", ok: "`{\"seq\"}`; `to` is a colleague who negotiates";
    /// Ends it.
    NegotiationClose "negotiation.close" Reply(chat_wire::One) Negotiator Write
        => room(|who, one| negotiation::command(who, one.conversation, Command::Turn(Turn::Close))), verb "/v1/negotiations/{id}/close";
        d: "`conversation`", ok: "`{\"seq\"}`";
    /// Takes it up again.
    NegotiationReopen "negotiation.reopen" Reply(chat_wire::One) Negotiator Write
        => room(negotiation::reopen), verb "/v1/negotiations/{id}/reopen";
        d: "`conversation`", ok: "`{\"seq\"}`, once it is certain that no other one of the pair is open; once claimed, by assignee and administrators like close; by the side that blocked it lifts the block, even where it is refused because the other side blocks too";
    /// Ends it for good, until the same side reopens.
    NegotiationBlock "negotiation.block" Reply(chat_wire::One) Negotiator Write
        => room(negotiation::block), verb "/v1/negotiations/{id}/block";
        d: "`conversation`", ok: "`{\"seq\"}`; once claimed, by assignee and administrators. Between the two enterprises: whatever is open ends, by `blocked` entries of the hub, and nothing of theirs is started, reopened or written by anybody of either side until it is lifted; each side blocks for itself";
    /// Tells the committee of misconduct.
    NegotiationReport "negotiation.report" Reply(chat_wire::Report) Negotiator Rare
        => room(|who, report| negotiation::command(who, report.conversation, Command::Report(report))), verb "/v1/negotiations/{id}/report";
        d: "`conversation, seq?, reason` (1..500)", ok: "`{\"report\"}`; the committee reads it";
    /// Joins a room for measuring (bench mode only).
    BenchJoin "bench.join" Reply(BenchJoin) Bench Free => room(bench::join);
        d: "`room`", ok: "`{}`";
    /// Sends to all its members (bench mode only).
    BenchPublish "bench.publish" OneWay(BenchPublish) Bench Free => room(bench::publish);
        d: "`room, data`", ok: "";
}

/// A body of a socket's request becomes an operation.
///
/// # Errors
/// `bad_request`: a body that is missing, has wrong types, or fields that the operation does not know.
pub fn decode(name: Name, body: Option<&RawValue>) -> Result<Op, Failure> {
    decode_text(name, body.map_or("{}", RawValue::get), wire::BODY)
}

/// The same, from text; fields are named below `root`.
///
/// # Errors
/// As [`decode`].
pub fn decode_text(name: Name, body: &str, root: &str) -> Result<Op, Failure> {
    // serde would fill any struct from an array, by position. No operation takes one; the bench's data is not read.
    if !is_object(body) || (name != Name::BenchPublish && holds_array(body)) {
        return Err(Failure::new(Code::BadRequest, "an array where an object belongs").field(root, "wrong_type"));
    }
    Op::from_body(name, body).map_err(|error| shape(&error, root))
}

/// What is told of a body that does not fit, with the field as a JSON pointer below `root`.
#[must_use]
pub fn shape(error: &serde_json::Error, root: &str) -> Failure {
    // serde names the field or the expected type; positions mean little inside a frame.
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or("wrong shape").to_owned();
    let code = if message.starts_with("unknown field") {
        "unknown"
    } else if message.starts_with("duplicate field") {
        "duplicate"
    } else if message.starts_with("missing field") {
        "missing"
    } else {
        "wrong_type"
    };
    // Of a wrong type only the value is quoted, never its field.
    let field = message.split('`').nth(1).filter(|_quoted| code != "wrong_type");
    let at = field.map_or_else(|| root.to_owned(), |field| format!("{root}/{field}"));
    Failure::new(Code::BadRequest, message).field(at, code)
}

#[cfg(test)]
mod tests;
