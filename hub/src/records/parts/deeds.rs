//! What a request has done, for the record of deeds.

use fair::audit::{Actor, NewEntry, Object};

use crate::handles::Handles;
use crate::principal::Principal;

/// A deed. Its key makes one entry of it, however often it is recorded.
pub struct Deed {
    /// What was done.
    pub action: &'static str,
    /// To what.
    pub object: Object,
    /// Names the deed.
    pub key: String,
    /// A reason or a remark.
    pub note: Option<String>,
}

/// Who is signed in.
#[must_use]
pub const fn actor(who: &Principal) -> Actor {
    Actor { user: Some(who.user), enterprise: who.enterprise }
}

/// Records a deed; durably when answered.
///
/// # Errors
/// As [`fair::Audit::record`].
pub async fn record(hub: &Handles, actor: Actor, deed: Deed) -> fair::Result<()> {
    let Deed { action, object, key, note } = deed;
    let at = hub.ground.clock().now();
    let entry = NewEntry { key, at, actor, action: action.to_owned(), object, note };
    hub.audit.record(entry).await.map(|_seq| ())
}
