//! Whose document it is. Declares only.

use storage::ids::{Millis, UserId};

storage::table! {
    /// Who has a document in this fair, by a mark that does not tell its number. Makes it unique.
    pub DocumentClaims: guarded, clustered, "document_claims", version 1;
    partition DocumentClaimPart {
        /// of type and number, by the fair's key.
        mark: Vec<u8>,
    }
    clustering DocumentClaimKey {}
    row DocumentClaimRow {
        user: UserId,
        /// of the claim: the person's record follows it at once.
        at: Millis,
    }
    patch DocumentClaimPatch
}
