//! The closed vocabularies of an account, and how each lives in a column. Never a rule about what they may do.

use serde::{Deserialize, Serialize};
use storage::table::{Column, Value, wrong_cell};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
            type Err = NotAWord;
            fn from_str(word: &str) -> Result<Self, NotAWord> {
                match word { $($word => Ok(Self::$variant),)* _ => Err(NotAWord) }
            }
        }

        impl Column for $name {
            const KIND: storage::table::Kind = storage::table::Kind::Text;
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: Value) -> storage::Result<Self> {
                let Value::Text(word) = &value else { return Err(wrong_cell("text", &value)) };
                word.parse().map_err(|_unknown| storage::StoreError::Corrupt(format!("not a {}: {word}", stringify!($name))))
            }
        }
    };
}

/// A text that is none of the vocabulary's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a word of this vocabulary")]
pub struct NotAWord;

words! {
    /// The class of an account, and of the team it belongs to. **Source**: SPEC 2.1.
    Kind {
        /// 企业用户: belongs to an enterprise.
        Enterprise = "enterprise",
        /// 个人用户: belongs to nobody.
        Individual = "individual",
        /// 机构用户: belongs to a host or organising institution or a delegation.
        Institution = "institution",
        /// 组委会: the organising committee.
        Committee = "committee",
    }
}

words! {
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

words! {
    /// Whether an account may be used.
    State {
        /// In use.
        Active = "active",
        /// Deleted by its administrator; its record stays, because entries name it.
        Deleted = "deleted",
    }
}
