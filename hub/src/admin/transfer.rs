//! `hub admin export`, `import`, `verify`: a fair's data into a file, out of it, and compared with it. Says how far it is on
//! standard error, what came of it as one JSON line on standard output. The moving itself is [`storage::transfer`]'s.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use storage::Clock;
use storage::ids::Millis;
use storage::transfer::{self, End, Progress, Step};

use super::say;
use crate::config::{Config, StoreKind};
use crate::folder::FolderLock;
use crate::opening;

/// Between two lines of progress. **Units**: milliseconds.
const EVERY_MS: i64 = 2_000;

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
        let mut said = Said::new(clock);
        let mut watch = |progress| said.hear(progress);
        match self {
            Self::Export { file, restart } => {
                if FolderLock::has_hub(&config.data)? {
                    tell(
                        "a hub runs meanwhile: each row is as it was when it was read, together they are no one point",
                    );
                }
                let done = transfer::export(&end, file, *restart, &mut watch).await;
                if done.as_ref().is_ok_and(|done| done.total.rows == 0) {
                    tell("the store holds nothing: is it the one that was meant?");
                }
                answer(output, file, "exported", done)
            }
            Self::Import { file, restart } => {
                let done = transfer::import(&end, file, *restart, &mut watch).await;
                answer(output, file, "imported", done)
            }
            Self::Verify { file } => {
                let done = transfer::verify(&end, file, &mut watch).await;
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

fn tell(words: &str) {
    if writeln!(std::io::stderr(), "hub: {words}").is_err() {
        tracing::trace!("nobody reads standard error");
    }
}

/// What was said of the progress, and when.
struct Said<'a> {
    clock: &'a Clock,
    step: Option<Step>,
    begun: Millis,
    /// Rows that were there when the step began.
    before: u64,
    next: Millis,
}

impl<'a> Said<'a> {
    fn new(clock: &'a Clock) -> Self {
        let now = clock.now();
        Self { clock, step: None, begun: now, before: 0, next: now.plus_ms(EVERY_MS) }
    }

    fn hear(&mut self, Progress { step, table, rows }: Progress) {
        let now = self.clock.now();
        if self.step != Some(step) {
            (self.step, self.begun, self.before) = (Some(step), now, rows);
        }
        if now < self.next {
            return;
        }
        self.next = now.plus_ms(EVERY_MS);
        let ms = u64::try_from(now.0 - self.begun.0).unwrap_or(0).max(1);
        let per_s = (rows - self.before.min(rows)) * 1_000 / ms;
        let doing = match step {
            Step::Checking => "checking the file",
            Step::Exporting => "exporting",
            Step::Importing => "importing",
            Step::Verifying => "comparing",
        };
        tell(&format!("{doing}: {rows} rows, now of {table}, {per_s} rows/s"));
    }
}
