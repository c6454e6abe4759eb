use scylla::errors::OperationType;

use super::*;

#[test]
fn only_what_was_said_before_it_began_is_told_as_not_done() {
    let unavailable = |consistency| DbError::Unavailable { consistency, required: 2, alive: 1 };
    let limited = |rejected_by_coordinator| {
        let op_type = OperationType::Write;
        DbError::RateLimitReached { op_type, rejected_by_coordinator }
    };
    let (not_done, full, unknown) = (StoreError::Unavailable, StoreError::Overloaded, StoreError::Unknown);
    for (asked, error, told) in [
        (Asked::Conditional, unavailable(Consistency::Serial), &not_done),
        (Asked::Conditional, unavailable(Consistency::LocalSerial), &not_done),
        (Asked::Conditional, unavailable(Consistency::LocalQuorum), &unknown),
        (Asked::Conditional, unavailable(Consistency::Quorum), &unknown),
        (Asked::Write, unavailable(Consistency::LocalQuorum), &not_done),
        (Asked::Read, unavailable(Consistency::LocalQuorum), &not_done),
        (Asked::Conditional, DbError::Overloaded, &unknown),
        (Asked::Write, DbError::Overloaded, &unknown),
        (Asked::Read, DbError::Overloaded, &full),
        (Asked::Conditional, limited(true), &full),
        (Asked::Conditional, limited(false), &unknown),
        (Asked::Write, limited(false), &unknown),
        (Asked::Conditional, DbError::Other(0x1700), &unknown),
        (Asked::Conditional, DbError::IsBootstrapping, &not_done),
    ] {
        assert_eq!(refused(asked, &error, ""), *told, "{asked:?}: {error}");
    }
}
