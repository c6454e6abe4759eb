//! What was acknowledged or shown anywhere, and whether what is asked later shows it too, at whichever hub.

use std::collections::BTreeMap;

use serde_json::Value;

/// The last position that is known to stand, by conversation.
#[derive(Debug, Clone, Default)]
pub(super) struct Promises {
    heads: BTreeMap<String, i64>,
    /// Of inboxes too: a hub that is alone on its store checks no logs for a list, so after a crash its inboxes are late
    /// until what was unsettled is loaded.
    of_inboxes: bool,
}

/// A request on its way, and what its answer has to show.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) op: &'static str,
    conversation: Option<String>,
    stood: Promises,
}

impl Promises {
    /// Nothing is known to stand yet.
    pub(super) fn none(of_inboxes: bool) -> Self {
        Self { heads: BTreeMap::new(), of_inboxes }
    }

    /// An entry was acknowledged or shown.
    pub(super) fn learn(&mut self, conversation: &str, seq: i64) {
        let head = self.heads.entry(conversation.to_owned()).or_default();
        *head = seq.max(*head);
    }

    fn head(&self, conversation: &str) -> i64 {
        self.heads.get(conversation).copied().unwrap_or(0)
    }
}

impl Asked {
    /// The id of a request, and the request. None for what is not answered. **Shape**: as everything here writes them.
    pub(super) fn of(line: &str, promises: &Promises) -> Option<(u64, Self)> {
        let (id, rest) = line.strip_prefix("{\"id\":")?.split_once(',')?;
        let name = rest.strip_prefix("\"op\":\"")?.split('"').next()?;
        let op = hub::op::Name::from_text(name).map_or("an unknown operation", |name| name.row().text);
        let (_, behind) = rest.split_once("\"conversation\":\"").unwrap_or_default();
        let conversation = behind.split('"').next().filter(|id| !id.is_empty()).map(str::to_owned);
        let looks = match op {
            "negotiation.open" | "negotiation.history" => true,
            "inbox.list" => promises.of_inboxes,
            _ => false,
        };
        let stood = if looks { promises.clone() } else { Promises::default() };
        Some((id.parse().ok()?, Self { op, conversation, stood }))
    }

    /// Takes the answer's promise in, and says what it should have shown.
    pub(super) fn judge(&self, ok: &Value, mine: &[String], promises: &mut Promises) -> Option<String> {
        match (self.op, &self.conversation) {
            ("negotiation.open", Some(id)) => self.shows(id, ok["head"].as_i64()),
            ("negotiation.history", Some(id)) => {
                self.shows(id, ok["entries"].as_array().map(|page| page.last().map_or(0, seq)))
            }
            ("inbox.list", _) => mine.iter().filter(|_| self.stood.of_inboxes).find_map(|id| {
                let rows = ok["conversations"].as_array().into_iter().flatten();
                let row = rows.into_iter().find(|row| row["conversation"] == id.as_str());
                self.shows(id, row.and_then(|row| row["head"].as_i64()))
            }),
            (_, Some(id)) => {
                promises.learn(id, seq(ok));
                None
            }
            (_, None) => None,
        }
    }

    fn shows(&self, conversation: &str, head: Option<i64>) -> Option<String> {
        let stood = self.stood.head(conversation);
        let is_shown = head.is_some_and(|head| head >= stood);
        (!is_shown).then(|| format!("{} shows {head:?} of {conversation}, {stood} stood before it was asked", self.op))
    }
}

fn seq(entry: &Value) -> i64 {
    entry["seq"].as_i64().unwrap_or(0)
}
