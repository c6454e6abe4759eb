//! A store of each backend, fresh for each test.

use std::path::Path;

use storage::ids::Millis;
use storage::{Clock, Faults, Faulty, Spec, SqliteOptions, Store, Table as _};

use crate::tables::{Blobs, Claims, Counters, Lines, Marks, Passing, Things, Words};

pub(crate) const SPECS: &[&Spec] =
    &[Things::SPEC, Words::SPEC, Marks::SPEC, Blobs::SPEC, Lines::SPEC, Counters::SPEC, Passing::SPEC, Claims::SPEC];

/// Two handles of one store, as two hubs would hold them.
pub(crate) struct Rig {
    pub(crate) store: Store,
    pub(crate) other: Store,
    pub(crate) clock: Clock,
    _folder: Option<tempfile::TempDir>,
}

pub(crate) fn open(path: &Path, clock: &Clock, options: &SqliteOptions) -> Store {
    Store::sqlite(path, SPECS, clock.clone(), options).unwrap()
}

/// Two openings of one file.
pub(crate) fn sqlite() -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Millis(1_000_000));
    let [store, other] = [0, 1].map(|_| open(&folder.path().join("fairhub.db"), &clock, &SqliteOptions::default()));
    Rig { store, other, clock, _folder: Some(folder) }
}

pub(crate) fn model() -> Rig {
    let clock = Clock::manual(Millis(1_000_000));
    let store = Store::model(clock.clone());
    Rig { other: store.clone(), store, clock, _folder: None }
}

/// A fault wrapper that finds no faults.
pub(crate) fn faulty() -> Rig {
    let Rig { store, clock, .. } = model();
    let store = Store::Faulty(Faulty::new(store, 1, Faults::default()));
    Rig { other: store.clone(), store, clock, _folder: None }
}
