//! Carrying an operation out without a socket, exactly as a socket's would be: for REST, and for the demo's past.

use axum::extract::FromRef;
use tokio::sync::oneshot;

use crate::code::Code;
use crate::ground::Ground;
use crate::handles::Handles;
use crate::op::{Op, Way};
use crate::principal::Principal;
use crate::rooms::{Prepare, Prepared, Question, Route, Ways};
use crate::shard::ReplyTo;
use crate::wire::{Answer, Failure};

/// See the module. A cheap handle.
#[derive(Debug, Clone)]
pub struct Operations {
    ways: Ways,
    ground: Ground,
}

impl FromRef<Handles> for Operations {
    fn from_ref(handles: &Handles) -> Self {
        Self { ways: handles.ways.clone(), ground: handles.ground.clone() }
    }
}

impl Operations {
    /// What rooms stand on.
    #[must_use]
    pub const fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Carries one out. The gate is its caller's.
    ///
    /// # Errors
    /// The room's refusal; `going_away` while the hub stops.
    pub async fn run(&self, who: Principal, op: Op) -> Result<Answer, Failure> {
        match op.way(Some(&who))? {
            Way::Room(Route::Room(question)) => self.ask(question).await,
            Way::Room(Route::First(first)) => {
                let prepare = Prepare { ground: self.ground.clone(), ways: self.ways.clone(), who };
                match first(prepare).await? {
                    Prepared::Done(answer) => Ok(answer),
                    Prepared::Room(question) => self.ask(question).await,
                }
            }
            Way::Session(_) => Err(Failure::internal("a session's operation came without a session")),
        }
    }

    async fn ask(&self, question: Question) -> Result<Answer, Failure> {
        let (reply, waiting) = oneshot::channel();
        self.ways.ask(question, None, ReplyTo::Rest(reply))?;
        // The room answers every ticket; a dropped one means that its shard is stopping.
        waiting.await.map_err(|_dropped| Failure::from(Code::GoingAway).retry_after_ms(1_000))?
    }
}
