//! Many negotiations at once, on one hub or on several over one store: their participants on one swarm, the open-loop
//! schedule, reconnects, and the verdict.
//!
//! It behaves as honest clients do; what the hub makes of that is judged by [`crate::checker`].

mod gathering;
mod talk;

use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::json;

pub use self::gathering::Gathering;
use self::gathering::{Role, Seat};
pub use self::talk::Talk;
use crate::checker::{self, History, Report};
use crate::clock::Stopwatch;
use crate::link::{Link, LinkError, Target};
use crate::participant::{Identity, Participant, RETRIED, WireOpened};
use crate::process::{Account, pause};
use crate::swarm::Swarm;

const TURN_MAX: Duration = Duration::from_millis(5);
/// Messages sent in one go before answers are read again.
const BURST_MAX: u32 = 64;
/// Participants that connect between two turns, and how long that may keep the others waiting before no more do.
const CONNECTS_A_TURN: usize = 16;
const CONNECTING_MAX: Duration = Duration::from_millis(50);
const PAGE_ENTRIES: u32 = 200;
/// How long a question is repeated that the hub cannot answer at present.
const ASKING_MAX: Duration = Duration::from_secs(30);

/// Participants, connections and their schedule.
#[derive(Debug)]
pub struct Crowd {
    swarm: Swarm,
    /// What goes on.
    pub talk: Talk,
    targets: Vec<Target>,
    seats: Vec<Seat>,
    /// Participants of each negotiation.
    writers: usize,
    /// Whom to connect first, so that nobody waits for those whose hub is away.
    connect_from: usize,
    begun_ns: u64,
    rate: f64,
    intended: u64,
}

impl Crowd {
    /// Starts one negotiation for each pair of accounts and connects both sides. **Units**: `text_chars` a message.
    ///
    /// # Errors
    /// When a conversation cannot be started or a socket not opened.
    pub fn set_up(target: &Target, accounts: &[Account], run: &str, text_chars: usize) -> anyhow::Result<Self> {
        let targets = std::slice::from_ref(target);
        Self::gather(&Gathering { targets, accounts, run, text_chars, writers: 2, doubles: 0 })
    }

    /// The same for any number of hubs and writers.
    ///
    /// # Errors
    /// As [`Crowd::set_up`].
    pub fn gather(gathering: &Gathering<'_>) -> anyhow::Result<Self> {
        let &Gathering { targets, accounts, writers, .. } = gathering;
        ensure!(accounts.len().is_multiple_of(2), "accounts come in pairs");
        let target = targets.first().context("no hub to gather at")?;
        let (mut participants, mut seats) = (Vec::new(), Vec::new());
        for (index, pair) in accounts.chunks_exact(2).enumerate() {
            let [left, right] = pair else { continue };
            let conversation =
                patiently(|| start(target, left)).with_context(|| format!("starting conversation {index}"))?;
            for place in 0..writers {
                let account = if place.is_multiple_of(2) { left } else { right };
                participants.push(Participant::new(gathering.identity(index, place, account, &conversation)));
                seats.push(gathering.seat(place, account));
            }
        }
        let mut crowd = Self {
            swarm: Swarm::new()?,
            talk: Talk::new(participants),
            targets: targets.to_vec(),
            seats,
            writers,
            connect_from: 0,
            begun_ns: 0,
            rate: 0.0,
            intended: 0,
        };
        while !crowd.is_live() {
            crowd.connect_some()?;
            crowd.turn()?;
        }
        Ok(crowd)
    }

    /// From now on messages are meant to be sent at this rate a second, over all participants in turn.
    pub fn begin(&mut self, rate: f64) {
        self.begun_ns = self.now_ns();
        self.rate = rate;
        self.intended = 0;
    }

    /// Nobody means to say any more.
    pub const fn hush(&mut self) {
        self.rate = 0.0;
    }

    /// **Units**: nanoseconds of this crowd's clock.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        self.talk.now_ns()
    }

    /// Everybody is subscribed and caught up.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.talk.participants().iter().all(Participant::is_live)
    }

    /// Everything meant to be said was acknowledged to a participant who is caught up.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.talk.participants().iter().all(|participant| participant.is_live() && participant.is_quiet())
    }

    /// Messages that were meant to be said since [`Crowd::begin`].
    #[must_use]
    pub const fn intended(&self) -> u64 {
        self.intended
    }

    /// How many take part.
    #[must_use]
    pub fn participants(&self) -> &[Participant] {
        self.talk.participants()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
    fn due_ns(&self) -> u64 {
        if self.rate > 0.0 { self.begun_ns + (self.intended as f64 * 1e9 / self.rate) as u64 } else { u64::MAX }
    }

    /// Sends what is due, waits for answers and handles them.
    ///
    /// # Errors
    /// When polling fails.
    pub fn turn(&mut self) -> std::io::Result<()> {
        let now = self.now_ns();
        let participants = self.seats.len() as u64;
        for _ in 0..BURST_MAX {
            let due = self.due_ns();
            if due > now {
                break;
            }
            let who = usize::try_from(self.intended % participants).unwrap_or(0);
            self.intended += 1;
            self.say(who, now, due);
        }
        self.talk.retry(&mut self.swarm, now);
        let wait = Duration::from_nanos(self.due_ns().saturating_sub(self.now_ns())).min(TURN_MAX);
        self.swarm.turn(wait, &mut self.talk)
    }

    fn say(&mut self, who: usize, now_ns: u64, due_ns: u64) {
        match self.seats.get(who).map(|seat| seat.role) {
            Some(Role::Double) | None => {}
            Some(Role::Alone) => self.talk.intend(&mut self.swarm, who, now_ns, due_ns),
            Some(Role::Doubled { behind }) => {
                self.talk.intend(&mut self.swarm, who, now_ns, due_ns);
                self.talk.intend(&mut self.swarm, who + behind, now_ns, due_ns);
            }
        }
    }

    /// Connects some of those who are not; whom the hub does not take now is tried again at a later call, at the next
    /// hub unless its place is fixed.
    ///
    /// # Errors
    /// When a socket cannot be registered.
    pub fn connect_some(&mut self) -> std::io::Result<()> {
        let count = self.seats.len();
        let from = self.connect_from;
        let offline = (from..from + count).map(|at| at % count).filter(|who| self.talk.peer(*who).is_none());
        let offline: Vec<usize> = offline.take(CONNECTS_A_TURN).collect();
        let watch = Stopwatch::start();
        for who in offline {
            if watch.elapsed() > CONNECTING_MAX {
                break;
            }
            self.connect_from = who + 1;
            let Some(seat) = self.seats.get_mut(who) else { continue };
            let Some(target) = self.targets.get(seat.home % self.targets.len()) else { continue };
            if seat.role == Role::Alone {
                seat.home += 1;
            }
            let Ok(link) = Link::open(target, Some(&seat.account.token)) else { continue };
            let peer = self.swarm.add(link)?;
            self.talk.attach(&mut self.swarm, who, peer);
        }
        Ok(())
    }

    /// Lets everybody talk for so long.
    ///
    /// # Errors
    /// When polling fails.
    pub fn go_on(&mut self, time: Duration) -> std::io::Result<()> {
        let watch = Stopwatch::start();
        while watch.elapsed() < time {
            self.connect_some()?;
            self.turn()?;
        }
        Ok(())
    }

    /// Loses one participant's connection, as a mobile network does.
    pub fn cut(&mut self, who: usize) {
        if let Some(peer) = self.talk.peer(who) {
            self.swarm.cut(peer);
            self.talk.detached(who);
        }
    }

    /// Everybody loses their connection, so that everybody will ask anew for what they lack.
    pub fn cut_all(&mut self) {
        (0..self.seats.len()).for_each(|who| self.cut(who));
    }

    /// This participant means to say something now.
    pub fn intend(&mut self, who: usize) {
        let now = self.now_ns();
        self.talk.intend(&mut self.swarm, who, now, now);
    }

    /// This participant stops reading.
    pub fn stall(&mut self, who: usize) {
        if let Some(peer) = self.talk.peer(who) {
            self.swarm.pause(peer);
        }
    }

    /// This participant reads again, first what has piled up.
    pub fn read_again(&mut self, who: usize) {
        if let Some(peer) = self.talk.peer(who) {
            self.swarm.resume(peer, &mut self.talk);
        }
    }

    /// This participant asks for a page of history, whose answer nobody waits for.
    pub fn ask_history(&mut self, who: usize) {
        self.talk.ask_history(&mut self.swarm, who);
    }

    /// Reads every conversation back from every hub and judges it, once those who are still behind have had `patience`
    /// to hear the rest live.
    ///
    /// # Errors
    /// When a history cannot be read.
    pub fn judge(mut self, patience: Duration) -> anyhow::Result<Verdict> {
        let (mut histories, mut forks) = (Vec::new(), 0);
        for (participant, seat) in self.talk.participants().iter().zip(&self.seats).step_by(self.writers) {
            let Identity { conversation, run, .. } = participant.identity();
            let read = |target| patiently(|| read_history(target, &seat.account, conversation, run));
            let told = self.targets.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            forks += checker::forks(&told);
            histories.push(told.into_iter().next().context("no hub to read at")?);
        }
        let watch = Stopwatch::start();
        while !self.has_heard(&histories) && watch.elapsed() < patience {
            self.swarm.turn(TURN_MAX, &mut self.talk)?;
        }
        Ok(Verdict { forks, ..self.talk.verdict(&histories, self.writers) })
    }

    fn has_heard(&self, histories: &[History]) -> bool {
        let heads = histories.iter().map(|history| history.entries.last().map_or(0, |entry| entry.seq));
        let positions = self.talk.participants().chunks(self.writers);
        heads.zip(positions).all(|(head, them)| them.iter().all(|participant| participant.position() >= head))
    }
}

/// What was found, and the epochs that the histories ended with.
#[derive(Debug)]
pub struct Verdict {
    /// Over all conversations.
    pub report: Report,
    /// The highest epoch; a hub that nobody told of lost history must not have raised it.
    pub epoch_max: i64,
    /// Histories that a hub tells otherwise than the first one.
    pub forks: u64,
}

/// Asks again for a while when the hub says that this may help.
///
/// # Errors
/// The last answer's.
pub fn patiently<T>(mut ask: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let watch = Stopwatch::start();
    loop {
        let answer = ask();
        let Err(error) = &answer else { return answer };
        let code = error.downcast_ref::<LinkError>().and_then(LinkError::refused);
        if watch.elapsed() > ASKING_MAX || !code.is_some_and(|code| RETRIED.contains(&code)) {
            return answer;
        }
        pause();
    }
}

fn start(target: &Target, account: &Account) -> anyhow::Result<String> {
    let mut link = Link::open(target, Some(&account.token))?;
    let d = json!({ "target": { "kind": "enterprise", "id": account.peer } });
    let answer = link.call("negotiation.start", &d)?;
    let id = answer.get("conversation").and_then(|id| id.as_str());
    Ok(id.context("negotiation.start without a conversation")?.to_owned())
}

/// Reads a whole conversation as a newcomer would.
///
/// # Errors
/// When the hub refuses or answers something else.
pub fn read_history(target: &Target, account: &Account, conversation: &str, run: &str) -> anyhow::Result<History> {
    let mut link = Link::open(target, Some(&account.token))?;
    let mut history = History::default();
    loop {
        let after = history.entries.last().map_or(0, |entry| entry.seq);
        let d = json!({ "conversation": conversation, "after": after, "limit": PAGE_ENTRIES });
        let answer = link.call("negotiation.open", &d)?.to_string();
        let opened: WireOpened<'_> = serde_json::from_str(&answer)?;
        history.epoch = opened.epoch;
        history.entries.extend(opened.entries.iter().map(|entry| entry.seen(run)));
        if !opened.more {
            return Ok(history);
        }
        ensure!(!opened.entries.is_empty(), "an empty page that promises more");
    }
}
