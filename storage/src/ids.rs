//! Identifiers and sequence numbers: one newtype each, so that they cannot be mixed up.
//!
//! Ids are random 63-bit numbers (they fit CQL's `bigint`), unguessable, and travel as 13 characters
//! of Crockford base 32. They never carry meaning and are never reused.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A text that is not an id: not 13 characters of Crockford base 32, or above 63 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct NotAnId;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 13;

fn to_text(mut value: u64) -> [u8; TEXT_LEN] {
    let mut text = [b'0'; TEXT_LEN];
    for place in text.iter_mut().rev() {
        *place = ALPHABET.get((value & 31) as usize).copied().unwrap_or(b'0');
        value >>= 5;
    }
    text
}

fn from_text(text: &str) -> Result<i64, NotAnId> {
    if text.len() != TEXT_LEN {
        return Err(NotAnId);
    }
    let mut value: u64 = 0;
    for byte in text.bytes() {
        let digit = ALPHABET.iter().position(|&letter| letter == byte).ok_or(NotAnId)?;
        value = value.checked_mul(32).ok_or(NotAnId)? | digit as u64;
    }
    i64::try_from(value).map_err(|_above| NotAnId)
}

/// What the text of an id looks like, as a regular expression.
pub const PATTERN: &str = "^[0-7][0-9a-hjkmnp-tv-z]{12}$";

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// A new random id.
            pub fn random(rng: &mut impl rand::Rng) -> Self {
                Self(i64::from_be_bytes(rng.next_u64().to_be_bytes()) & i64::MAX)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = to_text(self.0.cast_unsigned());
                f.write_str(std::str::from_utf8(&text).map_err(|_ascii| fmt::Error)?)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                from_text(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new().schema_type(Type::String).pattern(Some(PATTERN)).into()
            }
        }

        impl ToSchema for $name {}

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person's account.
    UserId;
    /// An enterprise, an institution or the committee: whatever a team stands behind.
    EnterpriseId;
    /// A negotiation between two enterprises.
    ConversationId;
    /// One signed-in session of one account (a refresh-token family).
    SessionId;
    /// An in-app notification.
    NotificationId;
    /// An uploaded file.
    UploadId;
    /// A record of the fair that has a life: an application, an institution, an invitation code.
    RecordId;
}

/// The position of an entry in its log: 1, 2, 3 ... without gaps; 0 is "before the first".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Seq(pub i64);

impl Seq {
    /// Before the first entry.
    pub const ZERO: Self = Self(0);

    /// The position behind this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A point in time. **Units**: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// This time plus `ms` milliseconds (minus, when negative).
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
