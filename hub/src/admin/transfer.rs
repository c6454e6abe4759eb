//! `hub admin export`, `import`, `verify`: a fair's data into a file, out of it, and compared with it. Says how far it is on
//! standard error, what came of it as one JSON line on standard output. The moving itself is [`storage::transfer`]'s.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use storage::transfer::{self, End, Progress, Step};
use storage::{Clock, Spec, Tick};

use super::{progress, say};
use crate::config::{Config, StoreKind};
use crate::folder::FolderLock;
use crate::opening;

/// What an export beside a hub is not.
const MEANWHILE: &str = "a hub runs meanwhile: each row is as it was when it was read, together they are no one point";

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Transfer {
    /// Write all data into a file; cut off, the same command goes on. Beside a running hub it is no one point in time
    Export {
        /// The file; it holds personal data
        file: PathBuf,
        /// Begin anew, whatever stands in the file
        #[arg(long)]
        restart: bool,
    },
    /// Read an export into an empty store and compare them; cut off, the same command goes on. With the hub stopped
    Import {
        /// The file
        file: PathBuf,
        /// Begin at the file's beginning, whatever FILE.import says
        #[arg(long)]
        restart: bool,
    },
    /// Compare an export with the store, by counts and checksums
    Verify {
        /// The file
        file: PathBuf,
    },
}

impl Transfer {
    /// Carries it out.
    ///
    /// # Errors
    /// In one line what is wrong, with the file's name; the same command goes on.
    pub async fn run(&self, config: &Config, clock: &Clock, output: &mut impl Write) -> anyhow::Result<()> {
        let _place = match self {
            Self::Export { .. } | Self::Verify { .. } => FolderLock::beside(&config.data)?,
            Self::Import { .. } => FolderLock::alone(&config.data)?,
        };
        let (store, keys) = opening::open(config, clock).await?;
        let tables = opening::tables();
        let (name, key) = (store_name(config)?, keys.key_id().to_owned());
        let end = End { store: &store, tables: &tables, clock, name, key };
        let mut said = Said::new(clock, &tables);
        match self {
            Self::Export { file, restart } => {
                if FolderLock::has_hub(&config.data)? {
                    said.progress.tell(MEANWHILE);
                }
                let done = transfer::export(&end, file, *restart, &mut |progress| said.hear(progress)).await;
                if done.as_ref().is_ok_and(|done| done.total.rows == 0) {
                    said.progress.tell("the store holds nothing: is it the one that was meant?");
                }
                drop(said);
                answer(output, file, "exported", done)
            }
            Self::Import { file, restart } => {
                let done = transfer::import(&end, file, *restart, &mut |progress| said.hear(progress)).await;
                drop(said);
                answer(output, file, "imported", done)
            }
            Self::Verify { file } => {
                let done = transfer::verify(&end, file, &mut |progress| said.hear(progress)).await;
                drop(said);
                answer(output, file, "verified", done)
            }
        }
    }
}

fn answer<T: Serialize>(
    output: &mut impl Write,
    file: &Path,
    what: &'static str,
    done: Result<T, transfer::TransferError>,
) -> anyhow::Result<()> {
    let done = done.with_context(|| file.display().to_string())?;
    Ok(say(output, &serde_json::json!({ what: done }))?)
}

/// Which store the configuration means, so that a command that was cut off does not go on with another.
fn store_name(config: &Config) -> anyhow::Result<String> {
    Ok(match &config.store {
        StoreKind::Sqlite => End::name_of("sqlite", &config.data.canonicalize()?.display().to_string()),
        StoreKind::Cql(options) => End::name_of("cql", &format!("{}/{}", options.hosts.join(","), options.keyspace)),
    })
}

/// The step that is being done, and since when.
struct Said<'a> {
    clock: &'a Clock,
    progress: progress::Progress,
    tables: &'a [&'static Spec],
    step: Option<Step>,
    begun: Tick,
    /// Rows that were there when the step began.
    before: u64,
}

impl<'a> Said<'a> {
    fn new(clock: &'a Clock, tables: &'a [&'static Spec]) -> Self {
        let progress = progress::Progress::on_stderr(clock);
        Self { clock, progress, tables, step: None, begun: clock.tick(), before: 0 }
    }

    fn hear(&mut self, heard: Progress) {
        let now = self.clock.tick();
        if self.step != Some(heard.step) {
            (self.step, self.begun, self.before) = (Some(heard.step), now, heard.rows);
        }
        let rows_per_s = rate(heard.rows.saturating_sub(self.before), now.since_ms(self.begun));
        let tables = self.tables;
        self.progress.show(|| words(heard, rows_per_s, tables));
    }
}

fn rate(rows: u64, took_ms: i64) -> u64 {
    rows * 1_000 / took_ms.max(1).unsigned_abs()
}

fn words(Progress { step, table, rows, percent }: Progress, rows_per_s: u64, tables: &[&'static Spec]) -> String {
    let doing = match step {
        Step::Checking => "checking the file",
        Step::Exporting => "exporting",
        Step::Importing => "importing",
        Step::Verifying => "comparing",
    };
    let share = percent.map(|percent| format!(" {percent} %,")).unwrap_or_default();
    let number = tables.iter().position(|spec| spec.name == table).map_or(0, |at| at + 1);
    format!("{doing}:{share} {rows} rows, {rows_per_s} rows/s, {table} ({number} of {})", tables.len())
}

#[cfg(test)]
mod tests;
