//! The table of codes. Declares only.

use storage::Hidden;
use storage::ids::Millis;

storage::table! {
    /// Codes for one address or account, and what was tried; counted for a day.
    pub CodeRows: guarded, clustered, "codes", version 1, ttl 90_000;
    partition CodePart {
        /// a keyed hash of the address and of what the code is for.
        subject: String,
    }
    clustering CodeKey {
        /// from 1; the last is the good one.
        serial: i64,
    }
    row CodeRow {
        /// a keyed hash of the code.
        mark: Hidden<Vec<u8>>,
        /// a keyed hash of the network that asked for it.
        network: i64,
        /// wrong ones from that network.
        tries: i64,
        /// wrong ones from all others.
        foreign: i64,
        created: Millis,
        expires: Millis,
    }
    patch CodePatch
}
