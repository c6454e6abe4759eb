//! `hub`: serves, or with `admin` changes accounts by hand. Reads the configuration and nothing else decides here.

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hub::admin::progress::{self, Progress};
use hub::admin::{Admin, AuditCommand, Transfer};
use hub::config::{Config, ConfigError, Flags};
use hub::folder::FolderLock;
use hub::observe;
use hub::opening;
use hub::rooms::negotiation::declare_restored;
use hub::run::Running;
use tokio::signal::unix::{SignalKind, signal};

/// The real-time hub of a digital trade fair
#[derive(Debug, Parser)]
#[command(name = "hub", version, about)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// What an operator does by hand
    #[command(subcommand)]
    Admin(AdminCommand),
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    #[command(flatten)]
    Accounts(Admin),
    /// Make the store that --store names where it is missing: a keyspace and its tables
    InitStore,
    /// Declare that a backup was put back: every client drops its copy of every conversation. With the hub stopped
    Restored,
    #[command(flatten)]
    Transfer(Transfer),
    /// The record of deeds
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// A wrong value on the command line, in the environment or in the file.
const EXIT_CONFIG: u8 = 2;

/// A second signal came before the drain was over.
const EXIT_IMPATIENT: i32 = 3;

fn main() -> ExitCode {
    match execute(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hub: {error:#}");
            let is_config = error.is::<ConfigError>();
            if is_config { ExitCode::from(EXIT_CONFIG) } else { ExitCode::FAILURE }
        }
    }
}

fn execute(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(&cli.flags)?;
    observe::start_log(config.log);
    let threads = config.lane_count();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    match cli.command {
        None => runtime.block_on(serve(&config)),
        Some(Command::Admin(admin)) => runtime.block_on(administer(&config, admin)),
    }
}

async fn administer(config: &Config, command: AdminCommand) -> anyhow::Result<()> {
    let clock = config.clock();
    match command {
        AdminCommand::Accounts(admin) => {
            let _place = FolderLock::beside(&config.data)?;
            let accounts = opening::accounts(config, &clock).await?;
            Ok(admin.run(&accounts, &mut std::io::stdin().lock(), &mut std::io::stdout().lock()).await?)
        }
        AdminCommand::InitStore => {
            let _place = FolderLock::beside(&config.data)?;
            let mut progress = Progress::on_stderr(&clock);
            opening::init_store(config, &clock, &mut |making| progress.show(|| progress::making(making))).await?;
            drop(progress);
            Ok(writeln!(std::io::stdout(), "{}", serde_json::json!({ "tables": opening::tables().len() }))?)
        }
        AdminCommand::Restored => {
            let _place = FolderLock::alone(&config.data)?;
            let raised = declare_restored(&opening::store(config, &clock).await?).await?;
            Ok(writeln!(std::io::stdout(), "{}", serde_json::json!({ "conversations": raised }))?)
        }
        AdminCommand::Audit(audit) => audit.run(config, &clock, &mut std::io::stdout().lock()).await,
        AdminCommand::Transfer(transfer) => transfer.run(config, &clock, &mut std::io::stdout().lock()).await,
    }
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    // Before anybody can know that the hub is there, and tell it to go.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let running = tokio::select! {
        started = Running::start(config, config.clock()) => started?,
        // Nothing was accepted yet.
        _signal = terminate.recv() => return Ok(()),
        _signal = interrupt.recv() => return Ok(()),
    };
    tracing::info!(address = %running.address(), demo = config.demo, "listening");
    fair::heavy::give_way();
    tokio::select! {
        _signal = terminate.recv() => {}
        _signal = interrupt.recv() => {}
    }
    tracing::info!("draining");
    tokio::select! {
        () = running.stop() => Ok(()),
        // Whoever asks twice does not want to wait: no task, thread or destructor is asked. What was acknowledged lasts.
        _signal = terminate.recv() => std::process::exit(EXIT_IMPATIENT),
        _signal = interrupt.recv() => std::process::exit(EXIT_IMPATIENT),
    }
}
