//! A hub of our own: the real binary in a process, on a free port, with a data folder that outlives a kill.
//!
//! It knows the hub only from outside: its variables, its `admin` commands, `/readyz` and `/proc`.

mod keyspace;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Resource, Rlimit, Signal};
use rustix::thread::CpuSet;
use rustls::ClientConfig;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

pub use self::keyspace::Keyspace;
use crate::clock::Stopwatch;
use crate::link::Target;
use crate::wire::{Wire, trusting};

const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Its data folder, in the folder that it is given.
const DATA: &str = "data";
/// How long a hub may take to be ready.
pub const READY_TIMEOUT: Duration = Duration::from_secs(30);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const PROBE_INTERVAL: Duration = Duration::from_millis(20);
/// The cores of a pinned measurement.
pub(crate) const HUB_CORE: usize = 0;
const GENERATOR_CORE: usize = 1;

/// A running hub, killed when dropped.
#[derive(Debug)]
pub struct Hub {
    binary: PathBuf,
    child: Child,
    addr: SocketAddr,
    is_pinned: bool,
    folder: TempDir,
    keyspace: Option<Keyspace>,
    tls: Option<Arc<ClientConfig>>,
    settings: Settings,
}

/// Settings beside those that every hub of ours has, by the names of their variables.
pub type Settings = &'static [(&'static str, &'static str)];

/// What a process has used.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Usage {
    /// **Units**: CPU seconds, user and system, since it started.
    pub cpu_s: f64,
    /// Time that its threads were ready to run and had no core: the machine's other work, not its own.
    /// **Units**: seconds.
    pub waited_s: f64,
    /// Resident memory. **Units**: bytes.
    pub rss_bytes: u64,
}

/// An account made for load: `hub admin tokens` prints one a line.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    /// Its access token.
    pub token: String,
    /// Who.
    pub user: String,
    /// For which enterprise.
    pub enterprise: String,
    /// An enterprise to negotiate with: the 1st account's is the 2nd's, and the other way round, and so on.
    pub peer: String,
}

impl Hub {
    /// Starts the hub and waits until it is ready. Pinned: it gets one core and this process, from now on, the other.
    ///
    /// # Errors
    /// When the binary is missing, the hub ends early or is not ready in time.
    pub fn start(is_pinned: bool) -> anyhow::Result<Self> {
        Self::over(None, is_pinned)
    }

    /// The same over a keyspace; without one its records are in its folder.
    ///
    /// # Errors
    /// As [`Hub::start`].
    pub fn over(keyspace: Option<&Keyspace>, is_pinned: bool) -> anyhow::Result<Self> {
        Self::with(keyspace, is_pinned, false, &[])
    }

    /// The same, with TLS under a certificate of its own.
    ///
    /// # Errors
    /// As [`Hub::start`].
    pub fn over_tls(is_pinned: bool) -> anyhow::Result<Self> {
        Self::with(None, is_pinned, true, &[])
    }

    /// The same with other settings than usual.
    ///
    /// # Errors
    /// As [`Hub::start`].
    pub fn set_to(settings: Settings, is_pinned: bool) -> anyhow::Result<Self> {
        Self::with(None, is_pinned, false, settings)
    }

    fn with(keyspace: Option<&Keyspace>, is_pinned: bool, has_tls: bool, settings: Settings) -> anyhow::Result<Self> {
        let binary = find_binary()?;
        raise_file_limit()?;
        let folder = tempfile::Builder::new().prefix("fairhub-loadtest-").tempdir()?;
        let tls = has_tls.then(|| certify(folder.path())).transpose()?;
        let addr = free_address()?;
        let mut command = command(&binary, folder.path(), addr, keyspace);
        let child = spawn(command.envs(settings.iter().copied()), folder.path(), is_pinned)?;
        let mut hub = Self { binary, child, addr, is_pinned, folder, keyspace: keyspace.cloned(), tls, settings };
        hub.await_ready()?;
        Ok(hub)
    }

    /// Where its socket is.
    #[must_use]
    pub fn target(&self) -> Target {
        Target { tls: self.tls.clone(), ..Target::hub(self.addr) }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.addr
    }

    /// Where its data lies; only of a hub that is stopped others may write it.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(DATA)
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without warning, as a power cut of the process.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again on the same folder and port, and waits until it is ready.
    ///
    /// # Errors
    /// As [`Hub::start`].
    pub fn restart(&mut self) -> anyhow::Result<()> {
        self.revive()?;
        self.await_ready()
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn revive(&mut self) -> anyhow::Result<()> {
        self.child = spawn(&mut self.command(), self.folder.path(), self.is_pinned)?;
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = command(&self.binary, self.folder.path(), self.addr, self.keyspace.as_ref());
        command.envs(self.settings.iter().copied());
        command
    }

    /// Asks it to drain and end, and waits for that.
    ///
    /// # Errors
    /// When it does not end in time or not with success.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let pid = Pid::from_child(&self.child);
        rustix::process::kill_process(pid, Signal::TERM)?;
        let watch = Stopwatch::start();
        loop {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "hub ended with {status}: {}", self.log_tail());
                return Ok(());
            }
            ensure!(watch.elapsed() < STOP_TIMEOUT, "hub did not stop: {}", self.log_tail());
            pause();
        }
    }

    /// Makes accounts and their access tokens with the hub's own command, on the hub's folder.
    ///
    /// # Errors
    /// When the command fails or prints something else.
    pub fn accounts(&self, count: usize) -> anyhow::Result<Vec<Account>> {
        let lines = self.admin(&["tokens", "--count", &count.to_string()])?;
        let account =
            |line| serde_json::from_str(line).with_context(|| format!("unexpected line of hub admin tokens: {line}"));
        let accounts: Vec<Account> = lines.lines().map(account).collect::<Result<_, _>>()?;
        ensure!(accounts.len() == count, "hub admin tokens printed {} of {count} accounts", accounts.len());
        Ok(accounts)
    }

    /// What one of its admin commands prints, in a process beside it.
    ///
    /// # Errors
    /// When the command fails, in its words.
    pub fn admin(&self, arguments: &[&str]) -> anyhow::Result<String> {
        say(self.command().arg("admin").args(arguments))
    }

    /// What it answers to a `GET` of this path: status line, headers and body.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn get(&self, path: &str) -> anyhow::Result<String> {
        self.ask(&format!("GET {path}"), None)
    }

    /// The same for any request without a body: method and path, in somebody's name.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn ask(&self, request: &str, token: Option<&str>) -> anyhow::Result<String> {
        Ok(ask(&self.target(), request, token)?)
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it no longer runs.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        usage(self.pid())
    }

    /// Whether it says that it can serve.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        is_ready(&self.target())
    }

    fn await_ready(&mut self) -> anyhow::Result<()> {
        let watch = Stopwatch::start();
        while !is_ready(&self.target()) {
            if let Some(status) = self.child.try_wait()? {
                bail!("hub ended with {status}: {}", self.log_tail());
            }
            ensure!(watch.elapsed() < READY_TIMEOUT, "hub is not ready: {}", self.log_tail());
            pause();
        }
        Ok(())
    }

    /// The end of its log, for messages.
    #[must_use]
    pub fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// The hub at `target`, or one of our own: over a new keyspace at `store`, or over its folder.
///
/// # Errors
/// As [`Hub::start`] and [`Keyspace::make`].
pub fn hub_or(target: Option<Target>, store: Option<&str>, is_pinned: bool) -> anyhow::Result<(Option<Hub>, Target)> {
    if let Some(target) = target {
        ensure!(store.is_none(), "--store is for a hub of our own: leave out --url");
        return Ok((None, target));
    }
    let keyspace = store.map(Keyspace::make).transpose()?;
    let hub = Hub::over(keyspace.as_ref(), is_pinned)?;
    let target = hub.target();
    Ok((Some(hub), target))
}

impl Drop for Hub {
    fn drop(&mut self) {
        // It may have ended already.
        self.kill().unwrap_or_default();
    }
}

const LOG: &str = "hub.log";
const CERT: &str = "cert.pem";
const KEY: &str = "key.pem";

/// The hub's binary lies beside ours; a test's is one folder deeper.
fn find_binary() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2);
    let mut candidates = folders.map(|folder| folder.join("hub"));
    candidates.find(|path| path.is_file()).with_context(|| {
        format!(
            "no `hub` binary beside {}: build it with `cargo build -p hub` (the same profile, `--release` or not) \
             or test with `cargo test --workspace`",
            own.display()
        )
    })
}

fn command(binary: &Path, folder: &Path, addr: SocketAddr, keyspace: Option<&Keyspace>) -> Command {
    let mut command = Command::new(binary);
    command
        .env("FAIRHUB_DATA", folder.join(DATA))
        .env("FAIRHUB_LISTEN", addr.to_string())
        .env("FAIRHUB_LIMITS_PER_IP", "1000000")
        .env("FAIRHUB_LIMITS_SOCKETS", "1000000")
        .env("FAIRHUB_BENCH", "1")
        .env_remove("FAIRHUB_STORE")
        .env_remove("FAIRHUB_CONFIG")
        .env_remove("FAIRHUB_SECRET")
        .env_remove("FAIRHUB_SECRET_FILE");
    // Made before the hub, where it speaks TLS.
    if folder.join(CERT).is_file() {
        command.env("FAIRHUB_TLS_CERT", folder.join(CERT)).env("FAIRHUB_TLS_KEY", folder.join(KEY));
    }
    if let Some(keyspace) = keyspace {
        keyspace.apply(&mut command);
    }
    command
}

/// Runs a command that ends by itself; what it prints.
fn say(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let problem = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{:?} ended with {}: {problem}", command.get_args(), output.status);
    Ok(String::from_utf8(output.stdout)?)
}

fn spawn(command: &mut Command, folder: &Path, is_pinned: bool) -> anyhow::Result<Child> {
    let log = File::options().create(true).append(true).open(folder.join(LOG))?;
    // A child inherits the cores of the moment; its runtime then counts one core.
    if is_pinned {
        pin(HUB_CORE)?;
    }
    let spawned = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
    if is_pinned {
        pin(GENERATOR_CORE)?;
    }
    spawned.with_context(|| format!("cannot start {}", command.get_program().display()))
}

pub(crate) fn pin(core: usize) -> anyhow::Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(None, &cores).with_context(|| format!("cannot pin to core {core}: --no-pin"))
}

/// Thousands of sockets need as many file descriptors as the system lets us have.
fn raise_file_limit() -> anyhow::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    Ok(rustix::process::setrlimit(Resource::Nofile, raised)?)
}

/// Makes a certificate for this machine's own address, and who trusts it.
fn certify(folder: &Path) -> anyhow::Result<Arc<ClientConfig>> {
    let made = rcgen::generate_simple_self_signed(vec![Ipv4Addr::LOCALHOST.to_string()])?;
    fs::write(folder.join(CERT), made.cert.pem())?;
    fs::write(folder.join(KEY), made.signing_key.serialize_pem())?;
    Ok(trusting(made.cert.der().clone())?)
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn is_ready(target: &Target) -> bool {
    ask(target, "GET /readyz", None).is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// **Shape**: status line, headers and body as they came.
fn ask(target: &Target, request: &str, token: Option<&str>) -> std::io::Result<String> {
    let addr = target.addr;
    let stream = TcpStream::connect_timeout(&addr, READY_TIMEOUT)?;
    stream.set_read_timeout(Some(READY_TIMEOUT))?;
    let mut stream = Wire::open(stream, target.tls.as_ref(), addr.ip())?;
    let bearer = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    write!(stream, "{request} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n{bearer}\r\n")?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}

/// Between two questions to another process.
#[expect(clippy::disallowed_methods, reason = "another process says nothing when it is ready or gone: it is asked")]
pub(crate) fn pause() {
    std::thread::sleep(PROBE_INTERVAL);
}

/// What the process `pid` has used so far.
///
/// # Errors
/// When it does not run, or is not ours to see.
pub fn usage(pid: u32) -> anyhow::Result<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name may hold blanks and brackets: the fields are counted behind its end.
    let fields = stat.rsplit_once(')').context("unexpected /proc/PID/stat")?.1;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let rss_kib: u64 = rss.and_then(|rss| rss.split_whitespace().next()?.parse().ok()).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "ticks of a run are far below 2^52")]
    let cpu_s = ticks as f64 / rustix::param::clock_ticks_per_second() as f64;
    Ok(Usage { cpu_s, waited_s: waited_s(pid)?, rss_bytes: rss_kib * 1024 })
}

/// The second number of each thread's `schedstat`; threads that end while we look count nothing.
fn waited_s(pid: u32) -> anyhow::Result<f64> {
    let mut waited = Duration::ZERO;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let stat = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        let nanos = stat.split_whitespace().nth(1).and_then(|field| field.parse().ok());
        waited += Duration::from_nanos(nanos.unwrap_or(0));
    }
    Ok(waited.as_secs_f64())
}

#[cfg(test)]
mod tests;
