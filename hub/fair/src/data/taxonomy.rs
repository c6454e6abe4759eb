//! One taxonomy: a tree of codes with labels, at most four levels. Codes are what is stored; labels are for people.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

use super::Label;

/// Codes of one taxonomy.
const ITEMS_MAX: usize = 20_000;
/// Levels of one taxonomy.
const DEPTH_MAX: usize = 4;
/// The longest code. **Units**: bytes.
const CODE_BYTES_MAX: usize = 80;
/// The longest text that is looked for. **Units**: bytes.
const QUERY_BYTES_MAX: usize = 240;

/// What the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    name: String,
    /// For readers of the file.
    #[serde(rename = "source")]
    _source: String,
    items: Vec<RawItem>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawItem {
    code: String,
    #[serde(rename = "zh-CN")]
    zh: String,
    en: String,
    #[serde(default)]
    items: Vec<Self>,
}

/// A code with what people call it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaxonomyItem)]
pub struct Item {
    /// Unique in its taxonomy. **Shape**: ASCII letters, digits, `-`, `.`.
    pub code: String,
    /// For people.
    pub label: Label,
    /// The code one level above; none on the first level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether others lie below it.
    #[serde(skip)]
    pub is_group: bool,
}

/// A checked taxonomy.
#[derive(Debug)]
pub struct Taxonomy {
    /// Parents before their children.
    items: Vec<Item>,
    /// By their codes, where they are among the items.
    at: HashMap<String, usize>,
    /// What is looked through for each: its labels and its code, folded.
    folded: Vec<String>,
}

/// What is asked of a taxonomy.
#[derive(Debug, Clone, Copy, Default)]
pub struct Search<'a> {
    /// Part of a label or a code, without regard to case.
    pub text: Option<&'a str>,
    /// Only what lies directly below this code; empty: only the first level.
    pub parent: Option<&'a str>,
    /// So many at most.
    pub limit: usize,
}

/// What of a taxonomy fits a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TaxonomyFound)]
pub struct Found<'a> {
    /// In the order of the taxonomy.
    pub items: Vec<&'a Item>,
    /// How many fit in all.
    pub total: usize,
}

impl Taxonomy {
    pub(super) fn checked(name: &str, raw: Raw) -> Result<Self, String> {
        if raw.name != name {
            return Err(format!("its name is `{}`, its file's `{name}`", raw.name));
        }
        let mut taxonomy = Self { items: Vec::new(), at: HashMap::new(), folded: Vec::new() };
        taxonomy.add(raw.items, None, 1)?;
        if taxonomy.items.is_empty() { Err("no items".to_owned()) } else { Ok(taxonomy) }
    }

    fn add(&mut self, items: Vec<RawItem>, parent: Option<&str>, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX && !items.is_empty() {
            return Err(format!("more than {DEPTH_MAX} levels below `{}`", parent.unwrap_or_default()));
        }
        for RawItem { code, zh, en, items } in items {
            let label = Label { zh, en };
            check_code(&code)?;
            label.check().map_err(|what| format!("`{code}`: {what}"))?;
            if self.at.insert(code.clone(), self.items.len()).is_some() {
                return Err(format!("`{code}` stands there twice"));
            }
            if self.items.len() == ITEMS_MAX {
                return Err(format!("more than {ITEMS_MAX} items"));
            }
            self.folded.push(fold(&format!("{}\n{}\n{code}", label.zh, label.en)));
            let is_group = !items.is_empty();
            self.items.push(Item { code: code.clone(), label, parent: parent.map(str::to_owned), is_group });
            self.add(items, Some(&code), depth + 1)?;
        }
        Ok(())
    }

    /// Everything in it, parents before their children.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// What a code stands for.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Item> {
        self.at.get(code).and_then(|at| self.items.get(*at))
    }

    /// Whether something can be said to be this: a code of it that does not only group others.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.get(code).is_some_and(|item| !item.is_group)
    }

    /// A code and those above it, the first level first; none for an unknown one.
    #[must_use]
    pub fn path(&self, code: &str) -> Vec<&Item> {
        let mut path: Vec<_> =
            std::iter::successors(self.get(code), |item| self.get(item.parent.as_deref()?)).collect();
        path.reverse();
        path
    }

    /// What fits.
    #[must_use]
    pub fn find(&self, search: Search<'_>) -> Found<'_> {
        let text = search.text.map(|text| fold(text.trim()));
        let fits = |item: &Item, folded: &str| {
            let below = search.parent.is_none_or(|parent| item.parent.as_deref().unwrap_or_default() == parent);
            below && text.as_deref().is_none_or(|text| text.len() <= QUERY_BYTES_MAX && folded.contains(text))
        };
        let pairs = self.items.iter().zip(&self.folded);
        let all: Vec<_> = pairs.filter(|(item, folded)| fits(item, folded)).map(|(item, _)| item).collect();
        let total = all.len();
        Found { items: all.into_iter().take(search.limit).collect(), total }
    }
}

fn check_code(code: &str) -> Result<(), String> {
    let fits = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    if fits && (1..=CODE_BYTES_MAX).contains(&code.len()) {
        return Ok(());
    }
    Err(format!("the code `{code}`: 1 to {CODE_BYTES_MAX} ASCII letters, digits, `-`, `.`"))
}

/// As texts are compared here: composed, compatibility forms alike, in lower case, without marks on Latin letters.
fn fold(text: &str) -> String {
    let plain = text.nfkd().filter(|c| !matches!(c, '\u{300}'..='\u{36f}'));
    plain.nfkc().collect::<String>().to_lowercase()
}
