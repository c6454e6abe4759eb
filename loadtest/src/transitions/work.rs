//! Whose steps are taken: a kind's life, gone round and round by those who may.

use fair::Kind;
use fair::flow::{Flow, Input};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Bytes of an application's fields, about.
const APPLICATION_BYTES: usize = 1_500;
/// Bytes of an order's note.
const NOTE_BYTES: usize = 200;

/// The kind of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// Applications: begun, rejected, resubmitted
    Application,
    /// Intent orders: the buyer is asked, declines, is asked again
    Order,
}

/// For which side of a record somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Owner,
    Second,
}

/// A step that is to be taken.
pub(super) struct Turn {
    pub(super) side: Side,
    pub(super) action: &'static str,
    pub(super) input: Input,
}

fn turn(side: Side, action: &'static str, note: Option<&str>, fields: Map<String, Value>) -> Turn {
    Turn { side, action, input: Input { fields, note: note.map(str::to_owned) } }
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Of {
    pub(super) const fn flow(self) -> &'static Flow {
        match self {
            Self::Application => &fair::applications::FLOW,
            Self::Order => &fair::orders::FLOW,
        }
    }

    /// What the second party of a record is.
    pub(super) const fn second(self) -> Kind {
        match self {
            Self::Application => Kind::Institution,
            Self::Order => Kind::Enterprise,
        }
    }

    /// Makes a record.
    pub(super) fn first(self) -> Turn {
        match self {
            Self::Application => {
                let filled = fields([
                    ("introduction", json!("x".repeat(APPLICATION_BYTES))),
                    ("enterprise_name", json!("Owners Ltd")),
                    ("contact_phone", json!("13800138000")),
                ]);
                turn(Side::Owner, "submit", None, filled)
            }
            Self::Order => {
                let filled = fields([
                    ("exhibit_name", json!("A robot that teaches")),
                    ("seller_name", json!("Owners Ltd")),
                    ("buyer_name", json!("Seconds Ltd")),
                    ("quantity", json!(3)),
                    ("unit_price_fen", json!(1_000)),
                    ("subtotal_fen", json!(3_000)),
                    ("note", json!("x".repeat(NOTE_BYTES))),
                ]);
                turn(Side::Second, "submit", None, filled)
            }
        }
    }

    /// Whatever comes next in a state; it leads round.
    pub(super) fn next(self, state: &str) -> Turn {
        match (self, state) {
            (Self::Application, "pending") => turn(Side::Second, "start", None, Map::new()),
            (Self::Application, "in_review") => {
                turn(Side::Second, "reject", Some("The picture is blurred."), Map::new())
            }
            (Self::Application, _) => turn(Side::Owner, "resubmit", None, Map::new()),
            (Self::Order, "to_handle") => {
                let filled = fields([("amount_fen", json!(2_500)), ("reason", Value::Null)]);
                turn(Side::Owner, "request_confirmation", Some("With the training."), filled)
            }
            (Self::Order, _) => {
                turn(Side::Second, "decline", Some("Too dear."), fields([("reason", json!("Too dear."))]))
            }
        }
    }
}
