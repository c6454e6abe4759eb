//! What REST handlers are made of: who asks, what they sent, which page, which object, which version. Each an extractor or an
//! answer; none knows a record.

pub mod body;
pub mod books;
pub mod caller;
pub mod deeds;
pub mod found;
pub mod lived;
pub mod once;
pub mod page;
pub mod problem;
pub mod record;
pub mod route;
pub mod tagged;

pub use body::{Body, Params};
pub use books::Books;
pub use caller::Caller;
pub use deeds::Deed;
pub use found::{Colleague, Found, OwnTeam, SeenPerson, SeenTeam, id};
pub use once::Once;
pub use page::{Listed, PageOf};
pub use record::Shown;
pub use route::{Route, build};
pub use tagged::{IfMatch, Tagged};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// A password in a request: never shown, never copied about.
pub struct Typed(pub SecretString);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}
