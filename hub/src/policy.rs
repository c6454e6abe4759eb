//! Who may do what: one table, pure. Every operation, over sockets and REST, passes [`allow`].
//!
//! What depends on an object (is this conversation yours?) is decided where the object lives; what is foreign is
//! `not_found` there. **Source**: SPEC 2.2.

use crate::code::Code;
use crate::op::Name;
use crate::principal::{Kind, Principal};

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Nothing: guests too.
    Anyone,
    /// An account.
    Account,
    /// An enterprise account whose duty lets it negotiate. **Source**: L434, D-09, D-39.
    Negotiator,
    /// The administrator of the caller's own enterprise or institution.
    Administrator,
    /// Whatever the bench mode admits: everybody, and nobody without it.
    Bench,
}

/// REST operations that are not socket operations too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rest {
    /// The caller's own record, sessions, password, notifications.
    Own,
    /// Finding an enterprise by name.
    EnterpriseSearch,
    /// The members of the caller's own team, with what colleagues may see.
    TeamRead,
    /// Changing members: duty, password reset, deletion.
    TeamWrite,
}

/// Every REST operation of its own.
pub const REST: &[Rest] = &[Rest::Own, Rest::EnterpriseSearch, Rest::TeamRead, Rest::TeamWrite];

/// The table for socket operations.
#[must_use]
pub const fn right(name: Name) -> Right {
    match name {
        Name::Ping | Name::SessionOpen | Name::SessionRefresh => Right::Anyone,
        Name::InboxList
        | Name::NegotiationStart
        | Name::NegotiationOpen
        | Name::NegotiationLeave
        | Name::NegotiationSend
        | Name::NegotiationHistory
        | Name::NegotiationRead
        | Name::NegotiationRecall
        | Name::NegotiationTyping
        | Name::NegotiationClaim
        | Name::NegotiationRelease
        | Name::NegotiationTransfer
        | Name::NegotiationClose
        | Name::NegotiationReopen
        | Name::NegotiationBlock
        | Name::NegotiationReport => Right::Negotiator,
        Name::BenchJoin | Name::BenchPublish => Right::Bench,
    }
}

/// The table for REST operations of their own.
#[must_use]
pub const fn rest_right(rest: Rest) -> Right {
    match rest {
        Rest::Own | Rest::EnterpriseSearch | Rest::TeamRead => Right::Account,
        Rest::TeamWrite => Right::Administrator,
    }
}

/// Whether `who` (none: a guest) may do what asks for `right`.
///
/// # Errors
/// `unauthenticated` for a guest where an account is asked for, `forbidden` for the wrong account, `not_found` for
/// bench operations outside bench mode.
pub fn allow(who: Option<&Principal>, right: Right, bench: bool) -> Result<(), Code> {
    if matches!(right, Right::Anyone) {
        return Ok(());
    }
    if matches!(right, Right::Bench) {
        return if bench { Ok(()) } else { Err(Code::NotFound) };
    }
    let who = who.ok_or(Code::Unauthenticated)?;
    let allowed = match right {
        Right::Anyone | Right::Bench | Right::Account => true,
        Right::Negotiator => {
            who.kind == Kind::Enterprise && who.enterprise.is_some() && who.duty.is_some_and(chat::Duty::negotiates)
        }
        Right::Administrator => who.admin && who.enterprise.is_some(),
    };
    if allowed { Ok(()) } else { Err(Code::Forbidden) }
}

#[cfg(test)]
mod tests;
