//! What is said of an order, and with its steps. **Source**: SPEC 11.

use serde_json::{Map, Value};

use crate::error::FieldError;
use crate::flow::Input;
use crate::form::{Context, Field, Filled, Form, Rule, fen, id, line, lines, term, whole};

/// The greatest quantity. **Source**: L870 (P).
pub const QUANTITY_MAX: i64 = 999_999;
/// The greatest price of one, and the greatest budget: 11 characters with the point. **Units**: fen.
pub const PRICE_FEN_MAX: i64 = 9_999_999_999;
/// The greatest sum of an order: what every client counts exactly (2^53 - 1). **Units**: fen.
pub const SUM_FEN_MAX: i64 = 9_007_199_254_740_991;
/// 采购备注, 备注 (参展商应答). **Units**: characters. **Source**: L956, L958.
const NOTE_CHARS_MAX: usize = 200;
/// A person's name (D-31). **Units**: characters.
const CONTACT_CHARS_MAX: usize = 60;

const NOTE: Field = lines("note", 1, NOTE_CHARS_MAX);
const QUANTITY: Field = whole("quantity", 1, QUANTITY_MAX).required();
const EXHIBIT: Field = id("exhibit").required();
const AMOUNT: Field = fen("amount_fen", SUM_FEN_MAX);
const AMOUNT_RULES: &[Rule] = &[says_something];

static SUBMITTED: [Field; 6] = [
    EXHIBIT,
    QUANTITY,
    line("contact_name", 1, CONTACT_CHARS_MAX).required(),
    term("region", "region").required(),
    fen("budget_fen", PRICE_FEN_MAX),
    NOTE,
];
static RECORDED: [Field; 5] = [EXHIBIT, id("buyer").required(), QUANTITY, AMOUNT.required(), NOTE];
static HANDLED: [Field; 2] = [AMOUNT.about("As it was said before, where it is left out"), NOTE];
static ANSWERED: [Field; 1] = [NOTE];
static DECLINED: [Field; 1] = [lines("reason", 1, NOTE_CHARS_MAX)];

/// An intent as a buyer submits it.
pub static SUBMIT: Form = Form::new("Order", &SUBMITTED);
/// What an exhibitor records of an intent that came another way.
pub static RECORD: Form = Form::new("RecordedOrder", &RECORDED).with(AMOUNT_RULES);
/// What an exhibitor says of the amount: with a deal, and with the question to the buyer.
pub static HANDLE: Form = Form::new("OrderAmount", &HANDLED).with(AMOUNT_RULES);
/// What an exhibitor says without one: with a closing.
pub static ANSWER: Form = Form::new("OrderAnswer", &ANSWERED);
/// Why a buyer does not accept.
pub static DECLINE: Form = Form::new("OrderDecline", &DECLINED);

/// 0 is what is shown of an amount that nobody has said yet (L933).
fn says_something(filled: &Filled, _context: &Context<'_>) -> Result<(), FieldError> {
    let is_nothing = filled.fields().get("amount_fen").and_then(Value::as_i64) == Some(0);
    if is_nothing { Err(FieldError::new("/amount_fen", "too_small")) } else { Ok(()) }
}

/// What a step sets: of [`HANDLE`] and [`ANSWER`] the amount and the exhibitor's answer, of [`DECLINE`] the reason, which
/// the next step takes away.
#[must_use]
pub fn said(filled: &Filled) -> Input {
    let mut fields = Map::from_iter([("reason".to_owned(), Value::Null)]);
    for (sent, kept) in [("amount_fen", "amount_fen"), ("note", "response"), ("reason", "reason")] {
        fields.extend(filled.fields().get(sent).map(|value| (kept.to_owned(), value.clone())));
    }
    let note = filled.text("note").or_else(|| filled.text("reason")).map(str::to_owned);
    Input { fields, note }
}

/// What a withdrawal sets: so that who reads sees that the buyer closed it.
#[must_use]
pub fn withdrawn(_nothing: &Filled) -> Input {
    let fields = [("reason".to_owned(), Value::Null), ("withdrawn".to_owned(), true.into())];
    Input { fields: Map::from_iter(fields), note: None }
}
