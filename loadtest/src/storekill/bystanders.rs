//! Two people and some guests who were there before the store went away: what they may still do, and what not.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use crate::clock::Stopwatch;
use crate::link::{Link, LinkError, Target};
use crate::process::{Account, Hub};

const ROOM: &str = "bystanders";
/// How long news may take, store or none.
const HEARD_WITHIN: Duration = Duration::from_secs(2);
/// How long a refusal may take: the store's own longest wait and something.
const REFUSED_WITHIN: Duration = Duration::from_secs(10);

/// Their sockets, which are never renewed.
pub(super) struct Bystanders {
    buyer: Link,
    seller: Link,
    guest: Link,
    conversation: String,
    /// Messages meant, and those of them that were acknowledged.
    meant: u32,
    acked: u32,
}

impl Bystanders {
    pub(super) fn gather(hub: &Hub, pair: &[Account]) -> anyhow::Result<Self> {
        let [left, right] = pair else { bail!("accounts come in pairs") };
        let mut buyer = Link::open(&hub.target(), Some(&left.token))?;
        let mut seller = Link::open(&hub.target(), Some(&right.token))?;
        let target = json!({ "target": { "kind": "enterprise", "id": left.peer } });
        let started = buyer.call("negotiation.start", &target)?;
        let conversation = started["conversation"].as_str().context("no conversation")?.to_owned();
        for link in [&mut buyer, &mut seller] {
            link.call("negotiation.open", &json!({ "conversation": conversation }))?;
        }
        let mut it = Self { buyer, seller, guest: guest(&hub.target())?, conversation, meant: 0, acked: 0 };
        it.send().context("with a store")?;
        Ok(it)
    }

    /// What is wrong while the store is away.
    pub(super) fn look_without_store(&mut self, hub: &Hub) -> Vec<String> {
        let told = [
            ("readiness", status(hub, "GET /readyz", "503")),
            ("health", status(hub, "GET /healthz", "200")),
            ("typing", self.type_something()),
            ("presence", self.leave()),
            ("a live room", self.publish(hub)),
            ("opening", self.refused_open()),
            ("sending", self.refused_send()),
        ];
        told.into_iter().filter_map(|(what, told)| Some(format!("{what} without a store: {:#}", told.err()?))).collect()
    }

    /// They are asked for signs of life, and give them when they read.
    pub(super) fn stay(&mut self) -> Result<(), LinkError> {
        [&mut self.buyer, &mut self.seller, &mut self.guest]
            .into_iter()
            .try_for_each(|link| link.call("ping", &json!({})).map(drop))
    }

    /// What is wrong when it is back.
    pub(super) fn look_again(&mut self, hub: &Hub) -> Vec<String> {
        let told = [("opening", self.come_back()), ("sending", self.send()), ("a live room", self.publish(hub))];
        told.into_iter().filter_map(|(what, told)| Some(format!("{what} afterwards: {:#}", told.err()?))).collect()
    }

    fn type_something(&mut self) -> anyhow::Result<()> {
        self.buyer.cast("negotiation.typing", &json!({ "conversation": self.conversation }))?;
        hear(&mut self.seller, |event| event["ev"] == "negotiation.typing")
    }

    fn leave(&mut self) -> anyhow::Result<()> {
        self.buyer.call("negotiation.leave", &json!({ "conversation": self.conversation }))?;
        hear(&mut self.seller, |event| event["ev"] == "negotiation.presence" && event["d"]["online"] == false)
    }

    /// Finds what was acknowledged, and nothing that was refused.
    fn come_back(&mut self) -> anyhow::Result<()> {
        let head = self.open()?["head"].take();
        ensure!(head == self.acked, "{} were acknowledged, the head is {head}", self.acked);
        hear(&mut self.seller, |event| event["ev"] == "negotiation.presence" && event["d"]["online"] == true)
    }

    fn open(&mut self) -> Result<Value, LinkError> {
        self.buyer.call("negotiation.open", &json!({ "conversation": self.conversation }))
    }

    /// A newcomer speaks, who has come without a store.
    fn publish(&mut self, hub: &Hub) -> anyhow::Result<()> {
        let number = self.meant;
        let mut newcomer = guest(&hub.target())?;
        newcomer.cast("bench.publish", &json!({ "room": ROOM, "data": number }))?;
        for link in [&mut self.guest, &mut newcomer] {
            hear(link, |event| event["ev"] == "bench.message" && event["d"] == number)?;
        }
        Ok(())
    }

    fn message(&mut self) -> Value {
        self.meant += 1;
        let id = format!("bystander-{}", self.meant);
        json!({ "conversation": self.conversation, "client_msg_id": id, "kind": "text", "body": { "text": id } })
    }

    fn send(&mut self) -> anyhow::Result<()> {
        let message = self.message();
        self.buyer.call("negotiation.send", &message)?;
        self.acked += 1;
        Ok(())
    }

    fn refused_open(&mut self) -> anyhow::Result<()> {
        refused(|| self.open())
    }

    fn refused_send(&mut self) -> anyhow::Result<()> {
        let message = self.message();
        refused(|| self.seller.call("negotiation.send", &message))
    }
}

fn guest(target: &Target) -> Result<Link, LinkError> {
    let mut guest = Link::open(target, None)?;
    guest.call("bench.join", &json!({ "room": ROOM }))?;
    Ok(guest)
}

fn status(hub: &Hub, request: &str, wanted: &str) -> anyhow::Result<()> {
    let answer = hub.ask(request, None)?;
    let line = answer.lines().next().unwrap_or_default();
    if line.split(' ').nth(1) == Some(wanted) { Ok(()) } else { bail!("{request} is answered with {line}") }
}

/// Waits for an event; others are passed over.
fn hear(link: &mut Link, is_it: impl Fn(&Value) -> bool) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    link.socket().set_read_timeout(Some(HEARD_WITHIN))?;
    while watch.elapsed() < HEARD_WITHIN {
        if is_it(&link.next_event().context("nothing is heard")?) {
            return link.socket().set_read_timeout(Some(REFUSED_WITHIN)).map_err(Into::into);
        }
    }
    bail!("nothing is heard")
}

fn refused(ask: impl FnOnce() -> Result<Value, LinkError>) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    let answer = ask();
    match answer {
        Err(LinkError::Refused { code, .. }) if code == "unavailable" && watch.elapsed() < REFUSED_WITHIN => Ok(()),
        other => bail!("the answer is {other:?} after {} s", watch.seconds()),
    }
}
