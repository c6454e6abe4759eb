//! Cells on their way to the server and back. Knows no table.

use scylla::cluster::metadata::ColumnType;
use scylla::serialize::SerializationError;
use scylla::serialize::value::SerializeValue;
use scylla::serialize::writers::{CellWriter, WrittenCellProof};
use scylla::value::{CqlValue, Unset};

use crate::error::{Result, StoreError};
use crate::table::Value;

/// A cell to bind.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    /// As it is; a null is written, which removes what stood there.
    Cell(Value),
    /// Left as it stands: a null written where nothing stood would be one more tombstone to read over.
    Unset,
}

impl Bind {
    /// For a row that is known not to be there: its nulls need no writing.
    pub(super) fn fresh(cell: Value) -> Self {
        if cell == Value::Null { Self::Unset } else { Self::Cell(cell) }
    }
}

impl SerializeValue for Bind {
    fn serialize<'b>(
        &self,
        typ: &ColumnType<'_>,
        writer: CellWriter<'b>,
    ) -> Result<WrittenCellProof<'b>, SerializationError> {
        match self {
            Self::Unset => Unset.serialize(typ, writer),
            Self::Cell(Value::Null) => Ok(writer.set_null()),
            Self::Cell(Value::Int(int)) => int.serialize(typ, writer),
            Self::Cell(Value::Text(text)) => text.serialize(typ, writer),
            Self::Cell(Value::Blob(blob)) => blob.serialize(typ, writer),
        }
    }
}

/// What the server sent, as a cell.
pub(super) fn cell(value: Option<CqlValue>) -> Result<Value> {
    match value {
        None => Ok(Value::Null),
        Some(CqlValue::BigInt(int)) => Ok(Value::Int(int)),
        Some(CqlValue::Text(text)) => Ok(Value::Text(text)),
        Some(CqlValue::Blob(blob)) => Ok(Value::Blob(blob)),
        Some(other) => Err(StoreError::Corrupt(format!("expected a bigint, text or blob, found {other:?}"))),
    }
}
