//! Whose number it is. Declares only.

use storage::ids::RecordId;

storage::table! {
    /// Numbers of orders. Makes them unique; one whose order was never made stays unused.
    pub OrderNumbers: guarded, clustered, "order_numbers", version 1;
    partition OrderNumberPart {
        /// as its digits are read.
        number: i64,
    }
    clustering OrderNumberKey {}
    row OrderNumberRow { order: RecordId }
    patch OrderNumberPatch
}
