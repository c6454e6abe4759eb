//! A CQL server of our own, run by a script in a folder of its own; its data outlive its kill.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail, ensure};
use tempfile::TempDir;

/// The server. Stopped, and its data removed, when dropped.
#[derive(Debug)]
pub(super) struct Server {
    script: PathBuf,
    folder: TempDir,
    address: String,
    starting: Option<Child>,
}

impl Server {
    /// Starts it on an empty folder and waits until it answers.
    pub(super) fn start(script: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("fairhub-cql-").tempdir()?;
        let script = script.canonicalize().with_context(|| format!("--server {}", script.display()))?;
        let mut server = Self { script, folder, address: String::new(), starting: None };
        let output = server.command("start").output()?;
        ensure!(output.status.success(), "the server does not start: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout)?.trim().clone_into(&mut server.address);
        Ok(server)
    }

    /// **Shape**: `HOST:PORT`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// `SIGKILL`.
    pub(super) fn kill(&self) -> anyhow::Result<()> {
        let output = self.command("kill").output()?;
        ensure!(output.status.success(), "the server cannot be killed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Starts it again on its data; [`Server::is_up`] tells when it answers.
    pub(super) fn begin_start(&mut self) -> anyhow::Result<()> {
        self.starting = Some(self.command("start").stdout(Stdio::null()).stderr(Stdio::null()).spawn()?);
        Ok(())
    }

    /// Whether what [`Server::begin_start`] began is done.
    pub(super) fn is_up(&mut self) -> anyhow::Result<bool> {
        match self.starting.as_mut().map(Child::try_wait).transpose()?.flatten() {
            None => Ok(false),
            Some(status) if status.success() => Ok(true),
            Some(status) => bail!("the server does not start again: {status}"),
        }
    }

    /// Every write is on the disk before it is acknowledged, whatever the environment says.
    fn command(&self, word: &str) -> Command {
        let mut command = Command::new(&self.script);
        command.arg(word).env("CASSANDRA_RUN", self.folder.path().join("server")).stdin(Stdio::null());
        for name in ["FAST", "SYNC", "CQL_PORT", "STORAGE_PORT"] {
            command.env_remove(name);
        }
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(starting) = &mut self.starting {
            starting.wait().map(drop).unwrap_or_default();
        }
        // What it leaves behind is a temporary folder.
        self.command("stop").output().map(drop).unwrap_or_default();
    }
}
