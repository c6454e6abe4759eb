//! The rules of this tree that no compiler checks, applied to the tree itself.
//!
//! Owns no rule: `rules.rs` has them as functions of a text, and `planted.rs` proves each with a violation.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod bounds;
mod docs;
mod planted;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hub::observe::METRICS;
use rules::File;

/// Tests that wait by the clock, and why nothing better is possible.
const SLEEPERS: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if ["target", "node_modules", ".git", "corpus", "artifacts"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every text of the tree.
fn tree() -> Vec<File> {
    let (root, mut paths) = (root(), Vec::new());
    walk(&root, &mut paths);
    let file = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        Some(File { path: path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), text })
    };
    let files: Vec<_> = paths.into_iter().filter_map(file).collect();
    assert!(files.iter().any(|file| file.path == "hub/src/lib.rs"), "the walk found the tree");
    files
}

fn hold(rule: impl Fn(&File) -> Vec<String>) {
    let broken: Vec<_> = tree().iter().flat_map(rule).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn files_are_short() {
    hold(rules::short);
}

#[test]
fn files_open_with_what_they_own() {
    hold(rules::opens_with_header);
}

#[test]
fn tests_never_sleep() {
    hold(|file| rules::no_sleep_in_tests(file, SLEEPERS));
}

#[test]
fn tests_lie_in_their_own_files_and_all_run() {
    hold(rules::tests_apart);
}

#[test]
fn chat_and_signaling_are_pure() {
    hold(rules::pure);
}

#[test]
fn no_path_or_address_of_a_machine() {
    hold(rules::no_machine_paths);
}

#[test]
fn expects_state_their_invariant() {
    hold(rules::expects_state_invariants);
}

#[test]
fn crates_depend_along_the_arrows() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let broken = rules::arrows(&serde_json::from_slice(&output.stdout).unwrap());
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn metrics_in_the_code_are_those_of_the_table() {
    let known: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
    let broken = rules::metrics(&tree(), &known);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
