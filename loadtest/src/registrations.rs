//! Scenario `registrations`: enterprises register and people sign in by the clock, each from an address of their own, beside
//! a negotiation load; what each waits for, and what the negotiations wait longer for it.
//!
//! Every registration and every sign-in is a password hashed: the dearest thing that a stranger may ask of the hub.

mod rest;

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use serde::Serialize;
use serde_json::json;

use self::rest::{Applicant, Load, Loaded, Rest};
use crate::crowd::Crowd;
use crate::link::Target;
use crate::negotiation::{self, NegotiationArgs, Run, WARM_UP, connection_findings, report_findings, run_name, settle};
use crate::process::Hub;
use crate::report::{Outcome, Percentiles, Range};

/// How long the last live entries may take once everything is acknowledged.
const PATIENCE: Duration = Duration::from_secs(5);
/// Sign-ins of one account: a hub answers twenty in ten minutes.
const SIGN_INS_MAX: usize = 15;

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct RegistrationsArgs {
    /// Enterprises that register a second
    #[arg(long, default_value_t = 5.0)]
    pub registrations: f64,
    /// People that sign in a second
    #[arg(long, default_value_t = 10.0)]
    pub logins: f64,
    /// Conversations beside them
    #[arg(long, default_value_t = 200)]
    pub conversations: usize,
    /// Messages a second, over all conversations
    #[arg(long, default_value_t = 500.0)]
    pub chat: f64,
    /// Seconds measured, after a warm-up of two
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Pairs of runs on the same connections: negotiations alone, then with registrations and sign-ins
    #[arg(long, default_value_t = 1)]
    pub runs: usize,
    /// Fails when less than this share of registrations, sign-ins or messages is done while measuring
    #[arg(long, default_value_t = 0.95)]
    pub share_min: f64,
    /// Fails when the median of the runs' p99 of send-to-ack is more than so many times that of negotiations alone
    #[arg(long)]
    pub ratio_max: Option<f64>,
}

/// The figures of one pair of runs.
#[derive(Debug, Clone, Serialize)]
struct Pair {
    /// Registrations a second that were answered while measuring.
    registrations_per_s: f64,
    /// Sign-ins a second that were answered while measuring.
    logins_per_s: f64,
    /// From the intended time to the answer.
    registration_ms: Percentiles,
    /// From the intended time to the answer.
    login_ms: Percentiles,
    /// The negotiations' p99 of send-to-ack with them, over that without.
    chat_p99_ratio: f64,
    /// The negotiations alone.
    without: Run,
    /// The negotiations with them.
    with: Run,
}

/// Runs the scenario on a hub of its own: it reads the codes where only a demo shows them.
///
/// # Errors
/// When the load cannot be set up; a bad measurement is a finding.
pub fn run(args: &RegistrationsArgs, target: Option<&Target>, is_pinned: bool) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "registrations measures a hub of its own: leave out --url");
    ensure!(args.registrations > 0.0 && args.logins > 0.0 && args.runs > 0, "all counts must be above 0");
    ensure!(args.conversations > 0 && args.chat > 0.0 && args.seconds > 0, "all counts must be above 0");
    let hub = Hub::set_to(&[("FAIRHUB_DEMO", "true"), ("FAIRHUB_DEMO_HISTORY", "false")], is_pinned)?;
    let rest = Rest::of(hub.address());
    let mut crowd = Crowd::set_up(&hub.target(), &hub.accounts(args.conversations * 2)?, &run_name(), 100)?;
    let mut town = Town { args, rest, next: 0, members: Vec::new() };
    town.settle()?;
    let (mut findings, mut pairs) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        pairs.push(pair(args, &hub, &mut crowd, &mut town, &mut findings)?);
    }
    findings.extend(connection_findings(&crowd));
    let verdict = crowd.judge(PATIENCE)?;
    findings.extend(report_findings(&verdict.report));
    findings.extend(missed(args, &pairs));
    let range = |figure: fn(&Pair) -> f64| Range::of(pairs.iter().map(figure));
    let figures = json!({
        "args": args,
        "registrations_per_s": range(|pair| pair.registrations_per_s),
        "logins_per_s": range(|pair| pair.logins_per_s),
        "registration_p99_ms": range(|pair| pair.registration_ms.p99),
        "login_p99_ms": range(|pair| pair.login_ms.p99),
        "chat_p99_without_ms": range(|pair| pair.without.send_to_ack_ms.p99),
        "chat_p99_with_ms": range(|pair| pair.with.send_to_ack_ms.p99),
        "chat_p99_ratio": range(|pair| pair.chat_p99_ratio),
        "pairs": pairs,
        "checker": verdict.report,
    });
    Ok(Outcome { scenario: "registrations", findings, figures })
}

fn missed(args: &RegistrationsArgs, pairs: &[Pair]) -> Vec<String> {
    let least = |figure: fn(&Pair) -> f64| Range::of(pairs.iter().map(figure)).min;
    let done = [
        ("registrations", least(|pair| pair.registrations_per_s), args.registrations),
        ("sign-ins", least(|pair| pair.logins_per_s), args.logins),
        ("messages", least(|pair| pair.with.acked_per_s), args.chat),
    ];
    // Not a number is not enough either.
    let few = done.into_iter().filter(|(_, least, meant)| !least.is_finite() || *least < meant * args.share_min);
    let mut findings: Vec<_> =
        few.map(|(what, least, meant)| format!("saturated: {least:.1} {what} a second of {meant}")).collect();
    let ratio = Range::of(pairs.iter().map(|pair| pair.chat_p99_ratio)).median;
    if args.ratio_max.is_some_and(|most| !ratio.is_finite() || ratio > most) {
        findings.push(format!("p99 of send-to-ack is {ratio:.2} times that without"));
    }
    findings
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are far below 2^52")]
fn pair(
    args: &RegistrationsArgs,
    hub: &Hub,
    crowd: &mut Crowd,
    town: &mut Town<'_>,
    findings: &mut Vec<String>,
) -> anyhow::Result<Pair> {
    let load = town.load()?;
    let chat = chat(args);
    let without = negotiation::measure(crowd, &chat, Some(hub))?;
    let beside = thread::spawn(move || load.run());
    let with = negotiation::measure(crowd, &chat, Some(hub))?;
    let loaded = beside.join().map_err(|_panic| anyhow!("the registrations' thread panicked"))??;
    if !settle(crowd)? {
        findings.push("messages are still unanswered".to_owned());
    }
    findings.extend(loaded.refused.iter().map(|(what, count)| format!("{count} x {what}")));
    findings.extend(town.check(&loaded)?);
    let seconds = args.seconds as f64;
    Ok(Pair {
        registrations_per_s: loaded.registrations.done as f64 / seconds,
        logins_per_s: loaded.logins.done as f64 / seconds,
        registration_ms: loaded.registrations.latencies.percentiles(),
        login_ms: loaded.logins.latencies.percentiles(),
        chat_p99_ratio: with.send_to_ack_ms.p99 / without.send_to_ack_ms.p99,
        without,
        with,
    })
}

fn chat(args: &RegistrationsArgs) -> NegotiationArgs {
    NegotiationArgs {
        conversations: args.conversations,
        accounts: None,
        rate: args.chat,
        seconds: args.seconds,
        text: 100,
        runs: 1,
        p50_ms_max: None,
        p99_ms_max: None,
        share_min: args.share_min,
        tls: false,
        tokens: None,
        store: None,
    }
}

/// Who lives here: those who have registered, and how many were ever counted.
struct Town<'a> {
    args: &'a RegistrationsArgs,
    rest: Rest,
    next: usize,
    members: Vec<Applicant>,
}

impl Town<'_> {
    /// Those who sign in while measuring register before.
    fn settle(&mut self) -> anyhow::Result<()> {
        let count = (self.logins() * self.args.runs).div_ceil(SIGN_INS_MAX);
        let applicants = self.applicants(count)?;
        self.rest.register_all(&applicants)?;
        self.members = applicants;
        Ok(())
    }

    fn load(&mut self) -> anyhow::Result<Load> {
        let applicants = self.applicants(self.count(self.args.registrations))?;
        // The next ones at each run, round and round.
        let count = self.logins();
        let from = count % self.members.len().max(1);
        self.members.rotate_left(from);
        let logins = self.members.iter().cycle().take(count).cloned().collect();
        let measured = (WARM_UP, WARM_UP + Duration::from_secs(self.args.seconds));
        let rates = (self.args.registrations, self.args.logins);
        Ok(Load { rest: self.rest, applicants, logins, rates, measured })
    }

    fn logins(&self) -> usize {
        self.count(self.args.logins)
    }

    /// How many there are at this rate until the end of a run.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
    fn count(&self, rate: f64) -> usize {
        (rate * (WARM_UP.as_secs() + self.args.seconds) as f64).ceil() as usize
    }

    fn applicants(&mut self, count: usize) -> anyhow::Result<Vec<Applicant>> {
        let first = self.next;
        self.next += count;
        self.rest.codes(first, count)
    }

    /// Whoever was told that they are registered is somebody of their own, and can sign in.
    fn check(&self, loaded: &Loaded) -> anyhow::Result<Vec<String>> {
        let ids: BTreeSet<_> = loaded.registered.iter().map(|(_, id)| id).collect();
        let mut findings = Vec::new();
        if ids.len() != loaded.registered.len() {
            findings.push(format!("{} accounts for {} registrations", ids.len(), loaded.registered.len()));
        }
        for (applicant, id) in &loaded.registered {
            let who = self.rest.sign_in(applicant)?;
            if who.as_ref() != Some(id) {
                findings.push(format!("who registered as {id} signs in as {who:?}"));
            }
        }
        Ok(findings)
    }
}
