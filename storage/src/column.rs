//! Which Rust types live in one column, and as what. Never talks to a backend.

use std::fmt;
use std::sync::Arc;

use crate::error::{Result, StoreError};
use crate::ids::{ConversationId, EnterpriseId, Millis, NotificationId, RecordId, Seq, SessionId, UploadId, UserId};
use crate::table::{Column, Kind, Value, wrong_cell};

/// A cell whose content `Debug` does not show: password hashes, sealed personal data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hidden<T>(pub T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl<T: Column> Column for Hidden<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = T::NULLABLE;
    fn to_value(&self) -> Value {
        self.0.to_value()
    }
    fn from_value(value: Value) -> Result<Self> {
        T::from_value(value).map(Self)
    }
}

impl<T: Column> Column for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, Column::to_value)
    }
    fn from_value(value: Value) -> Result<Self> {
        if value == Value::Null { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl Column for i64 {
    const KIND: Kind = Kind::Int;
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
    fn from_value(value: Value) -> Result<Self> {
        if let Value::Int(int) = value { Ok(int) } else { Err(wrong_cell("int", &value)) }
    }
}

impl Column for bool {
    const KIND: Kind = Kind::Int;
    fn to_value(&self) -> Value {
        Value::Int(Self::into(*self))
    }
    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            Value::Null | Value::Int(_) | Value::Text(_) | Value::Blob(_) => Err(wrong_cell("0 or 1", &value)),
        }
    }
}

impl Column for String {
    const KIND: Kind = Kind::Text;
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: Value) -> Result<Self> {
        if let Value::Text(text) = value { Ok(text) } else { Err(wrong_cell("text", &value)) }
    }
}

impl Column for Arc<str> {
    const KIND: Kind = Kind::Text;
    fn to_value(&self) -> Value {
        Value::Text(String::from(&**self))
    }
    fn from_value(value: Value) -> Result<Self> {
        String::from_value(value).map(Self::from)
    }
}

impl Column for Vec<u8> {
    const KIND: Kind = Kind::Blob;
    fn to_value(&self) -> Value {
        Value::Blob(self.clone())
    }
    fn from_value(value: Value) -> Result<Self> {
        if let Value::Blob(blob) = value { Ok(blob) } else { Err(wrong_cell("blob", &value)) }
    }
}

/// Sixteen bytes, big-endian: the order of the bytes is the order of the numbers.
impl Column for u128 {
    const KIND: Kind = Kind::Blob;
    fn to_value(&self) -> Value {
        Value::Blob(self.to_be_bytes().to_vec())
    }
    fn from_value(value: Value) -> Result<Self> {
        let blob = Vec::<u8>::from_value(value)?;
        let bytes = <[u8; 16]>::try_from(blob.as_slice());
        bytes.map(Self::from_be_bytes).map_err(|_length| StoreError::Corrupt("expected 16 bytes".into()))
    }
}

macro_rules! int_newtypes {
    ($($name:ident),*) => {$(
        impl Column for $name {
            const KIND: Kind = Kind::Int;
            fn to_value(&self) -> Value {
                Value::Int(self.0)
            }
            fn from_value(value: Value) -> Result<Self> {
                i64::from_value(value).map(Self)
            }
        }
    )*};
}

int_newtypes!(ConversationId, EnterpriseId, Millis, NotificationId, RecordId, Seq, SessionId, UploadId, UserId);
