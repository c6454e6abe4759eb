//! The fair's data files: taxonomies and calendars, built in, each replaceable by a file of the operator's. Owns their form
//! and their check; a hub does not start on a file that is wrong.
//!
//! **Source**: SPEC 22 ("taxonomies are data, not code"), SPEC 3.

mod calendar;
mod taxonomy;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use storage::ids::Millis;
use utoipa::ToSchema;

pub use taxonomy::{Found, Item, Search, Taxonomy};

use crate::day::Day;
use crate::event::Event;

/// A longer data file is not read. **Units**: bytes.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Files of an operator's folder.
const FILES_MAX: usize = 64;
/// The longest label of a thing. **Units**: Unicode scalars.
const LABEL_CHARS_MAX: usize = 120;

/// The taxonomies by the names they have on the wire, each with the file that is built in.
const TAXONOMIES: [(&str, &str); 7] = [
    ("industry", include_str!("../data/industry.json")),
    ("interest", include_str!("../data/interest.json")),
    ("exhibit-category", include_str!("../data/exhibit-category.json")),
    ("zone", include_str!("../data/zone.json")),
    ("region", include_str!("../data/region.json")),
    ("nationality", include_str!("../data/nationality.json")),
    ("fortune500", include_str!("../data/fortune500.json")),
];
const CALENDARS: [(&str, &str); 2] =
    [("2020", include_str!("../data/event-2020.json")), ("demo", include_str!("../data/event-demo.json"))];

/// A text in the languages of the fair. **Shape**: `{"zh-CN","en"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub zh: String,
    /// English.
    pub en: String,
}

impl Label {
    fn check(&self) -> Result<(), String> {
        for (language, text) in [("zh-CN", &self.zh), ("en", &self.en)] {
            let chars = text.chars().count();
            if text.trim() != text || !(1..=LABEL_CHARS_MAX).contains(&chars) || text.contains(char::is_control) {
                return Err(format!(
                    "{language} `{text}`: 1 to {LABEL_CHARS_MAX} characters without blanks around them"
                ));
            }
        }
        Ok(())
    }
}

/// What is wrong with a data file, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct DataError {
    /// Which file.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

fn wrong(file: impl Into<String>, problem: impl Into<String>) -> DataError {
    DataError { file: file.into(), problem: problem.into() }
}

/// All data files of a fair. A cheap handle.
#[derive(Clone)]
pub struct FairData(Arc<Inner>);

struct Inner {
    taxonomies: BTreeMap<&'static str, Taxonomy>,
    calendars: BTreeMap<String, calendar::Calendar>,
}

impl fmt::Debug for FairData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FairData")
    }
}

impl Default for FairData {
    fn default() -> Self {
        Self::built_in()
    }
}

impl FairData {
    /// Those that the program brings.
    ///
    /// # Panics
    /// Never: a test reads every file.
    #[must_use]
    pub fn built_in() -> Self {
        Self::of(&BTreeMap::new()).expect("invariant: the files that are built in are right")
    }

    /// With the operator's files in place of those of the same name; calendars of other names are added.
    ///
    /// # Errors
    /// [`DataError`] for the first file that is wrong.
    pub fn load(folder: &Path) -> Result<Self, DataError> {
        Self::of(&texts(folder)?)
    }

    /// From texts by the names of files.
    fn of(texts: &BTreeMap<String, String>) -> Result<Self, DataError> {
        let mut taxonomies = BTreeMap::new();
        for (name, built_in) in TAXONOMIES {
            let file = format!("{name}.json");
            let text = texts.get(&file).map_or(built_in, String::as_str);
            let taxonomy = read(text).and_then(|raw| Taxonomy::checked(name, raw)).map_err(|what| wrong(file, what))?;
            taxonomies.insert(name, taxonomy);
        }
        let mut calendars = BTreeMap::new();
        let named = texts.iter().filter_map(|(file, text)| Some((calendar_of(file)?, text.as_str())));
        for (name, text) in CALENDARS.into_iter().chain(named) {
            let calendar = read(text).and_then(|raw| calendar::Calendar::checked(name, raw));
            calendars.insert(name.to_owned(), calendar.map_err(|what| wrong(format!("event-{name}.json"), what))?);
        }
        Ok(Self(Arc::new(Inner { taxonomies, calendars })))
    }

    /// The taxonomy of this name.
    #[must_use]
    pub fn taxonomy(&self, name: &str) -> Option<&Taxonomy> {
        self.0.taxonomies.get(name)
    }

    /// Whether a taxonomy has this code, for forms; not one that only groups others.
    #[must_use]
    pub fn contains(&self, taxonomy: &str, code: &str) -> bool {
        self.taxonomy(taxonomy).is_some_and(|taxonomy| taxonomy.contains(code))
    }

    /// The event of a calendar, as it lies on the day of `now`; none of that name.
    #[must_use]
    pub fn event(&self, calendar: &str, now: Millis) -> Option<Event> {
        self.0.calendars.get(calendar).map(|calendar| calendar.on(Day::in_shanghai(now)))
    }

    /// The names of the calendars.
    pub fn calendars(&self) -> impl Iterator<Item = &str> {
        self.0.calendars.keys().map(String::as_str)
    }
}

impl crate::form::Terms for FairData {
    fn holds(&self, vocabulary: &str, code: &str) -> bool {
        self.contains(vocabulary, code)
    }

    fn is_first_level(&self, vocabulary: &str, code: &str) -> bool {
        let item = self.taxonomy(vocabulary).and_then(|taxonomy| taxonomy.get(code));
        item.is_some_and(|item| item.parent.is_none())
    }
}

/// The name of a calendar by that of its file.
fn calendar_of(file: &str) -> Option<&str> {
    file.strip_prefix("event-")?.strip_suffix(".json")
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The operator's files by their names. One of another name is refused: it would be thought to be in use.
fn texts(folder: &Path) -> Result<BTreeMap<String, String>, DataError> {
    let shown = |path: &Path| path.display().to_string();
    let failed = |path: &Path, error: std::io::Error| wrong(shown(path), error.to_string());
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let known = calendar_of(&name).is_some() || TAXONOMIES.iter().any(|(known, _)| name == format!("{known}.json"));
        if !known {
            let names = TAXONOMIES.map(|(name, _)| name).join(".json, ");
            return Err(wrong(shown(&path), format!("not one of {names}.json, event-NAME.json")));
        }
        if texts.len() == FILES_MAX {
            return Err(wrong(shown(folder), format!("more than {FILES_MAX} files")));
        }
        texts.insert(name, bounded(&path)?);
    }
    Ok(texts)
}

fn bounded(path: &Path) -> Result<String, DataError> {
    let failed = |problem: String| wrong(path.display().to_string(), problem);
    let file = fs::File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| failed(error.to_string()))?;
    if read as u64 > FILE_BYTES_MAX { Err(failed(format!("longer than {FILE_BYTES_MAX} bytes"))) } else { Ok(text) }
}

#[cfg(test)]
mod tests;
