//! A room for measuring delivery: the path of every other room, and nothing else. Bench mode only.

use std::hash::Hasher;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Question, Route};
use crate::code::Code;
use crate::ground::Ground;
use crate::principal::Principal;
use crate::shard::{Asker, Cx, Kind, Load, Window};
use crate::socket::Class;
use crate::wire::{self, Answer, Failure};

/// Longest name of a bench room. **Units**: bytes.
const BENCH_NAME_MAX: usize = 64;

/// `bench.join`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BenchJoin {
    /// Any name, 1..=64 bytes.
    pub room: String,
}

/// `bench.publish`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BenchPublish {
    /// Any name, 1..=64 bytes.
    pub room: String,
    /// Passed on as it is.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

/// Names a room: the hash of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BenchId(u64);

impl std::fmt::Display for BenchId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What is asked of one.
#[derive(Debug)]
pub enum BenchOp {
    /// `bench.join`.
    Join,
    /// `bench.publish`: the room's name and the data.
    Publish(Arc<str>, Box<RawValue>),
}

/// Where `bench.join` goes.
///
/// # Errors
/// `invalid` for the name.
pub fn join(_who: Option<&Principal>, BenchJoin { room }: BenchJoin) -> Result<Route, Failure> {
    Ok(Route::Room(Question::Bench(named(&room)?, BenchOp::Join)))
}

/// Where `bench.publish` goes.
///
/// # Errors
/// `invalid` for the name.
pub fn publish(_who: Option<&Principal>, body: BenchPublish) -> Result<Route, Failure> {
    let BenchPublish { room, data } = body;
    Ok(Route::Room(Question::Bench(named(&room)?, BenchOp::Publish(room.into(), data))))
}

fn named(name: &str) -> Result<BenchId, Failure> {
    if name.is_empty() || name.len() > BENCH_NAME_MAX {
        return Err(Failure::new(Code::Invalid, "1 to 64 bytes").field("/d/room", "length"));
    }
    // Fixed keys: the same name is the same room on every connection.
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(name.as_bytes());
    Ok(BenchId(hasher.finish()))
}

/// See the module.
#[derive(Debug)]
pub struct BenchRoom;

impl Kind for BenchRoom {
    type Op = BenchOp;
    type Done = std::convert::Infallible;
    type Told = std::convert::Infallible;
    type Loaded = ();

    const WINDOW: Window = Window::Adaptive;

    fn load(_id: BenchId, _ground: &Ground) -> Load<Self> {
        Load::Now(())
    }

    fn new(_id: BenchId, (): (), _ground: &Ground) -> Self {
        Self
    }

    fn on_op(&mut self, cx: &mut Cx<'_, Self>, op: BenchOp, asker: Asker<'_>) {
        match op {
            BenchOp::Publish(name, data) => {
                cx.publish(Class::Durable, wire::event("bench.message", Some(&name), None, &*data));
            }
            BenchOp::Join => {
                let Some(client) = asker.client else { return };
                let has_entered = cx.enter(client);
                if has_entered {
                    cx.join(client.conn());
                }
                cx.answer(asker.ticket, if has_entered { Ok(Answer::empty()) } else { Err(Code::Overloaded.into()) });
            }
        }
    }

    fn on_done(&mut self, _cx: &mut Cx<'_, Self>, done: std::convert::Infallible) {
        match done {}
    }

    fn on_told(&mut self, _cx: &mut Cx<'_, Self>, told: std::convert::Infallible) {
        match told {}
    }
}
