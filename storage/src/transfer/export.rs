//! From a store into a file, going on where an earlier run was cut off.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;

use super::checksum::Tally;
use super::contents::{Reading, Record, wrong};
use super::line::{FORMAT_VERSION, Header, Line, TableEnd, TableHead};
use super::lines::{LineWriter, Lines, Place};
use super::walk::walk;
use super::{End, Progress, Step, TransferError};
use crate::table::Spec;

/// What every export begins with: what begins otherwise is never overwritten.
const BEGINNING: &[u8] = b"{\"fairhub_export\":";
/// Rows between two times that the file is put on the disk.
const SYNC_ROWS: u64 = 50_000;

/// What an export did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// What the file holds.
    #[serde(flatten)]
    pub total: Tally,
    /// By table.
    pub tables: BTreeMap<&'static str, Tally>,
    /// The file's length. **Units**: bytes.
    pub bytes: u64,
    /// Rows that an earlier run had written.
    pub resumed: u64,
}

/// Writes all rows of `from` into a file, or goes on with one that was cut off; with `restart` anew in any case.
///
/// # Errors
/// [`TransferError`]; the same call goes on where it failed. A file that is whole, is of another store or is no export
/// is refused.
pub async fn export(
    from: &End<'_>,
    path: &Path,
    restart: bool,
    watch: &mut impl FnMut(Progress),
) -> Result<Exported, TransferError> {
    let mut job = Job::begin(from, path, restart, watch)?;
    for (at, spec) in job.tables.clone().into_iter().enumerate().skip(job.table) {
        let last = job.last.take().map(|record| (record.p, record.raw.c));
        job.table = at;
        walk(from.store, spec, last, &mut |page| job.write(page, watch)).await?;
        job.end_table()?;
    }
    job.end()
}

struct Job {
    output: LineWriter,
    tables: Vec<&'static Spec>,
    tallies: Vec<Tally>,
    table: usize,
    last: Option<Record>,
    resumed: u64,
    rows: u64,
}

impl Job {
    fn begin(
        from: &End<'_>,
        path: &Path,
        restart: bool,
        watch: &mut impl FnMut(Progress),
    ) -> Result<Self, TransferError> {
        let is_used = is_export(path)?;
        let found = if is_used && !restart { resume(from, path, watch)? } else { None };
        let tables = from.tables.to_vec();
        let Some((reading, place)) = found else {
            let mut output = LineWriter::open(path, Place::default())?;
            output.write(&Line::FairhubExport(header(from)))?;
            let tallies = vec![Tally::default(); tables.len()];
            return Ok(Self { output, tables, tallies, table: 0, last: None, resumed: 0, rows: 0 });
        };
        let tallies = reading.tallies().to_vec();
        let rows = tallies.iter().map(|tally| tally.rows).sum();
        let output = LineWriter::open(path, place)?;
        Ok(Self { output, tables, tallies, table: reading.table, last: reading.last, resumed: rows, rows })
    }

    fn write(&mut self, page: Vec<Record>, watch: &mut impl FnMut(Progress)) -> Result<(), TransferError> {
        let (Some(last), Some(tally)) = (page.last(), self.tallies.get_mut(self.table)) else { return Ok(()) };
        let (table, synced) = (last.spec.name, self.rows / SYNC_ROWS);
        self.rows += page.len() as u64;
        for record in page {
            tally.count(&record);
            self.output.write(&Line::Row(record.into_row()))?;
        }
        if self.rows / SYNC_ROWS > synced {
            self.output.sync()?
        } else {
            self.output.flush()?
        }
        watch(Progress { step: Step::Exporting, table, rows: self.rows, percent: None });
        Ok(())
    }

    fn end_table(&mut self) -> Result<(), TransferError> {
        let (Some(spec), Some(tally)) = (self.tables.get(self.table), self.tallies.get(self.table)) else {
            return Ok(());
        };
        self.output.write(&Line::Table(TableEnd { name: spec.name.to_owned(), tally: *tally }))
    }

    fn end(mut self) -> Result<Exported, TransferError> {
        let mut total = Tally::default();
        self.tallies.iter().for_each(|tally| total.join(tally));
        self.output.write(&Line::Total(total))?;
        self.output.sync()?;
        let tables = self.tables.iter().map(|spec| spec.name).zip(self.tallies).collect();
        Ok(Exported { total, tables, bytes: self.output.place().offset, resumed: self.resumed })
    }
}

fn header(from: &End<'_>) -> Header {
    let head = |spec: &&Spec| TableHead { name: spec.name.to_owned(), version: spec.version };
    Header {
        version: FORMAT_VERSION,
        made: from.clock.now().0,
        store: from.name.clone(),
        key: from.key.clone(),
        tables: from.tables.iter().map(head).collect(),
    }
}

/// Whether something of ours lies there; what is not ours is refused.
fn is_export(path: &Path) -> Result<bool, TransferError> {
    let mut beginning = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(BEGINNING.len() as u64).read_to_end(&mut beginning),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => Err(error),
    }
    .map_err(TransferError::file("opening"))?;
    if BEGINNING.starts_with(&beginning) {
        return Ok(!beginning.is_empty());
    }
    Err(TransferError::Refused("there is a file that is no export: choose another name".to_owned()))
}

/// How far the file came; none when not even its first line is whole.
fn resume(
    from: &End<'_>,
    path: &Path,
    watch: &mut impl FnMut(Progress),
) -> Result<Option<(Reading, Place)>, TransferError> {
    let mut lines = Lines::open(path)?;
    let mut reading = match Reading::begin(&mut lines, from.tables) {
        Err(TransferError::Torn(_)) => return Ok(None),
        reading => reading?,
    };
    let expected = Header { made: reading.header.made, ..header(from) };
    if reading.header != expected {
        let why = "the file is an unfinished export of another store or program: --restart writes it anew";
        return Err(TransferError::Refused(why.to_owned()));
    }
    let mut rows = 0;
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) | Err(TransferError::Torn(_)) => return Ok(Some((reading, lines.place()))),
            Err(error) => return Err(error),
        };
        if let Some(record) = reading.take(line).map_err(|problem| wrong(&lines, problem))? {
            rows += 1;
            watch(Progress { step: Step::Checking, table: record.spec.name, rows, percent: lines.percent() });
        }
        if reading.contents().is_some() {
            let why = "the file is a finished export: choose another name, or --restart writes it anew";
            return Err(TransferError::Refused(why.to_owned()));
        }
    }
}
