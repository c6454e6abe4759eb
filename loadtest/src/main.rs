//! The command: chooses a scenario, prints and writes what it found. All measuring is in the library.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use loadtest::backends::{self, BackendsArgs};
use loadtest::fanout::{self, FanoutArgs};
use loadtest::figures::{self, FiguresArgs};
use loadtest::hubs::{self, HubsArgs};
use loadtest::idle::{self, IdleArgs};
use loadtest::kill9::{self, Kill9Args};
use loadtest::link::Target;
use loadtest::negotiation::{self, NegotiationArgs};
use loadtest::registrations::{self, RegistrationsArgs};
use loadtest::report::Outcome;
use loadtest::showcase::{self, ShowcaseArgs};
use loadtest::simulate::{self, SimulateArgs};
use loadtest::stalled::{self, StalledArgs};
use loadtest::store::{self, StoreArgs};
use loadtest::storekill::{self, StorekillArgs};
use loadtest::transfer::{self, TransferArgs};
use loadtest::transitions::{self, TransitionsArgs};
use loadtest::uploads::{self, UploadsArgs};

/// Open-loop load and checks against a hub; ends with status 1 on any finding.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// The hub to measure; without it the hub binary beside this one is started on a fresh folder
    #[arg(long, global = true, value_name = "ws://HOST:PORT/v1/ws")]
    url: Option<Target>,
    /// Also writes the figures there
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    /// Leaves the cores to the system; else pinned scenarios give one to the hub and one to the generator
    #[arg(long, global = true)]
    no_pin: bool,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// Deliveries from bench rooms: rate, latency, order, completeness (pinned)
    Fanout(FanoutArgs),
    /// A tenth of a room stops reading: the others' latency, the closes, a resume (pinned, own hub)
    Stalled(StalledArgs),
    /// Memory of authenticated connections that say nothing (pinned, own hub)
    Idle(IdleArgs),
    /// Messages acknowledged a second, their latencies, and the checker over every log
    Negotiation(NegotiationArgs),
    /// Kills the hub under load again and again; nothing may be lost, doubled or reordered (own hub)
    Kill9(Kill9Args),
    /// Hubs over one CQL keyspace: racing writers, sends of one message to both, ended sessions (own hubs)
    Hubs(HubsArgs),
    /// Kills the CQL server under a hub under load and starts it again; nothing may be lost (own hub and server)
    Storekill(StorekillArgs),
    /// The hub in virtual time over a store that fails and crashes, one run a seed; starts no other hub
    Simulate(SimulateArgs),
    /// The same appends and reads on the embedded store and on a CQL keyspace; starts no hub
    Backends(BackendsArgs),
    /// Durable appends, reads and reopening of the embedded store; starts no hub
    Store(StoreArgs),
    /// A fair's data from SQLite to another store and back by export and import; starts no hub
    Transfer(TransferArgs),
    /// Durable steps of the fair's records with what follows from them; starts no hub
    Transitions(TransitionsArgs),
    /// Enterprises that register and people who sign in, beside negotiations (pinned, own hub)
    Registrations(RegistrationsArgs),
    /// Visitors who read pages and lists of a fair with many exhibits (pinned, own hub)
    Showcase(ShowcaseArgs),
    /// Memory while a long video is uploaded and shown (own hub)
    Uploads(UploadsArgs),
    /// README's table of figures, compared with the kept reports or written from them; measures nothing
    Figures(FiguresArgs),
}

fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    let (target, is_pinned) = (cli.url.clone(), !cli.no_pin);
    match &cli.scenario {
        Scenario::Fanout(args) => fanout::run(args, target, is_pinned),
        Scenario::Stalled(args) => stalled::run(args, target.as_ref(), is_pinned),
        Scenario::Idle(args) => idle::run(args, target.as_ref(), is_pinned),
        Scenario::Negotiation(args) => negotiation::run(args, target),
        Scenario::Kill9(args) => kill9::run(args, target.as_ref()),
        Scenario::Hubs(args) => hubs::run(args, target.as_ref()),
        Scenario::Storekill(args) => storekill::run(args, target.as_ref()),
        Scenario::Simulate(args) => simulate::run(args),
        Scenario::Backends(args) => backends::run(args),
        Scenario::Store(args) => store::run(args),
        Scenario::Transfer(args) => transfer::run(args),
        Scenario::Transitions(args) => transitions::run(args),
        Scenario::Registrations(args) => registrations::run(args, target.as_ref(), is_pinned),
        Scenario::Showcase(args) => showcase::run(args, target.as_ref(), is_pinned),
        Scenario::Uploads(args) => uploads::run(args, target.as_ref()),
        Scenario::Figures(args) => figures::run(args),
    }
}

fn publish(cli: &Cli, outcome: &Outcome) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(outcome)?;
    writeln!(std::io::stdout(), "{text}")?;
    if let Some(path) = &cli.json {
        writeln!(File::create(path)?, "{text}")?;
    }
    for finding in &outcome.findings {
        writeln!(std::io::stderr(), "finding: {finding}")?;
    }
    Ok(())
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    if let Scenario::Figures(FiguresArgs { list: true, .. }) = cli.scenario {
        write!(std::io::stdout(), "{}", figures::list())?;
        return Ok(ExitCode::SUCCESS);
    }
    let outcome = run(&cli)?;
    publish(&cli, &outcome)?;
    Ok(if outcome.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
