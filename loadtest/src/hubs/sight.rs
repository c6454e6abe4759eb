//! One hub acknowledges a message, another is asked for it at once: by opening, by history, by the inbox.
//!
//! Nobody tells the other hub that there is news: it must look before it answers.

#![expect(clippy::indexing_slicing, reason = "indexing a JSON value never panics: what is missing is null")]

use anyhow::Context;
use serde_json::{Value, json};

use super::Part;
use crate::clock::Stopwatch;
use crate::crowd::patiently;
use crate::link::Link;
use crate::process::{Account, Hub};
use crate::report::Latencies;

/// How the other hub is asked.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Open,
    History,
    Inbox,
}

const ASKS: [Ask; 3] = [Ask::Open, Ask::History, Ask::Inbox];

impl Ask {
    /// Asks, and says whether the answer shows the message at its place.
    fn shows(self, link: &mut Link, conversation: &str, seq: i64, text: &str) -> anyhow::Result<bool> {
        let is_it = |entry: &Value| entry["seq"] == seq && entry["body"]["text"] == text;
        let in_entries = |answer: &Value| answer["entries"].as_array().is_some_and(|entries| entries.iter().any(is_it));
        Ok(match self {
            Self::Open => {
                let d = json!({ "conversation": conversation, "after": seq - 1 });
                let answer = link.call("negotiation.open", &d)?;
                answer["head"] == seq && in_entries(&answer)
            }
            Self::History => {
                let d = json!({ "conversation": conversation, "before": seq + 1, "limit": 10 });
                in_entries(&link.call("negotiation.history", &d)?)
            }
            Self::Inbox => {
                let answer = link.call("inbox.list", &json!({}))?;
                let rows = answer["conversations"].as_array().context("an inbox without conversations")?;
                rows.iter()
                    .any(|row| row["conversation"] == conversation && row["head"] == seq && row["preview"] == text)
            }
        })
    }
}

/// Both sides' sockets at one hub.
struct Place {
    sides: [Link; 2],
}

pub(super) fn run(hubs: &[Hub], looks: u32) -> anyhow::Result<Part> {
    let first = hubs.first().context("no hub")?;
    let pair = first.accounts(2)?;
    let mut places = hubs.iter().map(|hub| place(hub, &pair)).collect::<anyhow::Result<Vec<_>>>()?;
    let conversation = start(&mut places, &pair)?;
    let mut latencies = [(); ASKS.len()].map(|()| Latencies::default());
    let mut findings = Vec::new();
    for look in 0..looks as usize {
        let (here, there, side, at) = (look % hubs.len(), (look + 1) % hubs.len(), look / 2 % 2, look % ASKS.len());
        let text = format!("look-{look}");
        let seq = patiently(|| send(link(&mut places, here, side)?, &conversation, &text))?;
        let watch = Stopwatch::start();
        let (Some(ask), Some(latency)) = (ASKS.get(at), latencies.get_mut(at)) else { continue };
        if !patiently(|| ask.shows(link(&mut places, there, 1 - side)?, &conversation, seq, &text))? {
            findings.push(format!("{ask:?} does not show at hub {there} what hub {here} acknowledged as {seq}"));
        }
        latency.record(watch.now_ns());
    }
    let figures: serde_json::Map<_, _> = ASKS
        .iter()
        .zip(&latencies)
        .map(|(ask, latency)| (format!("{ask:?}_ms").to_lowercase(), json!(latency.percentiles())))
        .collect();
    Ok(Part { findings, figures: json!({ "looks": looks, "asked": figures }) })
}

fn place(hub: &Hub, pair: &[Account]) -> anyhow::Result<Place> {
    let [left, right] = pair else { anyhow::bail!("accounts come in pairs") };
    let open = |account: &Account| Link::open(&hub.target(), Some(&account.token));
    Ok(Place { sides: [open(left)?, open(right)?] })
}

/// Everybody has it open everywhere, so that each hub has a copy that can be out of date.
fn start(places: &mut [Place], pair: &[Account]) -> anyhow::Result<String> {
    let peer = &pair.first().context("no account")?.peer;
    let target = json!({ "target": { "kind": "enterprise", "id": peer } });
    let answer = link(places, 0, 0)?.call("negotiation.start", &target)?;
    let conversation = answer["conversation"].as_str().context("negotiation.start without a conversation")?.to_owned();
    for link in places.iter_mut().flat_map(|place| &mut place.sides) {
        link.call("negotiation.open", &json!({ "conversation": conversation }))?;
        link.call("inbox.list", &json!({}))?;
    }
    Ok(conversation)
}

fn link(places: &mut [Place], hub: usize, side: usize) -> anyhow::Result<&mut Link> {
    let place = places.get_mut(hub).context("no such hub")?;
    place.sides.get_mut(side).context("no such side")
}

fn send(link: &mut Link, conversation: &str, text: &str) -> anyhow::Result<i64> {
    let d = json!({ "conversation": conversation, "client_msg_id": text, "kind": "text", "body": { "text": text } });
    link.call("negotiation.send", &d)?["seq"].as_i64().context("negotiation.send without a seq")
}
