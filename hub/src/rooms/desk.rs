//! An enterprise's inbox in its shard: carries out what the pure desk asks for. Decides and stores nothing.

use chat::desk::{Desk, DeskOutput, Facts};
use chat::wire::InboxList;
use chat::{Caller, Head, Mark, Party};
use storage::ids::{ConversationId, EnterpriseId};
use storage::words::{ConnId, Refusal};

use super::negotiation::{answer_of, load};
use super::{Prepared, Question, Route, negotiation};
use crate::code::Code;
use crate::ground::{Ground, refusal};
use crate::principal::Principal;
use crate::shard::{Asker, Cx, Kind, Load, Window};
use crate::socket::Class;
use crate::wire::{self, Answer, Failure};

/// What clients and sessions ask of it.
#[derive(Debug)]
pub enum DeskOp {
    /// `inbox.list`.
    List(Party, InboxList),
    /// A session was opened: its connection gets its team's inbox from now on.
    Attach(Party),
}

/// What its jobs bring.
#[derive(Debug)]
pub enum DeskDone {
    /// The rows as they stand.
    Rows(Result<Vec<Head>, Refusal>),
    /// What a page needs: the question and the answer.
    Facts(u64, Result<Facts, Refusal>),
}

/// What conversations tell it.
#[derive(Debug)]
pub enum DeskTold {
    /// A head moved.
    Changed(Box<Head>),
    /// A read mark moved: the user's other devices follow.
    Marked(ConversationId, Mark),
}

/// Where `inbox.list` goes, once the lists know what the last hub left.
///
/// # Errors
/// `forbidden` for whoever speaks for no enterprise.
pub fn list(who: Option<&Principal>, list: InboxList) -> Result<Route, Failure> {
    let party = negotiation::party(who)?;
    Ok(Route::first(move |prepare| async move {
        prepare.ground.catch_up().over().await;
        Ok(Prepared::Room(Question::Desk(party.enterprise, DeskOp::List(party, list))))
    }))
}

/// See the module.
pub struct DeskRoom {
    desk: Desk,
    /// Reused between operations.
    out: Vec<DeskOutput>,
}

impl Kind for DeskRoom {
    type Op = DeskOp;
    type Done = DeskDone;
    type Told = DeskTold;
    type Loaded = Vec<Head>;

    const WINDOW: Window = Window::Step;

    fn load(enterprise: EnterpriseId, ground: &Ground) -> Load<Self> {
        let ground = ground.clone();
        Load::Later(Box::pin(async move {
            let _turn = ground.turn().await;
            Ok(load::rows(ground.store(), enterprise).await?)
        }))
    }

    fn new(enterprise: EnterpriseId, heads: Vec<Head>, ground: &Ground) -> Self {
        let rules = ground.rules();
        #[cfg(not(feature = "planted"))]
        let shared = rules.shared;
        #[cfg(feature = "planted")]
        let shared = rules.shared && rules.planted != Some(chat::planted::Bug::StaleInbox);
        Self { desk: Desk::new(enterprise, heads, shared), out: Vec::new() }
    }

    fn on_op(&mut self, cx: &mut Cx<'_, Self>, op: DeskOp, asker: Asker<'_>) {
        if asker.client.is_some_and(|client| !cx.enter(client)) {
            return cx.answer(asker.ticket, Err(Code::Overloaded.into()));
        }
        match op {
            DeskOp::Attach(party) => {
                let caller = Caller { party, conn: asker.conn(), ticket: None };
                let attached = self.desk.subscribe(caller).map(|()| Answer::empty());
                cx.answer(asker.ticket, attached.map_err(Into::into));
            }
            DeskOp::List(party, list) => {
                let caller = Caller { party, conn: asker.conn(), ticket: asker.ticket };
                self.step(cx, |desk, out| desk.handle_list(caller, &list, out));
            }
        }
    }

    fn on_done(&mut self, cx: &mut Cx<'_, Self>, done: DeskDone) {
        self.step(cx, |desk, out| match done {
            DeskDone::Rows(rows) => desk.handle_rows(rows, out),
            DeskDone::Facts(load, facts) => desk.handle_loaded(load, facts, out),
        });
    }

    fn on_told(&mut self, cx: &mut Cx<'_, Self>, told: DeskTold) {
        self.step(cx, |desk, out| match told {
            DeskTold::Changed(head) => desk.handle_changed(*head, out),
            DeskTold::Marked(conversation, mark) => desk.handle_marked(conversation, mark, out),
        });
    }

    fn on_closed(&mut self, _cx: &mut Cx<'_, Self>, conn: ConnId) {
        self.desk.handle_closed(conn);
    }

    fn concerns(&self, conn: ConnId) -> bool {
        self.desk.concerns(conn)
    }

    fn is_idle(&self) -> bool {
        self.desk.idle()
    }
}

impl DeskRoom {
    /// One step of the pure desk, and everything it asks for, in its order.
    fn step(&mut self, cx: &mut Cx<'_, Self>, step: impl FnOnce(&mut Desk, &mut Vec<DeskOutput>)) {
        let mut out = std::mem::take(&mut self.out);
        step(&mut self.desk, &mut out);
        for output in out.drain(..) {
            carry_out(cx, output);
        }
        self.out = out;
    }
}

fn carry_out(cx: &mut Cx<'_, DeskRoom>, output: DeskOutput) {
    match output {
        DeskOutput::Reply { ticket, result } => {
            cx.answer(Some(ticket), result.map(|reply| answer_of(&reply)).map_err(Into::into));
        }
        DeskOutput::Tell { conn, event } => {
            cx.tell(conn, Class::Durable, wire::event(event.name(), None, event.seq(), &event));
        }
        DeskOutput::LoadRows => {
            let (ground, enterprise) = (cx.ground().clone(), cx.id());
            cx.job(async move {
                let _turn = ground.turn().await;
                DeskDone::Rows(load::rows(ground.store(), enterprise).await.map_err(refusal))
            });
        }
        DeskOutput::LoadFacts { load: question, user, marks, heads } => {
            let ground = cx.ground().clone();
            cx.job(async move {
                let _turn = ground.turn().await;
                DeskDone::Facts(question, load::facts(&ground, user, marks, heads).await.map_err(refusal))
            });
        }
    }
}
