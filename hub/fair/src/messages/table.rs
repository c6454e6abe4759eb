//! The tables of messages to phones and mailboxes. Declares only.

use storage::Hidden;
use storage::ids::Millis;

use super::{Channel, Delivery};

storage::table! {
    /// A message by its cause. The truth about it; forgotten after thirty days.
    pub MessageRows: guarded, clustered, "messages", version 1, ttl 2_592_000;
    partition MessagePart { key: String }
    clustering MessageKey {}
    row MessageRow {
        channel: Channel,
        template: String,
        locale: String,
        /// the address with its middle hidden, for operators.
        masked: String,
        /// a sealed letter; none once nobody needs it any more.
        sealed: Option<Hidden<Vec<u8>>>,
        state: Delivery,
        /// how often it was given to the provider, or was about to be.
        tries: i64,
        /// why the last try failed; never says to whom.
        error: Option<String>,
        created: Millis,
        updated: Millis,
        /// not tried earlier.
        next: Millis,
        /// being tried until then; 0: by nobody.
        until: Millis,
        /// worth nothing later.
        expires: Millis,
    }
    patch MessagePatch
}

storage::table! {
    /// Messages by the day of their making, for lists. A key that is here at another time than its row was made, or has no
    /// row, is passed over.
    pub MessageDays: plain, clustered, "message_days", version 1, ttl 2_592_000;
    partition MessageDayPart {
        /// days since the epoch.
        day: i64,
    }
    clustering MessageDayKey { at: Millis, key: String }
    row MessageDayRow { channel: Channel }
    patch MessageDayPatch
}
