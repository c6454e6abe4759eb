//! The tables of accounts, in the shape of CQL partitions. Declares only; what they mean is in the modules that use them.

use storage::Hidden;
use storage::ids::{EnterpriseId, Millis, NotificationId, SessionId, UserId};

use crate::kind::{Duty, Kind, State};

storage::table! {
    /// An enterprise, an institution or the committee.
    pub Enterprises: guarded, clustered, "enterprises", version 1;
    partition EnterprisesPart { id: EnterpriseId }
    clustering EnterprisesKey {}
    row EnterpriseRow {
        kind: Kind,
        /// as typed; unique without regard to case.
        identifier: String,
        name: String,
        name_en: Option<String>,
        created: Millis,
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
    pub Directory: plain, clustered, "directory", version 1;
    partition DirectoryPart { kind: Kind }
    clustering DirectoryKey {
        /// lower case.
        name: String,
        id: EnterpriseId,
    }
    row DirectoryRow { identifier: String, shown: String, shown_en: Option<String> }
    patch DirectoryPatch
}

storage::table! {
    /// A person's account. The truth about their rights.
    pub Users: guarded, clustered, "users", version 1;
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

/// Every table of this crate.
pub const ALL: [&storage::Spec; 9] = [
    <Enterprises as storage::Table>::SPEC,
    <Identifiers as storage::Table>::SPEC,
    <Directory as storage::Table>::SPEC,
    <Users as storage::Table>::SPEC,
    <Logins as storage::Table>::SPEC,
    <Members as storage::Table>::SPEC,
    <Sessions as storage::Table>::SPEC,
    <Revocations as storage::Table>::SPEC,
    <Notifications as storage::Table>::SPEC,
];
