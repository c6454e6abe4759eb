//! The tables of accounts, in the shape of CQL partitions. Declares only; what they mean is in the modules that use them.

use storage::Hidden;
use storage::ids::{EnterpriseId, Millis, NotificationId, RecordId, SessionId, UploadId, UserId};

use crate::kind::{Duty, Kind, Role, State};
use crate::uploads::{Format, UploadState, Use};

storage::table! {
    /// An enterprise, an institution or the committee.
    pub Enterprises: guarded, clustered, "enterprises", version 2;
    partition EnterprisesPart { id: EnterpriseId }
    clustering EnterprisesKey {}
    row EnterpriseRow {
        kind: Kind,
        /// as typed; unique without regard to case.
        identifier: String,
        name: String,
        name_en: Option<String>,
        created: Millis,
        /// of an institution.
        role: Option<Role> [since 2],
    }
    patch EnterprisePatch
}

storage::table! {
    /// Who holds an identifier (lower case). Makes it unique; never given to another.
    pub Identifiers: guarded, clustered, "identifiers", version 1;
    partition IdentifiersPart { identifier: String }
    clustering IdentifiersKey {}
    row IdentifierRow { enterprise: EnterpriseId }
    patch IdentifierPatch
}

storage::table! {
    /// Enterprises by the beginning of a name: a view of [`Enterprises`], one row per name.
    pub Directory: plain, clustered, "directory", version 2;
    partition DirectoryPart { kind: Kind }
    clustering DirectoryKey {
        /// lower case.
        name: String,
        id: EnterpriseId,
    }
    row DirectoryRow { identifier: String, shown: String, shown_en: Option<String>, role: Option<Role> [since 2] }
    patch DirectoryPatch
}

storage::table! {
    /// A person's account. The truth about their rights.
    pub Users: guarded, clustered, "users", version 2;
    partition UsersPart { id: UserId }
    clustering UsersKey {}
    row UserRow {
        kind: Kind,
        enterprise: Option<EnterpriseId>,
        username: String,
        name: String,
        duty: Option<Duty>,
        admin: bool,
        /// a PHC string; none: no login by password.
        password: Option<Hidden<String>>,
        /// a sealed [`crate::Contact`].
        contact: Option<Hidden<Vec<u8>>>,
        state: State,
        /// raised by every change that must end open tokens.
        rights: i64,
        created: Millis,
        /// a sealed [`crate::personnel::Person`].
        person: Option<Hidden<Vec<u8>>> [since 2],
    }
    patch UserPatch
}

storage::table! {
    /// Whose login (identifier or empty, username; lower case) it is. Makes it unique; never given to another.
    pub Logins: guarded, clustered, "logins", version 1;
    partition LoginsPart { identifier: String, username: String }
    clustering LoginsKey {}
    row LoginRow { user: UserId }
    patch LoginPatch
}

storage::table! {
    /// The people of a team: a view of [`Users`], written with the user row's version so that the later one stands.
    pub Members: ordered, clustered, "members", version 1;
    partition MembersPart { enterprise: EnterpriseId }
    clustering MembersKey { user: UserId }
    row MemberRow { username: String, name: String, duty: Option<Duty>, admin: bool, active: bool }
    patch MemberPatch
}

storage::table! {
    /// Living sessions; an ended one has no row. Unused for thirty days, it vanishes.
    pub Sessions: guarded, clustered, "sessions", version 1, ttl 2_592_000;
    partition SessionsPart { user: UserId }
    clustering SessionsKey { session: SessionId }
    row SessionRow {
        /// of the refresh token that is good now.
        generation: i64,
        created: Millis,
        used: Millis,
        /// what the client calls itself.
        device: Option<String>,
    }
    patch SessionPatch
}

storage::table! {
    /// What ended rights early, in hours. Read by every hub twice a second; older than a token's life it says nothing.
    pub Revocations: plain, clustered, "revocations", version 2, ttl 86_400;
    partition RevocationsPart {
        /// hours since the epoch.
        hour: i64,
    }
    clustering RevocationsKey {
        at: Millis,
        /// random, so that two of one millisecond both stand.
        id: i64,
    }
    row RevocationRow {
        user: UserId,
        /// that one only; none: every session of the user.
        session: Option<SessionId>,
        /// tokens carrying an older version of the rights end.
        rights: i64,
        /// the person stays signed in and gets new rights by refreshing.
        refresh: bool,
        /// the last token concerned has ended then; none: as long as the row lives.
        until: Option<Millis> [since 2],
    }
    patch RevocationPatch
}

storage::table! {
    /// A person's in-app notifications, for ninety days.
    pub Notifications: plain, clustered, "notifications", version 1, ttl 7_776_000;
    partition NotificationsPart { user: UserId }
    clustering NotificationsKey {
        /// of the cause.
        at: Millis,
        /// from the cause, so that the same cause makes one row.
        id: NotificationId,
    }
    row NotificationRow {
        kind: String,
        /// JSON.
        body: String,
        read: Option<Millis>,
    }
    patch NotificationPatch
}

storage::table! {
    /// Answers by a client's `Idempotency-Key`, for a week.
    pub IdempotencyRows: guarded, clustered, "idempotency", version 1, ttl 604_800;
    partition IdempotencyPart { user: UserId }
    clustering IdempotencyKey { key: String }
    row IdempotencyRow {
        /// SHA-256 of the request.
        fingerprint: Vec<u8>,
        /// answered; else somebody is at it, or was.
        done: bool,
        /// random, whose it is.
        claim: i64,
        /// random, for what the request makes; the same whoever takes it over.
        object: i64,
        /// of the claim.
        created: Millis,
        /// of HTTP; 0 before the answer.
        status: i64,
        /// none before the answer, and for too long a one.
        body: Option<Hidden<String>>,
    }
    patch IdempotencyPatch
}

storage::table! {
    /// What is due in a minute, whoever lives then. Removed when it is done; what nobody did is forgotten after thirty
    /// days.
    pub DueRows: guarded, clustered, "due", version 1, ttl 2_592_000;
    partition DuePart {
        /// since the epoch; nothing in it is due earlier.
        minute: i64,
        /// from what is due, so that a busy minute is spread.
        slot: i64,
    }
    clustering DueKey {
        /// what to do.
        kind: String,
        /// with what.
        key: String,
    }
    row DueRow {
        /// claimed until then; 0: free.
        until: Millis,
    }
    patch DuePatch
}

storage::table! {
    /// Before which minute nothing that was due is left: from where a hub looks when it starts. The latest stands.
    pub DueMarks: ordered, clustered, "due_marks", version 1;
    partition DueMarksPart {
        /// 0: there is one.
        id: i64,
    }
    clustering DueMarksKey {}
    row DueMarkRow {
        /// since the epoch.
        minute: i64,
    }
    patch DueMarkPatch
}

storage::table! {
    /// An uploaded file: the truth about it, from before its first byte came.
    pub UploadRows: guarded, clustered, "uploads", version 1;
    partition UploadPart { id: UploadId }
    clustering UploadKey {}
    row UploadRow {
        /// `team/<id>` or `person/<id>`.
        owner: String,
        by: UserId,
        used_for: Use,
        state: UploadState,
        /// when it became what it is: of its state, and of belonging to no record.
        since: Millis,
        /// none before it is stored.
        format: Option<Format>,
        bytes: i64,
        /// of a picture.
        width: Option<i64>,
        /// of a picture.
        height: Option<i64>,
        /// SHA-256 of its bytes.
        digest: Option<Vec<u8>>,
        /// as its owner calls it; not a picture's.
        name: Option<Hidden<String>>,
        /// what it belongs to, such as `booth/<id>`.
        record: Option<String>,
        /// the institution that sees it though it is private.
        reader: Option<EnterpriseId>,
        /// what a bucket calls it while its bytes are coming.
        token: Option<String>,
    }
    patch UploadPatch
}

storage::table! {
    /// What an owner's uploads take of their quota: a row each, and under id 0 all of them together.
    pub UploadShares: guarded, clustered, "upload_shares", version 1;
    partition UploadSharePart { owner: String }
    clustering UploadShareKey { id: UploadId }
    row UploadShareRow {
        bytes: i64,
        /// 1 of an upload.
        files: i64,
    }
    patch UploadSharePatch
}

storage::table! {
    /// Records that have a life: each with its log in one partition, so that a step and its line are one write.
    pub Records: guarded, clustered, "records", version 1, op op_id;
    partition RecordsPart { kind: String, id: RecordId }
    clustering RecordsKey {
        /// 0: as it stands; n: what made version n, never changed.
        line: i64,
    }
    row RecordRow {
        /// of the step.
        op_id: u128,
        action: String,
        /// the state before; none where it was made.
        before: Option<String>,
        /// the state since.
        state: String,
        owner: EnterpriseId,
        /// none: the committee.
        reviewer: Option<EnterpriseId>,
        /// none: the fair itself.
        actor: Option<UserId>,
        /// of the record.
        created: Millis,
        /// of the step.
        at: Millis,
        /// JSON, sealed: all fields, or of a line those it set and its note.
        sealed: Hidden<Vec<u8>>,
    }
    patch RecordPatch
}

storage::table! {
    /// Steps whose effects may not be delivered yet, by the batch that is due. Removed when they are; what stays behind a
    /// batch that is gone means nothing.
    pub OutboxRows: plain, clustered, "outbox", version 1, ttl 2_592_000;
    partition OutboxPart {
        /// random.
        batch: i64,
    }
    clustering OutboxKey {
        /// `<kind>/<id>/<version>/<operation>`.
        cause: String,
    }
    row OutboxRow { at: Millis }
    patch OutboxPatch
}

storage::table! {
    /// Records by owner, by reviewer and by kind: views of [`Records`], written with the record's version so that the later
    /// state stands.
    pub RecordLists: ordered, clustered, "record_lists", version 1;
    partition RecordListsPart { list: String }
    clustering RecordListsKey { created: Millis, id: RecordId }
    row RecordListRow { state: String }
    patch RecordListPatch
}

/// Every table of this crate.
pub const ALL: &[&storage::Spec] = &[
    <Enterprises as storage::Table>::SPEC,
    <Identifiers as storage::Table>::SPEC,
    <Directory as storage::Table>::SPEC,
    <Users as storage::Table>::SPEC,
    <Logins as storage::Table>::SPEC,
    <Members as storage::Table>::SPEC,
    <Sessions as storage::Table>::SPEC,
    <Revocations as storage::Table>::SPEC,
    <Notifications as storage::Table>::SPEC,
    <IdempotencyRows as storage::Table>::SPEC,
    <DueRows as storage::Table>::SPEC,
    <DueMarks as storage::Table>::SPEC,
    <crate::audit::tables::AuditEntries as storage::Table>::SPEC,
    <crate::audit::tables::AuditIndex as storage::Table>::SPEC,
    <crate::audit::tables::AuditHeads as storage::Table>::SPEC,
    <UploadRows as storage::Table>::SPEC,
    <UploadShares as storage::Table>::SPEC,
    <Records as storage::Table>::SPEC,
    <RecordLists as storage::Table>::SPEC,
    <OutboxRows as storage::Table>::SPEC,
    <crate::messages::table::MessageRows as storage::Table>::SPEC,
    <crate::messages::table::MessageDays as storage::Table>::SPEC,
    <crate::codes::table::CodeRows as storage::Table>::SPEC,
    <crate::registration::table::Registrations as storage::Table>::SPEC,
    <crate::registration::table::EnterpriseNames as storage::Table>::SPEC,
    <crate::registration::table::EnterpriseDetails as storage::Table>::SPEC,
    <crate::registration::table::Registrants as storage::Table>::SPEC,
    <crate::personnel::table::DocumentClaims as storage::Table>::SPEC,
    <crate::booths::slot::BoothSlots as storage::Table>::SPEC,
    <crate::exhibits::number::ExhibitNumbers as storage::Table>::SPEC,
    <crate::showcase::table::ShowcasePages as storage::Table>::SPEC,
    <crate::showcase::table::ShowcaseLists as storage::Table>::SPEC,
];
