//! `/v1/orders`: intents that buyers submit, and what either side does with them.

use axum::extract::{Path, State};
use axum::response::IntoResponse;
use chat::time::rfc3339;
use fair::accounts::Accounts;
use fair::flow::{Flows, Line, NOTHING, Record, Who};
use fair::form::{Filled, Object};
use fair::orders::form::{ANSWER, DECLINE, HANDLE, RECORD, SUBMIT, said, withdrawn};
use fair::orders::{self, FLOW, Offer, Orders, Role};
use fair::{Page, Team};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use storage::ids::{EnterpriseId, RecordId, UserId};
use utoipa::{IntoParams, ToSchema};

use super::parts::lived::{Doing, Lived};
use super::parts::page::limit;
use super::parts::{Caller, PageOf, Route, Shown, id};
use crate::code::Code;
use crate::describe::says;
use crate::ground::Ground;
use crate::limits::Class;
use crate::policy::Right;
use crate::principal::{Kind, Principal};
use crate::rooms::negotiation::blocks;
use crate::routes;
use crate::schema::{object, whole};
use crate::wares;
use crate::wire::Failure;

const ORDER: Lived = Lived { flow: &FLOW, named: |text| text.parse().ok(), shown, form: &NOTHING, beside };

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/orders" Account Read => list,
            says("Orders of the caller's enterprise, newest first; of all for the committee").query::<Filter>()
                .lists_value(&ORDER.described()).refuses(&[Code::Forbidden, Code::Invalid]);
        GET "/v1/orders/{id}/log" Account Read => log,
            says("Who of which side did what").lists::<Logged>();
    };
    let who = (Right::Negotiator, Class::Write);
    let (submits, records) = ("Submits an intent about an exhibit", "Records an intent that came another way");
    let submits = says(submits).form(&SUBMIT).refuses(&[Code::NotFound, Code::Conflict]);
    let submits = submits.leads_to("get_orders_id", &[("id", "/id")]).leads_to("get_orders_id_log", &[("id", "/id")]);
    rows.push(ORDER.create("/v1/orders", who, |doing, id, sent| Box::pin(submit(doing, id, sent)), submits));
    let records = says(records).form(&RECORD).refuses(&[Code::NotFound, Code::Conflict]);
    rows.push(ORDER.create("/v1/orders/recorded", who, |doing, id, sent| Box::pin(record(doing, id, sent)), records));
    rows.push(ORDER.show("/v1/orders/{id}"));
    rows.push(ORDER.step("/v1/orders/{id}/accept", "accept"));
    for (path, action, form, read) in [
        ("/v1/orders/{id}/close", "close", &ANSWER, said as fn(&Filled) -> _),
        ("/v1/orders/{id}/deal", "deal", &HANDLE, said),
        ("/v1/orders/{id}/request-confirmation", "request_confirmation", &HANDLE, said),
        ("/v1/orders/{id}/decline", "decline", &DECLINE, said),
        ("/v1/orders/{id}/withdraw", "withdraw", &NOTHING, withdrawn),
    ] {
        rows.push(ORDER.step_of(path, action, form, read));
    }
    rows
}

/// What an order shows as it is kept.
const KEPT: [&str; 10] = [
    "number",
    "unit_price_fen",
    "quantity",
    "subtotal_fen",
    "amount_fen",
    "budget_fen",
    "note",
    "response",
    "reason",
    "withdrawn",
];

/// **Shape**: `{"number","exhibit":{"id","number","name","picture"?},"unit_price_fen"?,"quantity","subtotal_fen"?,
/// "amount_fen"?,"budget_fen"?,"note"?,"response"?,"reason"?,"withdrawn"?,"buyer":{"enterprise","name","user"?,
/// "contact_name"?,"region"?},"seller":{"enterprise","name","booth","booth_name","region"}}` in the record.
fn shown(order: &Record, who: &Who) -> Shown {
    let kept = |name: &str| order.fields.get(name).cloned();
    let part = |names: &[(&'static str, &'static str)]| {
        let fields = names.iter().filter_map(|(name, field)| Some(((*name).to_owned(), kept(field)?)));
        fields.collect::<Map<String, Value>>()
    };
    let mut fields = part(&KEPT.map(|name| (name, name)));
    let exhibit =
        [("id", "exhibit"), ("number", "exhibit_number"), ("name", "exhibit_name"), ("picture", "exhibit_picture")];
    let seller =
        [("name", "seller_name"), ("booth", "booth"), ("booth_name", "booth_name"), ("region", "seller_region")];
    let (mut seller, mut buyer) =
        (part(&seller), part(&[("name", "buyer_name"), ("user", "buyer_user"), ("region", "region")]));
    seller.insert("enterprise".to_owned(), json!(order.owner));
    buyer.insert("enterprise".to_owned(), json!(order.second));
    buyer.extend(orders::contact_name(order, who).map(|name| ("contact_name".to_owned(), name.into())));
    for (name, part) in [("exhibit", part(&exhibit)), ("seller", seller), ("buyer", buyer)] {
        fields.insert(name.to_owned(), Value::Object(part));
    }
    Shown::of(order, who, fields)
}

/// The schemas of what [`shown`] shows.
fn beside() -> Map<String, Value> {
    let text = || json!({"type": "string"});
    let id = crate::schema::id;
    let mut exhibit = object(&[("id", id()), ("number", text()), ("name", text())]);
    let mut buyer = object(&[("enterprise", id()), ("name", text())]);
    let seller = [("enterprise", id()), ("name", text()), ("booth", id()), ("booth_name", text()), ("region", text())];
    let more = [(&mut exhibit, "picture", id()), (&mut buyer, "user", id())];
    more.into_iter().for_each(|(part, name, schema)| may_have(part, name, schema));
    may_have(&mut buyer, "region", text());
    may_have(
        &mut buyer,
        "contact_name",
        json!({"type": "string", "description": "to the two parties; masked to others"}),
    );
    let fen = |about: &str| json!({"type": "integer", "minimum": 0, "description": format!("fen; {about}")});
    let parts = json!({
        "number": {"type": "string", "pattern": "^[0-9]{15}$", "description": "the day and seven digits of chance"},
        "exhibit": exhibit, "buyer": buyer, "seller": object(&seller), "quantity": whole(),
        "unit_price_fen": fen("the market price when it was made; none: no price was given"),
        "subtotal_fen": fen("price by quantity"), "budget_fen": fen("the buyer's"),
        "amount_fen": fen("what the exhibitor asks for"), "note": text(),
        "response": {"type": "string", "description": "the exhibitor's"},
        "reason": {"type": "string", "description": "why the buyer declined"},
        "withdrawn": {"type": "boolean", "description": "the buyer closed it"},
    });
    parts.as_object().cloned().unwrap_or_default()
}

fn may_have(part: &mut Value, name: &str, schema: Value) {
    if let Some(properties) = part.get_mut("properties") {
        crate::schema::set(properties, name, schema);
    }
}

async fn submit(doing: Doing, id: RecordId, sent: Object) -> Result<Record, Failure> {
    let Doing { ground, books, who, .. } = doing;
    let filled = SUBMIT.check(&sent, &books.context())?;
    let offer = offered(&ground, &filled).await?;
    refuse_blocked(&ground, offer.seller, who.team()).await?;
    Ok(Orders::new(ground.flows().clone()).submit(&who, id, filled, &offer).await?)
}

/// The exhibit is one's own, and is on show like any.
async fn record(doing: Doing, id: RecordId, sent: Object) -> Result<Record, Failure> {
    let Doing { ground, books, who, .. } = doing;
    let filled = RECORD.check(&sent, &books.context())?;
    let offer = offered(&ground, &filled).await?;
    refuse_blocked(&ground, offer.seller, filled.text("buyer").and_then(|buyer| buyer.parse().ok())).await?;
    Ok(Orders::new(ground.flows().clone()).record(&who, id, filled, &offer).await?)
}

async fn offered(ground: &Ground, filled: &Filled) -> Result<Offer, Failure> {
    let exhibit: RecordId = id(filled.text("exhibit").unwrap_or_default())?;
    wares::offer(ground, exhibit).await?.ok_or_else(|| Code::NotFound.into())
}

/// Whoever blocks another, or is blocked, gets no new order of theirs: its note would be a message all the same. What is
/// made is carried on: it is a matter of record.
async fn refuse_blocked(ground: &Ground, seller: EnterpriseId, buyer: Option<EnterpriseId>) -> Result<(), Failure> {
    let Some(buyer) = buyer else { return Ok(()) };
    if blocks(ground, [seller, buyer]).await? {
        return Err(Failure::new(Code::Conflict, "blocked"));
    }
    Ok(())
}

/// Which page of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// What the caller's enterprise is to them, `seller` where nothing is said; of no meaning to the committee.
    #[param(value_type = Option<String>)]
    role: Option<Role>,
    /// Only what is in this state.
    state: Option<String>,
    /// The one with this number.
    number: Option<String>,
    /// Only those of buyers whose name has this in it.
    buyer: Option<String>,
    /// Only what was made on this day or later, such as `2020-07-15`.
    from: Option<String>,
    /// Only what was made on this day or earlier.
    to: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

async fn list(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    page: PageOf<Filter>,
) -> Result<impl IntoResponse, Failure> {
    let Filter { role, state, number, buyer, from, to, cursor, limit: asked } = &page.filter;
    let scope = scope_of(&caller, *role)?;
    let filter = orders::Filter {
        state: state.as_deref(),
        number: number.as_deref(),
        buyer: buyer.as_deref(),
        from: from.as_deref(),
        to: to.as_deref(),
    };
    let found = Orders::new(flows).list(scope, &filter, (cursor.as_deref(), limit(*asked))).await?;
    Ok(page.shows(Page { next: found.next, ..ORDER.items(&found.items, &Who::from(&caller)) }))
}

/// An enterprise sees its own, the committee all.
fn scope_of(caller: &Principal, role: Option<Role>) -> Result<fair::flow::Scope, Failure> {
    match (caller.kind, caller.enterprise) {
        (Kind::Committee, _) => Ok(fair::flow::Scope::All),
        (Kind::Enterprise, Some(team)) => Ok(role.unwrap_or(Role::Seller).scope(team)),
        (Kind::Enterprise | Kind::Individual | Kind::Media | Kind::Institution, _) => Err(Code::Forbidden.into()),
    }
}

/// A step that was taken, and for which side.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderLogged)]
struct Logged {
    /// When.
    at: String,
    /// Which step.
    action: String,
    /// The state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The state since.
    to: String,
    /// The version it made.
    version: i64,
    /// 操作人.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<Operator>,
    /// 企业名称: theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    enterprise: Option<Team>,
    /// The amount that was said with it. **Units**: fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_fen: Option<i64>,
    /// What was said to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// 对外显示名: what others see.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrderOperator)]
struct Operator {
    id: UserId,
    name: String,
}

/// The whole log; an order has few steps.
async fn log(
    State(flows): State<Flows>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let order = flows.get(&Who::from(&caller), &FLOW, ORDER.id(&name)?).await?;
    let (mut items, mut known) = (Vec::new(), Vec::new());
    for line in flows.history(&order).await? {
        let operator = match line.actor {
            Some(user) => Some(operator(flows.accounts(), &mut known, user).await?),
            None => None,
        };
        items.push(Logged::of(line, operator));
    }
    Ok(axum::Json(Page { items, next: None }))
}

type Known = (Operator, Option<Team>);

/// An order's people are few, and named again and again.
async fn operator(accounts: &Accounts, known: &mut Vec<Known>, id: UserId) -> Result<Known, Failure> {
    if let Some(known) = known.iter().find(|(operator, _)| operator.id == id) {
        return Ok(known.clone());
    }
    let profile = accounts.profile(id).await?;
    let found = (Operator { id, name: profile.name }, profile.enterprise);
    known.push(found.clone());
    Ok(found)
}

impl Logged {
    fn of(line: Line, operator: Option<Known>) -> Self {
        let Line { version, at, action, from, to, note, fields, .. } = line;
        let (user, enterprise) = operator.map_or((None, None), |(user, enterprise)| (Some(user), enterprise));
        let amount_fen = fields.get("amount_fen").and_then(Value::as_i64);
        Self { at: rfc3339(at), action, from, to, version, user, enterprise, amount_fen, note }
    }
}
