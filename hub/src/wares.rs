//! What is on show, as orders and conversations need it: whose it is, what it is called, what it costs. Never decides what
//! is shown: the fair's showcase does.

use fair::orders::Offer;
use storage::ids::RecordId;

use crate::ground::Ground;
use crate::wire::Failure;

/// An exhibit that everybody sees now.
///
/// # Errors
/// The store's.
pub async fn offer(_ground: &Ground, _exhibit: RecordId) -> Result<Option<Offer>, Failure> {
    Ok(None)
}
