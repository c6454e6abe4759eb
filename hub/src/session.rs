//! What is spoken over one socket: text becomes operations, operations pass policy and limits and go to their room.
//!
//! Lives in the connection's reader task. Never touches a room or the store's tables.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::client::Client;
use crate::code::Code;
use crate::handles::Handles;
use crate::limits::Counted;
use crate::observe::TraceId;
use crate::op::{self, Answered, Name, Op, SessionOp, SessionOpen, Way};
use crate::principal::Principal;
use crate::registry::{RETRY_AFTER_MS, TooMany};
use crate::rooms::desk::DeskOp;
use crate::rooms::person::PersonOp;
use crate::rooms::{First, Prepare, Prepared, Question, Route};
use crate::shard::ReplyTo;
use crate::socket::{Class, Closing, Conn, FrameLimits, OPEN_REQUESTS_MAX, Protocol, RoomKey, Weight};
use crate::wire::{self, Failure, Malformed};

/// Refusals for rate in a row after which the socket ends with `flood`.
const REFUSALS_MAX: u16 = 200;
/// Longest `client`, `device` and `locale` of `session.open`.
const LABEL_MAX: usize = 64;

/// One connection's conversation with the hub.
pub struct Session {
    hub: Handles,
    conn: Arc<Conn>,
    client: Arc<Client>,
    state: State,
    refusals: u16,
    /// What the client calls its device, hashed.
    device: u64,
    /// What the client is told as its `session`, and what the log says of this connection.
    trace: TraceId,
}

enum State {
    /// Nothing but `session.open` is heard.
    New,
    /// Open; none for a guest.
    Open(Option<Arc<Principal>>),
}

impl Session {
    /// For a socket whose handshake is done.
    #[must_use]
    pub fn new(hub: Handles, conn: Arc<Conn>) -> Self {
        let client = Arc::new(Client::new(&conn));
        let trace = TraceId::random(&mut &hub.site.entropy);
        Self { hub, conn, client, state: State::New, refusals: 0, device: 0, trace }
    }

    async fn on_line(&mut self, line: &str) -> Result<(), Closing> {
        let envelope = match wire::decode(line) {
            Ok(envelope) => envelope,
            Err(Malformed::Frame) => return Err(Closing::new(Code::BadFrame)),
            Err(Malformed::Shape(id)) => {
                let asked = self.begin(id, Weight::Light).await;
                self.refuse(asked, &Failure::new(Code::BadRequest, "not a request"));
                return Ok(());
            }
        };
        let weight = Name::from_text(&envelope.op).map_or(Weight::Light, |name| name.row().weight());
        let asked = self.begin(envelope.id, weight).await;
        match self.on_request(asked, &envelope.op, envelope.d).await {
            Ok(()) => Ok(()),
            Err(Refused::Request(failure)) => {
                self.refuse(asked, &failure);
                self.count_refusal(failure.code)
            }
            Err(Refused::Socket(failure, closing)) => {
                self.refuse(asked, &failure);
                Err(closing)
            }
            Err(Refused::Answered(closing)) => Err(closing),
        }
    }

    /// A request with an id is open from here until its reply has left.
    async fn begin(&self, id: Option<u64>, weight: Weight) -> Option<(u64, Weight)> {
        let id = id?;
        self.conn.request_slot(weight).await;
        Some((id, weight))
    }

    async fn on_request(
        &mut self,
        asked: Option<(u64, Weight)>,
        op: &str,
        body: Option<&RawValue>,
    ) -> Result<(), Refused> {
        let name = Name::from_text(op)
            .ok_or_else(|| Failure::new(Code::BadRequest, "unknown operation").field("/op", "unknown"))?;
        let row = name.row();
        let reply = match (row.answered, asked) {
            (Answered::Reply, Some((id, weight))) => ReplyTo::Request(id, weight),
            (Answered::OneWay, None) => ReplyTo::Nobody,
            (Answered::Reply, None) => {
                return Err(Failure::new(Code::BadRequest, "id is missing").field("/id", "missing").into());
            }
            (Answered::OneWay, Some(_)) => {
                return Err(Failure::new(Code::BadRequest, "a one-way operation has no id")
                    .field("/id", "unknown")
                    .into());
            }
        };
        let who = match &self.state {
            State::New if name == Name::SessionOpen => None,
            State::New => {
                let failure = Failure::new(Code::Unauthenticated, "session.open comes first");
                return Err(Refused::Socket(failure, Closing::new(Code::Unauthenticated)));
            }
            State::Open(who) => who.clone(),
        };
        metrics::counter!("requests_total", "op" => row.text).increment(1);
        let op = op::decode(name, body)?;
        let counted =
            Counted { user: who.as_ref().map(|who| who.user), device: self.device, address: self.conn.peer() };
        self.hub.gate.pass(who.as_deref(), &counted, row.right, row.class)?;
        self.carry_out(reply, op, who.as_deref()).await
    }

    async fn carry_out(&mut self, reply: ReplyTo, op: Op, who: Option<&Principal>) -> Result<(), Refused> {
        match op.way(who).map_err(|failure| failure.below(wire::BODY))? {
            Way::Room(Route::Room(question)) => self.ask(question, reply)?,
            // Boxed: these happen rarely, and every idle reader would carry their state.
            Way::Room(Route::First(first)) => {
                let asked = Box::pin(self.ask_after(first, reply, who)).await;
                asked.map_err(|failure| failure.below(wire::BODY))?;
            }
            Way::Session(op) => Box::pin(self.answer_itself(&reply, op)).await?,
        }
        self.refusals = 0;
        Ok(())
    }

    async fn answer_itself(&mut self, reply: &ReplyTo, op: SessionOp) -> Result<(), Refused> {
        match op {
            SessionOp::Ping(empty) => self.answer(reply, &empty),
            SessionOp::Open(open) => self.open(reply, open).await?,
            SessionOp::Refresh(refresh) => self.refresh(reply, &refresh.token)?,
        }
        Ok(())
    }

    async fn ask_after(&self, first: First, reply: ReplyTo, who: Option<&Principal>) -> Result<(), Failure> {
        let who = who.ok_or(Failure::from(Code::Unauthenticated))?.clone();
        let prepare = Prepare { ground: self.hub.ground.clone(), ways: self.hub.ways.clone(), who };
        match first(prepare).await? {
            Prepared::Room(question) => self.ask(question, reply),
            Prepared::Done(answer) => {
                if let ReplyTo::Request(id, weight) = reply {
                    self.client.reply(wire::ok_of(id, &answer.body), weight);
                }
                Ok(())
            }
        }
    }

    fn ask(&self, question: Question, reply: ReplyTo) -> Result<(), Failure> {
        self.hub.ways.ask(question, Some(Arc::clone(&self.client)), reply)
    }

    async fn open(&mut self, reply: &ReplyTo, open: SessionOpen) -> Result<(), Refused> {
        if matches!(self.state, State::Open(_)) {
            return Err(Failure::new(Code::Conflict, "the session is open already").into());
        }
        for (at, label) in [("/d/client", &open.client), ("/d/device", &open.device), ("/d/locale", &open.locale)] {
            if label.len() > LABEL_MAX {
                return Err(Failure::new(Code::Invalid, "too long").field(at, "too_long").into());
            }
        }
        self.device = Counted::device(&open.device);
        let Some(token) = open.token else {
            self.state = State::Open(None);
            self.answer(reply, &Opened::guest(&self.hub, self.trace));
            self.client.subscribe(RoomKey::EVERYBODY);
            return Ok(());
        };
        let who = self.authenticate(&token)?;
        let opened = Opened::account(&self.hub, self.trace, &who).await?;
        tracing::info!(trace = %self.trace, user = %who.user, client = open.client, "session opened");
        self.conn.set_deadline(Some(who.expires_at), Code::TokenExpired);
        // Registered before the reply and before the last look at revocations: none falls between.
        self.hub.registry.add(&who, &self.client)?;
        self.state = State::Open(Some(Arc::new(who.clone())));
        self.authenticate(&token)?;
        self.answer(reply, &opened);
        self.client.subscribe(RoomKey::EVERYBODY);
        // The request is answered; a session that cannot be told of its own events starts anew.
        self.attach(&who).map_err(|_full| Refused::Answered(Closing::new(Code::Overloaded)))
    }

    fn attach(&self, who: &Principal) -> Result<(), Failure> {
        self.ask(Question::Person(who.user, PersonOp::Attach), ReplyTo::OrClose)?;
        match who.party().filter(|party| party.duty.negotiates()) {
            Some(party) => self.ask(Question::Desk(party.enterprise, DeskOp::Attach(party)), ReplyTo::OrClose),
            None => Ok(()),
        }
    }

    fn refresh(&mut self, reply: &ReplyTo, token: &str) -> Result<(), Refused> {
        let State::Open(Some(before)) = &self.state else {
            return Err(Failure::new(Code::Conflict, "a guest has nothing to refresh").into());
        };
        let before = Arc::clone(before);
        let who = self.authenticate(token)?;
        if (who.user, who.enterprise, who.duty, who.admin)
            != (before.user, before.enterprise, before.duty, before.admin)
        {
            // Rooms were joined by the old rights: a new socket starts clean.
            return Err(Refused::Socket(Code::TokenExpired.into(), Closing::new(Code::TokenExpired)));
        }
        self.conn.set_deadline(Some(who.expires_at), Code::TokenExpired);
        self.hub.registry.add(&who, &self.client)?;
        self.state = State::Open(Some(Arc::new(who)));
        self.answer(reply, &op::Empty {});
        Ok(())
    }

    fn authenticate(&self, token: &str) -> Result<Principal, Refused> {
        self.hub.gate.authenticate(token).map_err(|failure| {
            let code = failure.code;
            if matches!(code, Code::Unauthenticated | Code::TokenExpired | Code::SessionRevoked) {
                Refused::Socket(failure, Closing::new(code))
            } else {
                Refused::Request(failure)
            }
        })
    }

    fn answer<T: Serialize>(&self, reply: &ReplyTo, body: &T) {
        if let ReplyTo::Request(id, weight) = reply {
            self.client.reply(wire::ok(*id, body), *weight);
        }
    }

    fn refuse(&self, asked: Option<(u64, Weight)>, failure: &Failure) {
        metrics::counter!("refusals_total", "code" => failure.code.text()).increment(1);
        match asked {
            Some((id, weight)) => self.client.reply(wire::error(id, failure), weight),
            None => self.client.tell(wire::error_event(failure), Class::Presence),
        }
    }

    fn count_refusal(&mut self, code: Code) -> Result<(), Closing> {
        if matches!(code, Code::RateLimited) {
            self.refusals = self.refusals.saturating_add(1);
        }
        if self.refusals > REFUSALS_MAX { Err(Closing::new(Code::Flood)) } else { Ok(()) }
    }
}

impl Protocol for Session {
    async fn on_text(&mut self, text: &str) -> Result<(), Closing> {
        let mut heard = false;
        for line in text.split('\n') {
            if line.trim().is_empty() {
                continue;
            }
            heard = true;
            self.on_line(line).await?;
        }
        if heard { Ok(()) } else { Err(Closing::new(Code::BadFrame)) }
    }

    async fn on_binary(&mut self, _data: &[u8]) -> Result<(), Closing> {
        Err(Closing::new(Code::BadFrame))
    }

    fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    fn on_closed(&mut self) {
        if let State::Open(Some(who)) = &self.state {
            self.hub.registry.remove(who.user, &self.client);
        }
        self.hub.ways.closed(&self.client);
    }
}

/// Why a request was not carried out.
enum Refused {
    /// It is answered; the socket stays.
    Request(Failure),
    /// It is answered, then the socket ends.
    Socket(Failure, Closing),
    /// It was answered before; the socket ends.
    Answered(Closing),
}

impl From<TooMany> for Refused {
    fn from(too_many: TooMany) -> Self {
        let failure = Failure::new(Code::Overloaded, too_many.to_string()).retry_after_ms(RETRY_AFTER_MS.into());
        Self::Socket(failure, Closing { code: Code::Overloaded, retry_after_ms: Some(RETRY_AFTER_MS) })
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Request(failure)
    }
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self::Request(code.into())
    }
}

/// The answer of `session.open`.
#[derive(Debug, Serialize)]
struct Opened {
    session: String,
    user: Option<fair::accounts::Profile>,
    now: String,
    ping_s: u32,
    limits: OpenedLimits,
}

#[derive(Debug, Serialize)]
struct OpenedLimits {
    frame_bytes: usize,
    text_chars: usize,
    open_requests: usize,
    recall_ms: i64,
}

impl Opened {
    fn guest(hub: &Handles, trace: TraceId) -> Self {
        Self {
            session: trace.to_string(),
            user: None,
            now: chat::time::rfc3339(hub.site.clock.now()),
            ping_s: hub.site.ping_s,
            limits: OpenedLimits {
                frame_bytes: FrameLimits::default().message_bytes_max,
                text_chars: chat::text::TEXT_CHARS_MAX,
                open_requests: OPEN_REQUESTS_MAX,
                recall_ms: chat::RECALL_MS,
            },
        }
    }

    async fn account(hub: &Handles, trace: TraceId, who: &Principal) -> Result<Self, Failure> {
        Ok(Self { user: Some(hub.accounts.profile(who.user).await?), ..Self::guest(hub, trace) })
    }
}
