//! The closed list of socket operations: their names, whether they are answered, and how a body becomes an [`Op`].
//!
//! To add one: a line here, its right in `policy`, its rule in the feature crate, a test.

use chat::wire as chat_wire;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::code::Code;
use crate::socket::Weight;
use crate::wire::{Failure, holds_array, is_object};

/// `session.open`.
#[derive(Debug, Clone, Deserialize)]
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
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionRefresh {
    /// The new access token, of the same user.
    pub token: String,
}

/// `ping`, and whatever else has no fields.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// `bench.join`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchJoin {
    /// Any name, 1..=64 characters.
    pub room: String,
}

/// `bench.publish`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchPublish {
    /// Any name, 1..=64 characters.
    pub room: String,
    /// Passed on as it is.
    pub data: Box<RawValue>,
}

/// Whether an operation has a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// One reply, always.
    Reply,
    /// Never answered; errors come as `error` events or are dropped.
    OneWay,
}

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $answer:ident, $body:ty;)*) => {
        /// A decoded operation.
        #[derive(Debug)]
        pub enum Op { $($(#[$doc])* $name($body),)* }

        /// An operation's name, without its body: what the policy and the limits are keyed by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name { $($(#[$doc])* $name,)* }

        /// Every operation, in the order of the protocol's tables.
        pub const NAMES: &[Name] = &[$(Name::$name),*];

        impl Name {
            /// Its word on the wire.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Whether it is answered.
            #[must_use]
            pub const fn answer(self) -> Answer {
                match self { $(Self::$name => Answer::$answer),* }
            }

            /// What a request of it takes of the open ones: those that are answered with a page take much.
            #[must_use]
            pub const fn weight(self) -> Weight {
                let is_page = matches!(self, Self::InboxList | Self::NegotiationOpen | Self::NegotiationHistory);
                if is_page { Weight::Heavy } else { Weight::Light }
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
        }
    };
}

ops! {
    /// Is the line alive?
    Ping, "ping", Reply, Empty;
    /// Who is speaking.
    SessionOpen, "session.open", Reply, SessionOpen;
    /// A newer token for the same user.
    SessionRefresh, "session.refresh", Reply, SessionRefresh;
    /// The conversations of the caller's enterprise.
    InboxList, "inbox.list", Reply, chat_wire::InboxList;
    /// Begins a conversation, or finds the open one.
    NegotiationStart, "negotiation.start", Reply, chat_wire::Start;
    /// Reads and subscribes.
    NegotiationOpen, "negotiation.open", Reply, chat_wire::Open;
    /// Unsubscribes.
    NegotiationLeave, "negotiation.leave", Reply, chat_wire::One;
    /// Says something.
    NegotiationSend, "negotiation.send", Reply, chat_wire::Send;
    /// Older entries.
    NegotiationHistory, "negotiation.history", Reply, chat_wire::History;
    /// Moves the caller's read mark.
    NegotiationRead, "negotiation.read", Reply, chat_wire::At;
    /// Takes an own text back.
    NegotiationRecall, "negotiation.recall", Reply, chat_wire::At;
    /// Shows that the caller types.
    NegotiationTyping, "negotiation.typing", OneWay, chat_wire::One;
    /// Takes a conversation in hand.
    NegotiationClaim, "negotiation.claim", Reply, chat_wire::One;
    /// Gives it back to the team.
    NegotiationRelease, "negotiation.release", Reply, chat_wire::One;
    /// Hands it to a colleague.
    NegotiationTransfer, "negotiation.transfer", Reply, chat_wire::Transfer;
    /// Ends it.
    NegotiationClose, "negotiation.close", Reply, chat_wire::One;
    /// Takes it up again.
    NegotiationReopen, "negotiation.reopen", Reply, chat_wire::One;
    /// Ends it for good, until the same side reopens.
    NegotiationBlock, "negotiation.block", Reply, chat_wire::One;
    /// Tells the committee of misconduct.
    NegotiationReport, "negotiation.report", Reply, chat_wire::Report;
    /// Joins a room for measuring (bench mode only).
    BenchJoin, "bench.join", Reply, BenchJoin;
    /// Sends to all its members (bench mode only).
    BenchPublish, "bench.publish", OneWay, BenchPublish;
}

/// A body becomes an operation.
///
/// # Errors
/// `bad_request`: a body that is missing, has wrong types, or fields that the operation does not know.
pub fn decode(name: Name, body: Option<&RawValue>) -> Result<Op, Failure> {
    let body = body.map_or("{}", RawValue::get);
    // serde would fill any struct from an array, by position. No operation takes one; the bench's data is not read.
    if !is_object(body) || (name != Name::BenchPublish && holds_array(body)) {
        return Err(Failure::new(Code::BadRequest, "an array where an object belongs").field("/d", "wrong_type"));
    }
    Op::from_body(name, body).map_err(|error| shape(&error, "/d"))
}

/// What is told of a body that does not fit, with the field as a JSON pointer below `root`.
#[must_use]
pub fn shape(error: &serde_json::Error, root: &str) -> Failure {
    // serde names the field or the expected type; positions mean little inside a frame.
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or("wrong shape").to_owned();
    let code = if message.starts_with("unknown field") {
        "unknown"
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
