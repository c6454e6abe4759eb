//! Whether a store holds what a file holds, by counts and checksums.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::checksum::Tally;
use super::contents::{Record, read};
use super::lines::Lines;
use super::walk::walk;
use super::{End, Progress, Step, TransferError, is_expired, percent};
use crate::ids::Millis;

/// Rows that expire this soon are left out on both sides, so that none vanishes while they are compared; longer than
/// this it must not take. **Units**: milliseconds.
const HORIZON_MS: i64 = 3_600_000;

/// What a comparison found: the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What both hold.
    #[serde(flatten)]
    pub total: Tally,
    /// By table.
    pub tables: BTreeMap<&'static str, Tally>,
    /// Rows of the file that have expired or are about to, and were not compared.
    pub left_out: u64,
}

type Tallies = BTreeMap<&'static str, Tally>;

/// Compares a store with a file. Tables that the file does not have must be empty.
///
/// # Errors
/// [`TransferError::Differs`] with every table that differs; whatever keeps file or store from being read.
pub async fn verify(store: &End<'_>, path: &Path, watch: &mut impl FnMut(Progress)) -> Result<Verified, TransferError> {
    let horizon = store.clock.now().plus_ms(HORIZON_MS);
    let (of_file, left_out) = of_file(store, path, horizon, watch)?;
    let expected = left_out + of_file.values().map(|tally| tally.rows).sum::<u64>();
    let of_store = of_store(store, horizon, expected, watch).await?;
    if store.clock.now() >= horizon {
        let why = "comparing took so long that rows may have expired meanwhile: compare an earlier state";
        return Err(TransferError::Refused(why.to_owned()));
    }
    let differing = of_file.iter().filter_map(|(table, in_file)| {
        let in_store = of_store.get(table).copied().unwrap_or_default();
        (*in_file != in_store).then(|| format!("table {table}: the file has {in_file}, the store {in_store}"))
    });
    let differing: Vec<String> = differing.collect();
    if !differing.is_empty() {
        return Err(TransferError::Differs(differing.join("; ")));
    }
    let mut total = Tally::default();
    of_file.values().for_each(|tally| total.join(tally));
    Ok(Verified { total, tables: of_file, left_out })
}

fn of_file(
    store: &End<'_>,
    path: &Path,
    horizon: Millis,
    watch: &mut impl FnMut(Progress),
) -> Result<(Tallies, u64), TransferError> {
    let mut tallies: Tallies = store.tables.iter().map(|spec| (spec.name, Tally::default())).collect();
    let (mut rows, mut left_out) = (0, 0);
    read(&mut Lines::open(path)?, store.tables, |record, percent| {
        rows += 1;
        left_out += u64::from(!count(&mut tallies, record, horizon));
        watch(Progress { step: Step::Checking, table: record.spec.name, rows, percent });
    })?;
    Ok((tallies, left_out))
}

async fn of_store(
    store: &End<'_>,
    horizon: Millis,
    expected: u64,
    watch: &mut impl FnMut(Progress),
) -> Result<Tallies, TransferError> {
    let (mut tallies, mut rows) = (Tallies::new(), 0);
    for spec in store.tables {
        let mut see = |page: Vec<Record>| {
            rows += page.len() as u64;
            page.iter().for_each(|record| _ = count(&mut tallies, record, horizon));
            watch(Progress { step: Step::Verifying, table: spec.name, rows, percent: percent(rows, expected) });
            Ok(())
        };
        walk(store.store, spec, None, &mut see).await?;
    }
    Ok(tallies)
}

/// False when the row is left out.
fn count(tallies: &mut Tallies, record: &Record, horizon: Millis) -> bool {
    let counts = !is_expired(record.raw.expires, horizon);
    if counts {
        tallies.entry(record.spec.name).or_default().count(record);
    }
    counts
}
