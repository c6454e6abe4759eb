//! Which modules a place needs, told in its document: a browser that is told fetches them at once, one that finds out by
//! reading them fetches one depth of the tree after another.
//!
//! **Source**: HTML, 4.6.7.8 (`modulepreload`).

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::Files;
use super::packed::gzip;

/// The page's own script.
const MAIN: &str = "main.js";
/// What stands in the document behind the links.
const BEFORE: &str = "  <script type=\"module\"";

/// A document, the same compressed, and its digest.
pub(super) struct Document {
    pub(super) plain: Bytes,
    pub(super) small: Option<Bytes>,
    pub(super) digest: [u8; 32],
}

static DOCUMENTS: LazyLock<HashMap<&'static str, Document>> =
    LazyLock::new(|| super::PLACES.iter().map(|place| (*place, written(place))).collect());

/// The document of a place, which is named by its script.
pub(super) fn document(place: &str) -> Option<&'static Document> {
    DOCUMENTS.get(place)
}

fn written(place: &str) -> Document {
    let plain =
        Files::get("index.html").map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default();
    let mut modules = BTreeSet::new();
    gather(MAIN, &mut modules);
    gather(&format!("places/{place}.js"), &mut modules);
    modules.remove(MAIN);
    let links: String =
        modules.iter().map(|name| format!("  <link rel=\"modulepreload\" href=\"/{name}\">\n")).collect();
    let plain = plain.replacen(BEFORE, &format!("{links}{BEFORE}"), 1);
    Document { small: gzip(plain.as_bytes()), digest: Sha256::digest(&plain).into(), plain: plain.into() }
}

/// The module and all that it imports, but not what it loads later.
fn gather(name: &str, modules: &mut BTreeSet<String>) {
    let Some(file) = Files::get(name).filter(|_| !modules.contains(name)) else { return };
    modules.insert(name.to_owned());
    for imported in imports(&String::from_utf8_lossy(&file.data)) {
        if let Some(name) = beside(name, imported) {
            gather(&name, modules);
        }
    }
}

/// What a script names in its import and export lines.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    let lines = script.lines().filter(|line| !line.trim_start().starts_with(['/', '*']));
    lines.filter_map(|line| line.split_once(" from '")?.1.strip_suffix("';"))
}

/// Where a relative name leads from a module.
fn beside(module: &str, relative: &str) -> Option<String> {
    let mut steps: Vec<&str> = module.split('/').collect();
    steps.pop();
    for step in relative.split('/') {
        match step {
            "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests;
