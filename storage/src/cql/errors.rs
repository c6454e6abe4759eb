//! What the driver's errors mean to whoever asked. Decides nothing else.

use scylla::errors::{
    ConnectionError, ConnectionPoolError, DbError, ExecutionError, NewSessionError, PrepareError, RequestAttemptError,
};

use scylla::statement::Consistency;

use crate::error::StoreError;

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing that could have changed anything.
    Read,
    /// A write: when nothing was heard of it, it may have been done.
    Write,
    /// A write through Paxos: what was accepted there is done later whatever its coordinator says then.
    Conditional,
}

impl Asked {
    const fn unheard(self) -> StoreError {
        match self {
            Self::Read => StoreError::Unavailable,
            Self::Write | Self::Conditional => StoreError::Unknown,
        }
    }
}

/// A request's error.
#[expect(clippy::wildcard_enum_match_arm, reason = "the driver adds errors; each unheard-of one is told as it is")]
pub(super) fn failed(asked: Asked, error: &ExecutionError) -> StoreError {
    match error {
        ExecutionError::EmptyPlan | ExecutionError::ConnectionPoolError(_) => StoreError::Unavailable,
        ExecutionError::RequestTimeout(_) => asked.unheard(),
        ExecutionError::LastAttemptError(error) => attempt_failed(asked, error),
        ExecutionError::PrepareError(error) => not_prepared(error),
        other => StoreError::Other(other.to_string()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver adds errors; each unheard-of one is told as it is")]
fn attempt_failed(asked: Asked, error: &RequestAttemptError) -> StoreError {
    match error {
        RequestAttemptError::UnableToAllocStreamId => StoreError::Overloaded,
        RequestAttemptError::BrokenConnectionError(_)
        | RequestAttemptError::BodyExtensionsParseError(_)
        | RequestAttemptError::CqlResultParseError(_)
        | RequestAttemptError::CqlErrorParseError(_)
        | RequestAttemptError::UnexpectedResponse(_) => asked.unheard(),
        RequestAttemptError::DbError(error, words) => refused(asked, error, words),
        other => StoreError::Other(other.to_string()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the server's other errors are defects of ours or of its set-up")]
fn refused(asked: Asked, error: &DbError, words: &str) -> StoreError {
    match error {
        DbError::Unavailable { consistency, .. } => unavailable(asked, *consistency),
        DbError::IsBootstrapping | DbError::Unprepared { .. } => StoreError::Unavailable,
        DbError::RateLimitReached { rejected_by_coordinator: true, .. } => StoreError::Overloaded,
        DbError::Overloaded | DbError::RateLimitReached { .. } => overloaded(asked),
        DbError::ReadTimeout { .. }
        | DbError::WriteTimeout { .. }
        | DbError::ReadFailure { .. }
        | DbError::WriteFailure { .. }
        | DbError::TruncateError
        | DbError::ServerError => asked.unheard(),
        // Of what protocol 5 added, one says of a conditional write that nobody knows.
        DbError::Other(_) if asked != Asked::Read => asked.unheard(),
        other => StoreError::Other(format!("{other}: {words}")),
    }
}

/// Too few replicas live. A conditional write asks twice: before its first round, at its serial consistency, and after
/// its proposal was accepted, before the commit, at that of a write; what was accepted then is finished by whoever comes
/// next. **Source**: `StorageProxy.doPaxos` and `commitPaxos` of Cassandra 3 to 5.
fn unavailable(asked: Asked, consistency: Consistency) -> StoreError {
    match (asked, consistency) {
        (Asked::Conditional, Consistency::Serial | Consistency::LocalSerial) => StoreError::Unavailable,
        (Asked::Conditional, _) => StoreError::Unknown,
        (Asked::Read | Asked::Write, _) => StoreError::Unavailable,
    }
}

/// A coordinator says so before it begins, but also when it has sent a write to some replicas and owes others too many
/// hints; of a conditional write that is its commit. The error does not tell which.
const fn overloaded(asked: Asked) -> StoreError {
    match asked {
        Asked::Read => StoreError::Overloaded,
        Asked::Write | Asked::Conditional => StoreError::Unknown,
    }
}

/// A statement that was never sent, because it could not be prepared.
#[expect(clippy::wildcard_enum_match_arm, reason = "the driver adds errors; each unheard-of one is told as it is")]
pub(super) fn not_prepared(error: &PrepareError) -> StoreError {
    match error {
        PrepareError::ConnectionPoolError(_) => StoreError::Unavailable,
        PrepareError::AllAttemptsFailed { first_attempt } => match attempt_failed(Asked::Read, first_attempt) {
            StoreError::Other(words) => StoreError::Other(format!("a statement cannot be prepared: {words}")),
            known => known,
        },
        other => StoreError::Other(other.to_string()),
    }
}

/// Why no session could be had, in words for whoever starts the program.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are told as they are")]
pub(super) fn not_connected(hosts: &[String], error: &NewSessionError) -> StoreError {
    let hosts = hosts.join(", ");
    StoreError::Other(match error {
        NewSessionError::FailedToResolveAnyHostname(_) => format!("no address is known for {hosts}"),
        other => match root(other) {
            Some(error) if error.contains("Authentication is required") => format!("{hosts} asks for a user"),
            Some(error) if error.contains("uthentication") => format!("{hosts} refuses the user or the password"),
            Some(error) => format!("{hosts} does not answer: {error}"),
            None => format!("{hosts} does not answer: {other}"),
        },
    })
}

/// The connection's own error, below what the driver has to say of its metadata.
fn root(error: &NewSessionError) -> Option<String> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let mut found = None;
    while let Some(error) = source {
        if let Some(ConnectionPoolError::Broken { last_connection_error }) = error.downcast_ref() {
            found = Some(innermost(last_connection_error));
        }
        source = error.source();
    }
    found
}

fn innermost(error: &ConnectionError) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests;
