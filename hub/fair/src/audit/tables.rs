//! Where the record of deeds lies. Declares only.

use storage::Hidden;
use storage::ids::{EnterpriseId, Millis, Seq, UserId};

storage::table! {
    /// The chain: each entry is written once, under `Absent` of its seq.
    pub AuditEntries: guarded, log, "audit_entries", version 1, op op_id;
    partition AuditPart {
        /// [`super::BUCKET_ENTRIES`] of them lie in one.
        bucket: i64,
    }
    clustering AuditKey { seq: Seq }
    row AuditRow {
        at: Millis,
        /// none: the hub itself, or an operator.
        actor: Option<UserId>,
        enterprise: Option<EnterpriseId>,
        action: String,
        object_kind: String,
        object_id: String,
        /// sealed, bound to the key.
        note: Option<Hidden<Vec<u8>>>,
        /// names the deed: recorded again it makes no second entry.
        key: String,
        /// drawn anew for each entry, kept when its append is repeated.
        op_id: u128,
        /// over all of this and the mark of the entry before.
        mark: Vec<u8>,
    }
    patch AuditPatch
}

storage::table! {
    /// Which entries are about something: a view of [`AuditEntries`], written behind them.
    pub AuditIndex: plain, clustered, "audit_index", version 1;
    partition AuditIndexPart {
        /// `key/...`, `object/<kind>/<id>` or `actor/<id>`.
        about: String,
    }
    clustering AuditIndexKey { seq: Seq }
    row AuditIndexRow { at: Millis }
    patch AuditIndexPatch
}

storage::table! {
    /// How long the chain is known to be, so that an end that was cut off is missed. The latest stands.
    pub AuditHeads: ordered, clustered, "audit_heads", version 1;
    partition AuditHeadPart {
        /// 0: there is one.
        id: i64,
    }
    clustering AuditHeadKey {}
    row AuditHeadRow {
        seq: Seq,
        /// of that entry.
        mark: Vec<u8>,
        /// over both, by the fair's key.
        seal: Vec<u8>,
    }
    patch AuditHeadPatch
}
