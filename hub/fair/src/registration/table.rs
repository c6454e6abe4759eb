//! The tables of registrations and of what they leave. Declares only.

use storage::Hidden;
use storage::ids::{EnterpriseId, Millis, UserId};

use super::{Entry, Step};
use crate::kind::Kind;

storage::table! {
    /// Registrations by their code, for thirty days.
    pub Registrations: guarded, clustered, "registrations", version 1, ttl 2_592_000;
    partition RegistrationPart { id: String }
    clustering RegistrationKey {}
    row RegistrationRow {
        step: Step,
        /// a keyed hash of what was sent.
        fingerprint: Hidden<Vec<u8>>,
        /// what will be written; none once it is, or is not to be.
        sealed: Option<Hidden<Vec<u8>>>,
        enterprise: Option<EnterpriseId>,
        user: UserId,
        kind: Kind,
        /// whose name is another's: a field.
        taken: Option<String>,
        created: Millis,
    }
    patch RegistrationPatch
}

storage::table! {
    /// Who has an enterprise's name, folded. Makes it unique.
    pub EnterpriseNames: guarded, clustered, "enterprise_names", version 1;
    partition EnterpriseNamePart { name: String }
    clustering EnterpriseNameKey {}
    row EnterpriseNameRow { enterprise: EnterpriseId }
    patch EnterpriseNamePatch
}

storage::table! {
    /// What an enterprise said of itself beside its names.
    pub EnterpriseDetails: guarded, clustered, "enterprise_details", version 1;
    partition EnterpriseDetailPart { id: EnterpriseId }
    clustering EnterpriseDetailKey {}
    row EnterpriseDetailRow {
        entry: Entry,
        /// a code of the regions.
        place: String,
        address: String,
        /// a code of the industries.
        industry: String,
        /// codes of the interests, a JSON array.
        interests: String,
        /// sealed: how other enterprises may reach it.
        contact_info: Option<Hidden<Vec<u8>>>,
    }
    patch EnterpriseDetailPatch
}

storage::table! {
    /// What a person who registered agreed to, and when.
    pub Registrants: guarded, clustered, "registrants", version 1;
    partition RegistrantPart { user: UserId }
    clustering RegistrantKey {}
    row RegistrantRow {
        /// the version of the rules.
        agreement: String,
        agreed: Millis,
        /// of journalists: for whom they write.
        organisation: Option<String>,
    }
    patch RegistrantPatch
}
