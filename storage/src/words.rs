//! The words that every crate above speaks: connections, tickets, duties, refusals. So that a socket needs no chat to
//! name a connection, and rooms of every kind refuse alike.

/// A connection that can be subscribed; the hub's number for it, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// The hub's number for a request that awaits its one reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A text that is none of the vocabulary's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a word of this vocabulary")]
pub struct NotAWord;

/// A closed list of words as an enum: on the wire, in the store and from a command line alike.
///
/// **Shape**: each variant's word, as text.
#[macro_export]
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
            utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Its word on the wire and in the store.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::NotAWord;
            fn from_str(word: &str) -> Result<Self, $crate::words::NotAWord> {
                match word { $($word => Ok(Self::$variant),)* _ => Err($crate::words::NotAWord) }
            }
        }

        impl $crate::table::Column for $name {
            const KIND: $crate::table::Kind = $crate::table::Kind::Text;
            fn to_value(&self) -> $crate::table::Value {
                $crate::table::Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: $crate::table::Value) -> $crate::Result<Self> {
                let $crate::table::Value::Text(word) = &value else {
                    return Err($crate::table::wrong_cell("text", &value));
                };
                word.parse()
                    .map_err(|_unknown| $crate::StoreError::Corrupt(format!("not a {}: {word}", stringify!($name))))
            }
        }
    };
}

vocabulary! {
    /// What a person may do for their enterprise. **Source**: SPEC 2.1, L425-434.
    Duty {
        /// 商务代表: negotiates, confirms deals, signs.
        Representative = "representative",
        /// 咨询顾问: negotiates.
        Consultant = "consultant",
        /// 其他人员: never negotiates.
        Other = "other",
    }
}

impl Duty {
    /// May speak for the enterprise in a negotiation. **Source**: D-09.
    #[must_use]
    pub const fn negotiates(self) -> bool {
        matches!(self, Self::Representative | Self::Consultant)
    }
}

/// Why an operation was refused; the hub maps it to its one table of codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Unknown, or not theirs to see.
    #[error("not found")]
    NotFound,
    /// Duty or role does not allow it.
    #[error("forbidden")]
    Forbidden,
    /// The state does not allow it now.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// A rule on a field is broken.
    #[error("invalid {at}: {code}")]
    Invalid {
        /// A JSON pointer into the request, such as `/body/text`.
        at: &'static str,
        /// Which rule: `too_long`, `empty`, `beyond_head`, `unsupported`...
        code: &'static str,
    },
    /// Too much is waiting here; nothing was done.
    #[error("overloaded")]
    Overloaded,
    /// The store does not answer; nothing was done.
    #[error("unavailable")]
    Unavailable,
    /// It may or may not have been done.
    #[error("outcome unknown")]
    OutcomeUnknown,
    /// The store has no space; nothing was done.
    #[error("storage full")]
    StorageFull,
}
