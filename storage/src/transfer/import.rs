//! From a file into an empty store, going on where an earlier run was cut off, and verified at the end.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::contents::{Record, Tables, header, read, wrong};
use super::line::Line;
use super::lines::{Lines, Place};
use super::restore::Page;
use super::state::{State, path_of};
use super::verify::{Verified, verify};
use super::walk::first_used;
use super::{End, Progress, Step, TransferError, is_expired};

/// Rows read before they are written and remembered together.
const PAGE_ROWS: usize = 1_000;
/// **Units**: bytes; a page ends with the row that reaches it.
const PAGE_BYTES: usize = 4 << 20;
/// Pages between two times that the state is put on the disk: what is written again after a kill, harmlessly.
const SAVE_PAGES: u32 = 4;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Rows written, by earlier runs too.
    pub rows: u64,
    /// Rows left out because they had expired.
    pub expired: u64,
    /// Rows that an earlier run had done.
    pub resumed: u64,
    /// What was found in the store afterwards.
    pub verified: Verified,
}

/// Writes all rows of a file into the empty store `into`, or goes on where an earlier call was cut off (with `restart`
/// from the file's beginning); then compares file and store. How far it came is kept in `FILE.import`.
///
/// # Errors
/// [`TransferError`]; the same call goes on where it failed. From a file that is wrong anywhere nothing is imported.
pub async fn import(
    into: &End<'_>,
    path: &Path,
    restart: bool,
    watch: &mut impl FnMut(Progress),
) -> Result<Imported, TransferError> {
    let mut job = Job::begin(into, path, restart, watch).await?;
    let resumed = job.state.rows + job.state.expired;
    while !job.state.is_done {
        let written = job.page(watch).await;
        if written.is_err() || job.unsaved == SAVE_PAGES || job.state.is_done {
            job.save()?;
        }
        written?;
    }
    let State { rows, expired, .. } = job.state;
    let verified = verify(into, path, watch).await?;
    Ok(Imported { rows, expired, resumed, verified })
}

struct Job<'a> {
    into: &'a End<'a>,
    lines: Lines<BufReader<File>>,
    tables: Tables,
    state: State,
    state_path: PathBuf,
    /// Pages written since the state was saved.
    unsaved: u32,
}

impl<'a> Job<'a> {
    async fn begin(
        into: &'a End<'a>,
        path: &Path,
        restart: bool,
        watch: &mut impl FnMut(Progress),
    ) -> Result<Self, TransferError> {
        let mut lines = Lines::open(path)?;
        let header = header(&mut lines)?;
        let tables = Tables::of(&header, into.tables).map_err(|problem| wrong(&lines, problem))?;
        if header.key != into.key {
            let keys = format!("{} of the file is not {} of this hub", header.key, into.key);
            let why = format!("another secret sealed these rows (key {keys}): import with the secret of the export");
            return Err(TransferError::Refused(why));
        }
        let state_path = path_of(path);
        let fresh = fresh(into, lines.place());
        let state = match known(into, &fresh, &state_path, restart).await? {
            Some(state) if !restart => state,
            _ => {
                check(into, path, watch)?;
                fresh.save(&state_path)?;
                fresh
            }
        };
        lines.skip_to(state.place)?;
        Ok(Self { into, lines, tables, state, state_path, unsaved: 0 })
    }

    fn save(&mut self) -> Result<(), TransferError> {
        self.unsaved = 0;
        self.state.save(&self.state_path)
    }

    /// Reads a page and writes it.
    async fn page(&mut self, watch: &mut impl FnMut(Progress)) -> Result<(), TransferError> {
        let now = self.into.clock.now();
        let (mut page, mut expired, mut table, mut is_last) = (Page::default(), 0, None, false);
        while page.rows() < PAGE_ROWS && page.bytes() < PAGE_BYTES {
            match self.lines.next()? {
                Some(Line::Row(row)) => {
                    let record = self.tables.record(row).map_err(|problem| wrong(&self.lines, problem))?;
                    table = Some(record.spec.name);
                    if is_expired(record.raw.expires, now) { expired += 1 } else { page.push(record) }
                }
                Some(Line::Total(_)) => {
                    is_last = true;
                    break;
                }
                Some(Line::FairhubExport(_) | Line::Table(_)) => {}
                None => return Err(TransferError::Torn(self.lines.place().line + 1)),
            }
        }
        let rows = page.rows() as u64;
        page.write(self.into.store).await?;
        (self.state.rows, self.state.expired) = (self.state.rows + rows, self.state.expired + expired);
        self.state.place = self.lines.place();
        self.state.is_done = is_last;
        self.unsaved += 1;
        if let Some(table) = table {
            let (rows, percent) = (self.state.rows + self.state.expired, self.lines.percent());
            watch(Progress { step: Step::Importing, table, rows, percent });
        }
        Ok(())
    }
}

fn fresh(into: &End<'_>, header: Place) -> State {
    State { store: into.name.clone(), header, place: header, rows: 0, expired: 0, is_done: false }
}

/// The state of an earlier run, when it is one of this file into this store; refuses what an import would spoil.
async fn known(into: &End<'_>, fresh: &State, path: &Path, restart: bool) -> Result<Option<State>, TransferError> {
    let refused = |why: String| Err(TransferError::Refused(why));
    let found = State::load(path)?;
    let is_ours = |state: &State| state.store == fresh.store && state.header == fresh.header;
    let (ours, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_ours);
    if !others.is_empty() && !restart {
        return refused(format!("{} is of another file or store: --restart forgets it", path.display()));
    }
    let used = first_used(into.store, into.tables).await?;
    match (ours.into_iter().next(), used) {
        (None, Some(table)) => refused(format!("the store is not empty: table {table} holds rows")),
        (Some(state), None) if state.rows > 0 && !restart => {
            let lost = format!("{} rows were imported before, but the store is empty now", state.rows);
            refused(format!("{lost}: --restart begins anew"))
        }
        (state, _) => Ok(state),
    }
}

/// Reads the file to its end before anything of it is used.
fn check(into: &End<'_>, path: &Path, watch: &mut impl FnMut(Progress)) -> Result<(), TransferError> {
    let mut rows = 0;
    let see = |record: &Record, percent| {
        rows += 1;
        watch(Progress { step: Step::Checking, table: record.spec.name, rows, percent });
    };
    read(&mut Lines::open(path)?, into.tables, see).map(|_contents| ())
}
