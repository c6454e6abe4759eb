//! Who may do what, pure: what each right asks of an account. Which right an operation needs stands in its row, of sockets
//! ([`crate::op`]) and REST alike; every one passes [`allow`].
//!
//! What depends on an object (is this conversation yours?) is decided where the object lives; what is foreign is
//! `not_found` there. **Source**: SPEC 2.2.

use crate::code::Code;
use crate::principal::{Duty, Kind, Principal};

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
    /// An institution, or the organising committee. **Source**: SPEC 2.2.
    Reviewer,
    /// The organising committee. **Source**: SPEC 2.1.
    Committee,
    /// Who answers for people: the administrator of their own team, or the committee. **Source**: SPEC 7.
    Overseer,
    /// Whatever the bench mode admits: everybody, and nobody without it.
    Bench,
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
            who.kind == Kind::Enterprise && who.enterprise.is_some() && who.duty.is_some_and(Duty::negotiates)
        }
        Right::Reviewer => matches!(who.kind, Kind::Institution | Kind::Committee),
        Right::Committee => who.kind == Kind::Committee,
        Right::Overseer => who.kind == Kind::Committee || (who.admin && who.enterprise.is_some()),
        Right::Administrator => who.admin && who.enterprise.is_some(),
    };
    if allowed { Ok(()) } else { Err(Code::Forbidden) }
}

#[cfg(test)]
mod tests;
