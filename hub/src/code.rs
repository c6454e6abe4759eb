//! The one table of codes: replies, REST problems and socket closes say the same words.
//!
//! **Source**: WIRE section 2. `hub/PROTOCOL.md` shows this table; a test keeps them equal.

use serde::Serialize;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident, $text:literal, $http:expr, $close:expr;)*) => {
        /// What a client is told when something is not done, or a socket ends.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        /// Every code, in the order of the protocol's table.
        pub const TABLE: &[Code] = &[$(Code::$name),*];

        impl Code {
            /// Its word on the wire.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// Its HTTP status, where REST can answer it.
            #[must_use]
            pub const fn http(self) -> Option<u16> {
                match self { $(Self::$name => $http),* }
            }

            /// Its close code, where it ends a socket. 4000-4499: reconnect with jittered back-off; 4500-4999: do not
            /// until something changes.
            #[must_use]
            pub const fn close(self) -> Option<u16> {
                match self { $(Self::$name => $close),* }
            }
        }
    };
}

codes! {
    /// The hub drains; `retry_after_ms` is spread.
    GoingAway, "going_away", Some(503), Some(4001);
    /// The receiver is too slow; resume by seq.
    SlowConsumer, "slow_consumer", None, Some(4002);
    /// Try later.
    Overloaded, "overloaded", Some(503), Some(4003);
    /// No sign of life.
    Idle, "idle", None, Some(4004);
    /// No `session.open` in time.
    AuthTimeout, "auth_timeout", Some(408), Some(4005);
    /// Refresh, then reconnect.
    TokenExpired, "token_expired", Some(401), Some(4006);
    /// Our fault, logged with a trace.
    Internal, "internal", Some(500), Some(4007);
    /// The store or a peer hub does not answer; nothing was done.
    Unavailable, "unavailable", Some(503), None;
    /// It may or may not have been done: repeat with the same id.
    OutcomeUnknown, "outcome_unknown", Some(504), None;
    /// Writes are refused until there is space.
    StorageFull, "storage_full", Some(507), None;
    /// Not text, not JSON, too deep.
    BadFrame, "bad_frame", Some(400), Some(4500);
    /// A frame or body over its limit.
    TooLarge, "too_large", Some(413), Some(4501);
    /// The token is wrong.
    Unauthenticated, "unauthenticated", Some(401), Some(4502);
    /// The session was ended by a person.
    SessionRevoked, "session_revoked", Some(401), Some(4503);
    /// Limits ignored again and again.
    Flood, "flood", Some(429), Some(4504);
    /// Shape or fields wrong; `fields` says where.
    BadRequest, "bad_request", Some(400), None;
    /// Duty or role does not allow it.
    Forbidden, "forbidden", Some(403), None;
    /// Outside its window of the calendar; `opens_at` and `closes_at` say when it is.
    WindowClosed, "window_closed", Some(403), None;
    /// Unknown, or not yours to see.
    NotFound, "not_found", Some(404), None;
    /// The path takes other methods; `Allow` says which.
    MethodNotAllowed, "method_not_allowed", Some(405), None;
    /// The state does not allow it now.
    Conflict, "conflict", Some(409), None;
    /// `If-Match` or the version lost the race.
    Stale, "stale", Some(412), None;
    /// `If-Match` is missing.
    PreconditionRequired, "precondition_required", Some(428), None;
    /// A rule on a field is broken; `fields` says which.
    Invalid, "invalid", Some(422), None;
    /// Too often; `retry_after_ms`.
    RateLimited, "rate_limited", Some(429), None;
}
