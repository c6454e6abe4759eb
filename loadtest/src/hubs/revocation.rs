//! A session is open at one hub and ended at another: how long until its socket is closed.

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;

use super::Part;
use crate::clock::Stopwatch;
use crate::link::{Link, LinkError};
use crate::process::Hub;
use crate::report::Latencies;

/// **Source**: WIRE section 1.
const CLOSED_WITHIN_MS: f64 = 1_000.0;
/// `session_revoked`.
const REVOKED: u16 = 4_503;
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(hubs: &[Hub], count: u32) -> anyhow::Result<Part> {
    let mut closed = Latencies::default();
    let mut findings = Vec::new();
    for round in 0..count as usize {
        let here = hubs.get(round % hubs.len()).context("no hub")?;
        let there = hubs.get((round + 1) % hubs.len()).context("no hub")?;
        match end_session(here, there)? {
            Ok(ns) => closed.record(ns),
            Err(how) => findings.push(format!("a session ended at another hub: {how}")),
        }
    }
    let closed_ms = closed.percentiles();
    if closed_ms.max > CLOSED_WITHIN_MS {
        findings.push(format!("a session ended at another hub was closed after {} ms", closed_ms.max));
    }
    Ok(Part { findings, figures: json!({ "sessions": count, "closed_ms": closed_ms }) })
}

/// **Units**: nanoseconds from the answer of the one hub to the close at the other.
fn end_session(here: &Hub, there: &Hub) -> anyhow::Result<Result<u64, LinkError>> {
    // Each time it is asked for the same account the command makes a token of another session.
    let account = here.accounts(1)?.into_iter().next().context("no account")?;
    let mut link = Link::open(&there.target(), Some(&account.token))?;
    link.socket().set_read_timeout(Some(PATIENCE))?;
    let answer = here.ask("DELETE /v1/sessions/current", Some(&account.token))?;
    ensure!(answer.starts_with("HTTP/1.1 204"), "signing out was answered with {answer}");
    let watch = Stopwatch::start();
    loop {
        match link.next_event() {
            Ok(_news) => {}
            Err(LinkError::Closed(Some(REVOKED))) => return Ok(Ok(watch.now_ns())),
            Err(other) => return Ok(Err(other)),
        }
    }
}
