//! The demo's past: a hub of some days ago over the same store, in which the demo's people did what one now finds. It runs
//! once, before the hub that listens, by a clock of its own; everything goes through the operations that clients use.

mod buying;
mod orders;
mod reports;
mod talks;

use std::collections::HashMap;

use anyhow::Context as _;
use axum::extract::FromRef as _;
use fair::User;
use fair::demo::{self, Stage};
use serde_json::{Value, json};
use storage::Clock;
use storage::ids::{EnterpriseId, Millis, SessionId};

use self::talks::{Act, Says, TALKS, Talk};
use crate::handles::Handles;
use crate::op::{self, Name};
use crate::operations::Operations;
use crate::principal::Principal;
use crate::wire::Failure;

/// How long ago it begins. **Units**: milliseconds.
const BEGAN_MS: i64 = 6 * 24 * 60 * 60 * 1_000;
/// Until when it has to be over: then comes the hub that listens. **Units**: milliseconds before the present.
const OVER_MS: i64 = 5 * 60 * 1_000;

/// By which the past goes.
#[must_use]
pub fn clock(now: Millis) -> Clock {
    Clock::manual(Millis(now.0 - BEGAN_MS))
}

/// Makes the accounts, and plays what is missing of the past in a hub by such a clock.
///
/// # Errors
/// Whatever the store or an operation answers.
pub async fn play(hub: &Handles, with_history: bool, now: Millis) -> anyhow::Result<()> {
    demo::fill(&hub.accounts).await.context("the demo's accounts")?;
    if !with_history {
        return Ok(());
    }
    let personnel = hub.ground.personnel();
    let (booths, exhibits) = (hub.ground.booths(), hub.ground.exhibits());
    let stage = Stage {
        accounts: &hub.accounts,
        flows: hub.ground.flows(),
        personnel: &personnel,
        files: &hub.files,
        uploads: hub.ground.uploads(),
        booths: &booths,
        exhibits: &exhibits,
        showcase: hub.ground.showcase(),
    };
    demo::play(&stage).await.context("the demo's records")?;
    dealings(hub, now).await.map_err(|failure| anyhow::anyhow!("the demo's talks and orders: {failure:?}"))
}

/// Talks and orders, in the order in which they began, then what was reported.
async fn dealings(hub: &Handles, now: Millis) -> Result<(), Failure> {
    let operations = Operations::from_ref(hub);
    let mut orders = buying::missing(hub).await?.into_iter().peekable();
    for talk in TALKS {
        while let Some(order) = orders.next_if(|order| order.began_minutes_ago >= talk.began_minutes_ago) {
            buying::play(hub, order, now).await?;
        }
        let mut play =
            Play { hub, operations: &operations, people: HashMap::new(), conversation: String::new(), seq: 0 };
        play.talk(talk, now).await?;
    }
    for order in orders {
        buying::play(hub, order, now).await?;
    }
    reports::play(hub, now).await
}

/// Lets the time come that was so long ago, unless it is over.
fn wait_until(hub: &Handles, minutes_ago: u32, now: Millis) {
    let clock = hub.ground.clock();
    let wait = Millis(now.0 - i64::from(minutes_ago) * 60_000).since_ms(clock.now()).max(0);
    clock.advance_ms(u32::try_from(wait).unwrap_or(0));
}

/// Lets so much time pass, as far as there is any left.
fn pass(hub: &Handles, minutes: u32, now: Millis) {
    let clock = hub.ground.clock();
    let left = (now.0 - OVER_MS).saturating_sub(clock.now().0).max(0);
    clock.advance_ms(u32::try_from(left).unwrap_or(u32::MAX).min(minutes * 60_000));
}

async fn enterprise(hub: &Handles, identifier: &str) -> Result<EnterpriseId, Failure> {
    let found = hub.accounts.find_enterprise(identifier).await?;
    found.map(|found| found.id).ok_or_else(|| Failure::internal("a firm that is not of the demo"))
}

async fn person(hub: &Handles, says: Says) -> Result<User, Failure> {
    let user = hub.accounts.find_user(says.0, says.1).await?;
    user.ok_or_else(|| Failure::internal("a person who is not of the demo"))
}

/// One conversation, as it goes on.
struct Play<'a> {
    hub: &'a Handles,
    operations: &'a Operations,
    people: HashMap<Says, Principal>,
    conversation: String,
    seq: i64,
}

impl Play<'_> {
    /// A pair that talks already goes on by itself.
    async fn talk(&mut self, talk: &Talk, now: Millis) -> Result<(), Failure> {
        wait_until(self.hub, talk.began_minutes_ago, now);
        let target = enterprise(self.hub, talk.with).await?;
        let opened = self
            .run(talk.from, Name::NegotiationStart, json!({"target": {"kind": "enterprise", "id": target}}))
            .await?;
        if opened.get("created") != Some(&Value::Bool(true)) {
            return Ok(());
        }
        self.conversation = opened.get("conversation").and_then(Value::as_str).unwrap_or_default().to_owned();
        for (n, (minutes, says, act)) in talk.acts.iter().enumerate() {
            pass(self.hub, *minutes, now);
            self.act(*says, act, n).await?;
        }
        Ok(())
    }

    async fn act(&mut self, says: Says, act: &Act, n: usize) -> Result<(), Failure> {
        let (name, body) = match act {
            Act::Text(text) => (Name::NegotiationSend, self.message(n, "text", &json!({ "text": text }))),
            Act::Contact => (Name::NegotiationSend, self.message(n, "card", &json!({ "type": "contact" }))),
            Act::Claim => (Name::NegotiationClaim, json!({ "conversation": self.conversation })),
            Act::Close => (Name::NegotiationClose, json!({ "conversation": self.conversation })),
            Act::Read => (Name::NegotiationRead, json!({ "conversation": self.conversation, "seq": self.seq })),
        };
        let answer = self.run(says, name, body).await?;
        self.seq = answer.get("seq").and_then(Value::as_i64).unwrap_or(self.seq);
        Ok(())
    }

    fn message(&self, n: usize, kind: &str, body: &Value) -> Value {
        json!({ "conversation": self.conversation, "client_msg_id": format!("demo-{n}"), "kind": kind, "body": body })
    }

    async fn run(&mut self, says: Says, name: Name, body: Value) -> Result<Value, Failure> {
        let who = self.person(says).await?;
        let op = op::decode_text(name, &body.to_string(), "")?;
        let answer = self.operations.run(who, op).await?;
        serde_json::from_slice(&answer.body).map_err(Failure::internal)
    }

    /// As its access token would say.
    async fn person(&mut self, says: Says) -> Result<Principal, Failure> {
        if let Some(known) = self.people.get(&says) {
            return Ok(known.clone());
        }
        let user = person(self.hub, says).await?;
        let principal = Principal {
            user: user.id,
            kind: user.kind,
            enterprise: user.enterprise,
            duty: user.duty,
            admin: user.admin,
            session: SessionId::random(&mut self.hub.ground.entropy()),
            rights: 1,
            expires_at: Millis(i64::MAX),
        };
        self.people.insert(says, principal.clone());
        Ok(principal)
    }
}
