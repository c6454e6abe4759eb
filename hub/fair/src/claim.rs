//! Names that one holder may have: a row that is written if absent, and given back by its holder alone. Knows no record;
//! whoever holds a name decides what it means.

use storage::{Applied, Entropy, Expect, Guarded, Op, Read, Store, StoreError, Table};

use crate::error::Result;
use crate::registration::table::EnterpriseNameRow;
use crate::table::{IdentifierRow, LoginRow};

/// A claim's row.
pub(crate) trait Holding {
    /// Of the row.
    fn version(&self) -> i64;
    /// Whose name it is.
    fn holder(&self) -> i64;
}

impl Holding for IdentifierRow {
    fn version(&self) -> i64 {
        self.v
    }

    fn holder(&self) -> i64 {
        self.enterprise.0
    }
}

impl Holding for EnterpriseNameRow {
    fn version(&self) -> i64 {
        self.v
    }

    fn holder(&self) -> i64 {
        self.enterprise.0
    }
}

impl Holding for LoginRow {
    fn version(&self) -> i64 {
        self.v
    }

    fn holder(&self) -> i64 {
        self.user.0
    }
}

/// The version of a claim that may be given back: never the same twice, so that who gives one back late does not give
/// back another's.
pub(crate) fn version(entropy: &Entropy) -> i64 {
    (entropy.draw() >> 2).cast_signed()
}

/// Whether the name is `new`'s holder's now, whoever claimed it for them.
///
/// # Errors
/// The store's; what is not known then is asked again.
pub(crate) async fn claim<T>(store: &Store, part: T::P, c: T::C, new: T::Row) -> Result<bool>
where
    T: Table<Row: Holding> + Guarded,
{
    let holder = new.holder();
    let put = Op::Put { c: c.clone(), row: new, at: None };
    match store.write_if::<T>(part.clone(), vec![Expect::Absent(c.clone())], vec![put]).await {
        Ok(Applied::Yes) => Ok(true),
        Ok(Applied::No { current }) => Ok(current.first().is_some_and(|(_, held)| held.holder() == holder)),
        Err(StoreError::Unknown) => {
            let held = store.get::<T>(part, c, Read::Serial).await?;
            held.map(|held| held.holder() == holder).ok_or_else(|| StoreError::Unknown.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Gives a name back, if it is `holder`'s.
///
/// # Errors
/// The store's: repeat it.
pub(crate) async fn release<T>(store: &Store, part: T::P, c: T::C, holder: i64) -> Result<()>
where
    T: Table<Row: Holding> + Guarded,
{
    let Some(held) = store.get::<T>(part.clone(), c.clone(), Read::Serial).await? else { return Ok(()) };
    if held.holder() == holder {
        let expect = vec![Expect::Version(c.clone(), held.version())];
        store.write_if::<T>(part, expect, vec![Op::Delete { c }]).await?;
    }
    Ok(())
}
