//! Each rule: a text in, what is wrong with it out.

use std::collections::BTreeSet;

use serde_json::Value;

/// A text of the tree, by its path from the root.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

const LINES_MAX: usize = 500;

/// Which crates a crate may use: `loadtest -> hub -> {fair, chat, signaling} -> storage`.
const ARROWS: &[(&str, &[&str])] = &[
    ("storage", &[]),
    ("chat", &["storage"]),
    ("signaling", &["storage"]),
    ("fair", &["storage"]),
    ("hub", &["storage", "chat", "signaling", "fair"]),
    ("loadtest", &["storage", "chat", "signaling", "fair", "hub"]),
];

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub(crate) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/") || self.path.starts_with("tests/")
    }

    /// Numbered lines of code: what stands before a `//`.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, before_comment(line)))
    }

    fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// Cuts a comment off; a `//` behind a colon is an address inside a text.
fn before_comment(line: &str) -> &str {
    let cut = line.match_indices("//").find(|(at, _)| !line[..*at].ends_with(':'));
    cut.map_or(line, |(at, _)| &line[..at])
}

pub(crate) fn short(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let long = file.is_rust() && !file.is_test() && lines > LINES_MAX;
    long.then(|| file.at(lines, &format!("more than {LINES_MAX} lines"))).into_iter().collect()
}

pub(crate) fn opens_with_header(file: &File) -> Vec<String> {
    let named_by_parent = file.path.ends_with("/tests.rs");
    let bare = file.is_rust() && !named_by_parent && !file.text.starts_with("//! ");
    bare.then(|| file.at(1, "does not open with `//! ` and what it owns")).into_iter().collect()
}

pub(crate) fn no_sleep_in_tests(file: &File, allowed: &[(&str, &str)]) -> Vec<String> {
    let excused = allowed.iter().any(|(path, reason)| *path == file.path && !reason.is_empty());
    if excused || !file.is_rust() || !file.is_test() {
        return Vec::new();
    }
    let calls = [concat!("sle", "ep("), concat!("sle", "ep_until(")];
    let sleeps = |line: &str| {
        let mut found = calls.iter().flat_map(|call| line.match_indices(call));
        found.any(|(at, _)| !line[..at].ends_with(|before: char| before == '_' || before.is_alphanumeric()))
    };
    let lines = file.code().filter(|(_, line)| sleeps(line));
    lines.map(|(at, _)| file.at(at, "sleeps: wait for what you wait for")).collect()
}

pub(crate) fn tests_apart(file: &File) -> Vec<String> {
    let wrong = [concat!("mod te", "sts {"), concat!("#[ign", "ore")];
    let found = |line: &str| wrong.iter().any(|text| line.contains(text));
    let lines = file.code().filter(|(_, line)| file.is_rust() && found(line));
    lines.map(|(at, _)| file.at(at, "tests inside the file, or one that never runs")).collect()
}

pub(crate) fn pure(file: &File) -> Vec<String> {
    let inside = ["chat/src/", "signaling/src/"].iter().any(|folder| file.path.starts_with(folder));
    if !inside {
        return Vec::new();
    }
    let words =
        ["async", "await", "Mutex", "RwLock", "Atomic", "Instant", "SystemTime", "tokio", "thread", "TcpStream"];
    let dirty = |line: &str| words.iter().find(|word| line.contains(*word)).copied();
    file.code().filter_map(|(at, line)| Some(file.at(at, &format!("{} in a pure crate", dirty(line)?)))).collect()
}

pub(crate) fn no_machine_paths(file: &File) -> Vec<String> {
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/tmp/br", "ief")];
    let lock = file.path.ends_with("package-lock.json");
    let wrong =
        |line: &str| paths.iter().any(|path| line.contains(path)) || (lock && line.contains("\"resolved\": \"http"));
    let lines = file.text.lines().enumerate().filter(|(_, line)| wrong(line));
    lines.map(|(at, _)| file.at(at + 1, "names a place that only one machine has")).collect()
}

pub(crate) fn expects_state_invariants(file: &File) -> Vec<String> {
    if !file.is_rust() || file.is_test() || file.path.starts_with("loadtest/") {
        return Vec::new();
    }
    let call = concat!(".exp", "ect(");
    let calls = file.text.match_indices(call);
    let silent = calls.filter(|(at, _)| !file.text[at + call.len()..].trim_start().starts_with("\"invariant: "));
    let line = |at: usize| file.text[..at].lines().count();
    silent.map(|(at, _)| file.at(line(at), "an expect that does not say its invariant")).collect()
}

/// `metadata` is what `cargo metadata --no-deps` prints.
pub(crate) fn arrows(metadata: &Value) -> Vec<String> {
    let known: BTreeSet<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut broken = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = text(&package["name"]);
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("{name}: a crate without a place in the arrows"));
            continue;
        };
        let uses = package["dependencies"].as_array().unwrap().iter().map(|dependency| text(&dependency["name"]));
        let wrong = uses.filter(|used| known.contains(used.as_str()) && !allowed.contains(&used.as_str()));
        broken.extend(wrong.map(|used| format!("{name} -> {used} is no arrow")));
    }
    broken
}

/// Names in `counter!("...")` and its kin that the table lacks, and names of the table that nobody writes.
pub(crate) fn metrics(files: &[File], known: &[&str]) -> Vec<String> {
    let mut used = BTreeSet::new();
    for file in files.iter().filter(|file| file.is_rust() && !file.is_test()) {
        for call in ["counter!(", "gauge!(", "histogram!("] {
            let behind = file.text.match_indices(call).map(|(at, _)| file.text[at + call.len()..].trim_start());
            used.extend(behind.filter_map(|text| text.strip_prefix('"')?.split('"').next()).map(str::to_owned));
        }
    }
    let missing =
        used.iter().filter(|name| !known.contains(&name.as_str())).map(|name| format!("{name}: not in METRICS"));
    let dead = known.iter().filter(|name| !used.contains(**name)).map(|name| format!("{name}: nobody writes it"));
    missing.chain(dead).collect()
}
