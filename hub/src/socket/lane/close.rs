//! The ways in which the server ends a socket.

use crate::code::Code;
use crate::socket::Closing;
use crate::socket::decode::Violation;
use crate::socket::frame::Frame;

/// What the close frame says, and what happens after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::socket) enum CloseWith {
    /// For a reason of ours; the peer answers with its close frame.
    Reason(Closing),
    /// The peer broke the protocol: nothing it says is read any more.
    Broken(Violation),
    /// The peer closed: its code is repeated.
    Echo(Option<u16>),
}

impl CloseWith {
    pub(super) fn frame(self) -> Frame {
        match self {
            Self::Reason(closing) => Frame::close(closing),
            Self::Broken(violation) => match code_of(violation) {
                Ok(code) => Frame::close(Closing::new(code)),
                Err(number) => Frame::close_number(Some(number)),
            },
            Self::Echo(number) => Frame::close_number(number),
        }
    }

    /// Whether the write side ends with the close frame, because no answer is awaited.
    pub(super) const fn ends_writing(self) -> bool {
        !matches!(self, Self::Reason(_))
    }

    /// Whether frames that wait are worth nothing any more.
    pub(super) const fn drops_queue(self) -> bool {
        matches!(self, Self::Reason(Closing { code: Code::SlowConsumer | Code::Idle, .. }))
    }

    /// Its word in metrics.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Reason(closing) => closing.code.text(),
            Self::Broken(violation) => code_of(violation).map_or("protocol_error", Code::text),
            Self::Echo(_) => "peer",
        }
    }
}

/// The code of a broken limit, or the number of RFC 6455 section 7.4.1 for a broken rule.
fn code_of(violation: Violation) -> Result<Code, u16> {
    match violation {
        Violation::Protocol(_) => Err(1002),
        Violation::Utf8 => Err(1007),
        Violation::TooLarge => Ok(Code::TooLarge),
        Violation::TooManyFragments => Ok(Code::Flood),
        Violation::TooSlow => Ok(Code::BadFrame),
    }
}
