//! `hub admin audit`: whether the record of deeds is as it was written. Says how far it is on standard error, what came of it
//! as one JSON line on standard output.

use std::io::Write;

use anyhow::Context as _;
use fair::audit::{Anchor, Audit};
use storage::Clock;

use super::{progress::Progress, say};
use crate::config::Config;
use crate::folder::FolderLock;
use crate::opening;

/// What to do.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AuditCommand {
    /// Walk the record of deeds: finds an entry that was altered, removed or inserted. Also beside a running hub
    Verify {
        /// What an earlier run answered as `anchor`, kept elsewhere: the record must have grown from there
        #[arg(long)]
        anchor: Option<Anchor>,
    },
}

impl AuditCommand {
    /// Carries it out.
    ///
    /// # Errors
    /// In one line the first thing that is wrong with the record; or what kept it from being read.
    pub async fn run(&self, config: &Config, clock: &Clock, output: &mut impl Write) -> anyhow::Result<()> {
        let _place = FolderLock::beside(&config.data)?;
        let accounts = opening::accounts(config, clock).await?;
        let Self::Verify { anchor } = self;
        let mut progress = Progress::on_stderr(clock);
        let watch = &mut |entries| progress.show(|| format!("verifying: {entries} entries"));
        let verified = Audit::verify(accounts, anchor.as_ref(), watch).await;
        drop(progress);
        let verified = verified.context("audit record")?;
        Ok(say(output, &serde_json::json!({ "verified": verified }))?)
    }
}
