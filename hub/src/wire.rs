//! The envelope around every body: requests in, replies and events out. Bodies belong to the feature crates.
//!
//! **Shape**: one JSON object; a frame holds one or more, joined by `\n`. **Source**: WIRE section 1.

use bytes::Bytes;
use chat::time::rfc3339;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use storage::ids::Seq;
use storage::words::Refusal;

use crate::code::Code;
use crate::observe::TraceId;

/// How deep a client's JSON may nest.
pub const DEPTH_MAX: usize = 16;
/// The largest request id: what a JavaScript number holds exactly.
pub const REQUEST_ID_MAX: u64 = (1 << 53) - 1;

/// A request as it arrived; `d` still raw.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope<'a> {
    /// The client's number for the reply; none on one-way operations.
    pub id: Option<u64>,
    /// The operation's name.
    #[serde(borrow)]
    pub op: std::borrow::Cow<'a, str>,
    /// Its body.
    #[serde(borrow)]
    pub d: Option<&'a RawValue>,
}

/// Why a piece of text is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or nested too deep: the socket ends with `bad_frame`.
    Frame,
    /// JSON, but not an envelope: answered `bad_request`, to this id where one could be read.
    Shape(Option<u64>),
}

/// Reads one envelope.
///
/// # Errors
/// [`Malformed`] says whether the line was JSON at all.
pub fn decode(line: &str) -> Result<Envelope<'_>, Malformed> {
    if !nests_within(line.as_bytes(), DEPTH_MAX) {
        return Err(Malformed::Frame);
    }
    // serde would take a struct's fields from an array too, by position.
    if !is_object(line) {
        let json = serde_json::from_str::<serde::de::IgnoredAny>(line);
        return Err(if json.is_ok() { Malformed::Shape(None) } else { Malformed::Frame });
    }
    match serde_json::from_str::<Envelope<'_>>(line) {
        Ok(envelope) if envelope.id.is_some_and(|id| id == 0 || id > REQUEST_ID_MAX) => Err(Malformed::Shape(None)),
        Ok(envelope) => Ok(envelope),
        Err(error) if error.is_data() => Err(Malformed::Shape(salvage_id(line))),
        Err(_syntax) => Err(Malformed::Frame),
    }
}

/// Whether a JSON text is an object, if it is JSON at all.
#[must_use]
pub fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Whether an array stands anywhere outside the strings of a JSON text.
#[must_use]
pub fn holds_array(text: &str) -> bool {
    let (mut in_string, mut escaped) = (false, false);
    text.bytes().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        byte == b'[' && !in_string
    })
}

/// The id of an object that is JSON but no envelope, so that its error finds the request.
fn salvage_id(line: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered {
        id: u64,
    }
    // Syntax behind the first wrong field was not read yet: an unfinished object has no id.
    serde_json::from_str::<Numbered>(line)
        .ok()
        .map(|numbered| numbered.id)
        .filter(|id| (1..=REQUEST_ID_MAX).contains(id))
}

/// Whether brackets outside strings nest at most `max` deep; one pass, no recursion.
fn nests_within(text: &[u8], max: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > max {
                    return false;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

/// What an answer says beside its body; REST takes its status from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing: 200.
    Plain,
    /// Something was made: 201.
    Created,
    /// It had been made before: 200.
    Repeated,
}

impl Mark {
    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Created => 201,
            Self::Plain | Self::Repeated => 200,
        }
    }
}

/// The answer of an operation, encoded once for whoever asked.
#[derive(Debug, Clone)]
pub struct Answer {
    /// **Shape**: one JSON object.
    pub body: Bytes,
    /// See [`Mark`].
    pub mark: Mark,
}

impl Answer {
    /// From its body.
    pub fn of(body: &impl Serialize, mark: Mark) -> Self {
        Self { body: to_bytes(body), mark }
    }

    /// `{}`.
    #[must_use]
    pub const fn empty() -> Self {
        Self { body: Bytes::from_static(b"{}"), mark: Mark::Plain }
    }
}

/// Where a request on a socket has its operation's body.
pub const BODY: &str = "/d";

/// A field that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// A JSON pointer into the body.
    pub at: String,
    /// Which rule.
    pub code: String,
}

/// What a refused request is told, over sockets and REST alike. What rooms and features refuse points into the operation's
/// body: over REST that is the whole one, a socket's request has it in [`BODY`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// From the one table.
    pub code: Code,
    /// For people; never internal detail.
    pub message: String,
    /// When trying again makes sense.
    pub retry_after_ms: Option<u64>,
    /// Which fields.
    pub fields: Vec<FieldError>,
    /// When the window is open that it came outside of. Boxed, because few failures have one.
    pub window: Option<Box<Opening>>,
}

/// The ends of a window. **Shape**: RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// Its first moment, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<String>,
    /// The first moment behind it, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<String>,
}

impl Failure {
    /// A failure with a message and nothing else.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry_after_ms: None, fields: Vec::new(), window: None }
    }

    /// Our own fault: what is logged and what is told share a trace id, and nothing else of it is told.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        let trace = TraceId::random(&mut rand::rng());
        tracing::error!(%trace, %what, "internal failure");
        Self::new(Code::Internal, format!("internal, trace {trace}"))
    }

    /// The same, with a time to wait.
    #[must_use]
    pub const fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// The same, naming a field.
    #[must_use]
    pub fn field(mut self, at: impl Into<String>, code: impl Into<String>) -> Self {
        self.fields.push(FieldError { at: at.into(), code: code.into() });
        self
    }

    /// The same with its fields below `root`: who decides about a body does not know where in its request it stood.
    #[must_use]
    pub fn below(mut self, root: &str) -> Self {
        self.fields.iter_mut().for_each(|field| field.at.insert_str(0, root));
        self
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::new(code, code.text())
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::NotFound => Self::new(Code::NotFound, message),
            Refusal::Forbidden => Self::new(Code::Forbidden, message),
            Refusal::Conflict(_) => Self::new(Code::Conflict, message),
            Refusal::Invalid { at, code } => Self::new(Code::Invalid, message).field(at, code),
            Refusal::Overloaded => Self::new(Code::Overloaded, message).retry_after_ms(1_000),
            Refusal::Unavailable => Self::new(Code::Unavailable, message).retry_after_ms(2_000),
            Refusal::OutcomeUnknown => Self::new(Code::OutcomeUnknown, message).retry_after_ms(2_000),
            Refusal::StorageFull => Self::new(Code::StorageFull, message).retry_after_ms(10_000),
        }
    }
}

impl From<storage::StoreError> for Failure {
    fn from(error: storage::StoreError) -> Self {
        use storage::StoreError as E;
        match error {
            E::Unavailable => Self::from(Code::Unavailable).retry_after_ms(2_000),
            E::Overloaded => Self::from(Code::Overloaded).retry_after_ms(1_000),
            E::Unknown => Self::from(Code::OutcomeUnknown).retry_after_ms(2_000),
            E::Full => Self::from(Code::StorageFull).retry_after_ms(10_000),
            error @ (E::Newer { .. } | E::Corrupt(_) | E::Other(_) | _) => Self::internal(error),
        }
    }
}

impl From<fair::Error> for Failure {
    fn from(error: fair::Error) -> Self {
        use fair::Error as E;
        let message = error.to_string();
        match error {
            E::WrongCredentials => Self::new(Code::Unauthenticated, "账号或密码错误"),
            E::Unauthenticated => Self::new(Code::Unauthenticated, message),
            E::TokenExpired => Self::new(Code::TokenExpired, message),
            E::SessionRevoked => Self::new(Code::SessionRevoked, message),
            E::RateLimited { retry_after_ms } => {
                Self::new(Code::RateLimited, "too often").retry_after_ms(retry_after_ms)
            }
            E::Invalid(fields) => {
                fields.into_iter().fold(Self::new(Code::Invalid, "a rule on a field is broken"), |failure, field| {
                    failure.field(field.at, field.code)
                })
            }
            E::Forbidden => Self::new(Code::Forbidden, message),
            E::Conflict(what) => Self::new(Code::Conflict, what),
            E::Stale => Self::new(Code::Stale, message),
            E::WindowClosed { opens_at, closes_at } => {
                let window = Opening { opens_at: opens_at.map(rfc3339), closes_at: closes_at.map(rfc3339) };
                Self { window: Some(Box::new(window)), ..Self::new(Code::WindowClosed, message) }
            }
            E::Taken(at) => Self::new(Code::Conflict, "that name is taken").field(at, "taken"),
            E::NotFound => Self::new(Code::NotFound, message),
            E::TooLarge => Self::new(Code::TooLarge, message),
            E::BadCursor => Self::new(Code::BadRequest, message).field("/cursor", "unknown"),
            E::Overloaded => Self::new(Code::Overloaded, message).retry_after_ms(2_000),
            E::Store(error) => error.into(),
            E::Internal(what) => Self::internal(what),
        }
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: Code,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    fields: &'a [FieldError],
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    window: Option<&'a Opening>,
}

impl<'a> From<&'a Failure> for ErrorBody<'a> {
    fn from(failure: &'a Failure) -> Self {
        let Failure { code, message, retry_after_ms, fields, window } = failure;
        Self { code: *code, message, retry_after_ms: *retry_after_ms, fields, window: window.as_deref() }
    }
}

#[derive(Serialize)]
struct OkReply<'a, T: ?Sized> {
    id: u64,
    ok: &'a T,
}

#[derive(Serialize)]
struct ErrorReply<'a> {
    id: u64,
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct EventObject<'a, T: ?Sized> {
    ev: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    d: &'a T,
}

fn to_bytes(object: &impl Serialize) -> Bytes {
    // Only maps with non-text keys or failing Serialize impls can fail; our bodies have neither.
    serde_json::to_vec(object).map(Bytes::from).unwrap_or_else(|error| {
        tracing::error!(%error, "a reply does not serialise");
        Bytes::from_static(b"{}")
    })
}

/// `{"id":7,"ok":{...}}`.
pub fn ok<T: Serialize + ?Sized>(id: u64, body: &T) -> Bytes {
    to_bytes(&OkReply { id, ok: body })
}

/// The same around a body that is encoded already.
#[must_use]
pub fn ok_of(id: u64, body: &[u8]) -> Bytes {
    let mut reply = Vec::with_capacity(body.len() + 32);
    reply.extend_from_slice(b"{\"id\":");
    reply.extend_from_slice(id.to_string().as_bytes());
    reply.extend_from_slice(b",\"ok\":");
    reply.extend_from_slice(body);
    reply.push(b'}');
    reply.into()
}

/// `{"id":7,"error":{...}}`.
#[must_use]
pub fn error(id: u64, failure: &Failure) -> Bytes {
    to_bytes(&ErrorReply { id, error: failure.into() })
}

/// `{"ev":"error","d":{...}}`: tells of a failure that has no request to answer.
#[must_use]
pub fn error_event(failure: &Failure) -> Bytes {
    event("error", None, None, &ErrorBody::from(failure))
}

/// `{"ev":"...","room":"...","seq":42,"d":{...}}`.
pub fn event<T: Serialize + ?Sized>(ev: &str, room: Option<&str>, seq: Option<Seq>, body: &T) -> Bytes {
    to_bytes(&EventObject { ev, room, seq, d: body })
}

#[cfg(test)]
mod tests;
