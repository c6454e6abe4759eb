//! The few handles that sessions and REST handlers are given; each names the ones that it needs.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use fair::codes::Codes;
use fair::flow::Flows;
use fair::messages::Messages;
use fair::personnel::Personnel;
use fair::recovery::Recovery;
use fair::registration::Registrations;
use fair::{Accounts, Audit, Event, FairData};
use storage::{Clock, Entropy};

use crate::front::Front;
use crate::gate::Gate;
use crate::ground::Ground;
use crate::observe::Metrics;
use crate::readiness::Readiness;
use crate::records::sitemap::Map;
use crate::registry::Registry;
use crate::rooms::Ways;
use crate::tasks::Tasks;

/// Where this hub is, and how it is set.
#[derive(Debug)]
pub struct Site {
    /// The time.
    pub clock: Clock,
    /// Where trace ids come from.
    pub entropy: Entropy,
    /// Tags may have digits. **Source**: D-30.
    pub tag_digits: bool,
    /// Where the fair is reached, as its operator says.
    pub origin: Option<String>,
    /// It speaks TLS itself.
    pub is_tls: bool,
    /// What machines that look for pages are told.
    pub map: Map,
    /// The demo is on: its accounts are public.
    pub demo: bool,
    /// The metrics, when this process collects them.
    pub metrics: Option<Metrics>,
    /// Whether the store answers.
    pub readiness: Readiness,
    /// Between pings, as clients are told. **Units**: seconds.
    pub ping_s: u32,
}

/// All of them. Cloning, which every request does several times, is one count.
#[derive(Debug, Clone)]
pub struct Handles(Arc<Handed>);

impl Deref for Handles {
    type Target = Handed;

    fn deref(&self) -> &Handed {
        &self.0
    }
}

impl From<Handed> for Handles {
    fn from(handed: Handed) -> Self {
        Self(Arc::new(handed))
    }
}

/// What they are.
#[derive(Debug)]
pub struct Handed {
    /// The ways into rooms.
    pub ways: Ways,
    /// What rooms stand on.
    pub ground: Ground,
    /// The accounts.
    pub accounts: Accounts,
    /// The record of deeds.
    pub audit: Audit,
    /// The event and its calendar.
    pub event: Event,
    /// Taxonomies.
    pub files: FairData,
    /// What everybody sees.
    pub front: Front,
    /// What stands before every operation.
    pub gate: Arc<Gate>,
    /// Who is connected here.
    pub registry: Arc<Registry>,
    /// This hub.
    pub site: Arc<Site>,
    /// Its tasks, for work that outlives who asked for it.
    pub tasks: Tasks,
}

macro_rules! handed_out {
    ($($field:ident: $handle:ty;)*) => {$(
        impl FromRef<Handles> for $handle {
            fn from_ref(handles: &Handles) -> Self {
                handles.$field.clone()
            }
        }
    )*};
}

impl FromRef<Handles> for Flows {
    fn from_ref(handles: &Handles) -> Self {
        handles.ground.flows().clone()
    }
}

impl FromRef<Handles> for Messages {
    fn from_ref(handles: &Handles) -> Self {
        handles.ground.messages().clone()
    }
}

impl FromRef<Handles> for Personnel {
    fn from_ref(handles: &Handles) -> Self {
        handles.ground.personnel()
    }
}

impl FromRef<Handles> for Registrations {
    fn from_ref(handles: &Handles) -> Self {
        handles.ground.registrations()
    }
}

impl FromRef<Handles> for Recovery {
    fn from_ref(handles: &Handles) -> Self {
        handles.ground.recovery().clone()
    }
}

impl FromRef<Handles> for Codes {
    fn from_ref(handles: &Handles) -> Self {
        handles.ground.codes()
    }
}

handed_out! {
    ways: Ways;
    ground: Ground;
    accounts: Accounts;
    audit: Audit;
    event: Event;
    files: FairData;
    front: Front;
    gate: Arc<Gate>;
    registry: Arc<Registry>;
    site: Arc<Site>;
}
