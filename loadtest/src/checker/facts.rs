//! What is known to stand at each position, by epoch: the history first, then what clients saw of other epochs.

use std::collections::HashMap;

use super::Entry;

/// The id and the content of an entry.
type Said = (Option<Box<str>>, u64);

/// The first account of each position; later ones are held against it.
pub(super) struct Facts {
    history: HashMap<i64, Said>,
    elsewhere: HashMap<(i64, i64), Said>,
}

/// How an account compares with the first one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the first, or says the same.
    Agrees,
    /// It says something else.
    Differs,
    /// The final history has nothing there.
    Absent,
}

impl Facts {
    pub(super) fn of(history: &[Entry]) -> Self {
        let history = history.iter().map(|entry| (entry.seq, (entry.id.clone(), entry.content))).collect();
        Self { history, elsewhere: HashMap::new() }
    }

    /// Holds an entry seen in `epoch` against the history (`is_final`) or against what others saw in that epoch.
    pub(super) fn compare(&mut self, epoch: i64, is_final: bool, entry: &Entry) -> Verdict {
        let said = (entry.id.clone(), entry.content);
        let first = if is_final {
            match self.history.get(&entry.seq) {
                Some(first) => first,
                None => return Verdict::Absent,
            }
        } else {
            &*self.elsewhere.entry((epoch, entry.seq)).or_insert_with(|| said.clone())
        };
        if *first == said { Verdict::Agrees } else { Verdict::Differs }
    }
}
