//! A violation of every rule, and its innocent neighbour.

use serde_json::json;

use crate::bounds::bounds;
use crate::rules::{self, File};

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn a_file_of_501_lines_is_long_unless_it_is_a_test() {
    let lines = |n| "x\n".repeat(n);
    assert_eq!(rules::short(&file("hub/src/a.rs", &lines(501))).len(), 1);
    assert!(rules::short(&file("hub/src/a.rs", &lines(500))).is_empty());
    assert!(rules::short(&file("hub/src/a/tests.rs", &lines(501))).is_empty());
}

#[test]
fn a_file_without_header_is_found() {
    assert_eq!(rules::opens_with_header(&file("hub/src/a.rs", "use b;\n//! late")).len(), 1);
    assert!(rules::opens_with_header(&file("hub/src/a.rs", "//! Owns a.")).is_empty());
    assert!(rules::opens_with_header(&file("hub/src/a/tests.rs", "use super::*;")).is_empty());
}

#[test]
fn a_sleeping_test_is_found_unless_excused() {
    let text = format!("//! t\nthread::{}(x);\ntime::{}(x)", "sleep", "sleep_until");
    let sleeper = file("hub/tests/it/a.rs", &text);
    assert_eq!(rules::no_sleep_in_tests(&sleeper, &[]).len(), 2);
    assert!(rules::no_sleep_in_tests(&sleeper, &[("hub/tests/it/a.rs", "virtual time")]).is_empty());
    assert_eq!(rules::no_sleep_in_tests(&sleeper, &[("hub/tests/it/a.rs", "")]).len(), 2);
    assert!(rules::no_sleep_in_tests(&file("hub/src/a.rs", &text), &[]).is_empty());
}

#[test]
fn inline_and_silenced_tests_are_found() {
    let inline = format!("mod {} {{", "tests");
    let silenced = format!("#[{}]", "ignore");
    assert_eq!(rules::tests_apart(&file("chat/src/a.rs", &inline)).len(), 1);
    assert_eq!(rules::tests_apart(&file("chat/src/a/tests.rs", &silenced)).len(), 1);
    assert!(rules::tests_apart(&file("chat/src/a.rs", "mod tests;")).is_empty());
}

#[test]
fn impurity_is_found_in_pure_crates_outside_comments() {
    for dirty in ["async fn a()", "std::sync::Mutex", "Instant::now()", "tokio::spawn(x)"] {
        assert_eq!(rules::pure(&file("chat/src/a.rs", dirty)).len(), 1, "{dirty}");
        assert_eq!(rules::pure(&file("signaling/src/a.rs", dirty)).len(), 1, "{dirty}");
        assert!(rules::pure(&file("hub/src/a.rs", dirty)).is_empty());
        assert!(rules::pure(&file("chat/src/a.rs", &format!("//! never {dirty}"))).is_empty());
    }
}

#[test]
fn machine_paths_and_registry_addresses_are_found() {
    let path = format!("see /{}/x", "work");
    assert_eq!(rules::no_machine_paths(&file("README.md", &path)).len(), 1);
    assert_eq!(rules::no_machine_paths(&file("a/package-lock.json", "\"resolved\": \"https://r\"")).len(), 1);
    assert!(rules::no_machine_paths(&file("README.md", "workspace/home")).is_empty());
}

#[test]
fn an_expect_without_invariant_is_found() {
    let call = |text: &str| file("hub/src/a.rs", &format!("//! a\nx.{}({text});", "expect"));
    assert_eq!(
        rules::expects_state_invariants(&call("\"works\"")),
        ["hub/src/a.rs:2: an expect that does not say its invariant"]
    );
    assert_eq!(rules::expects_state_invariants(&call("message")).len(), 1);
    assert!(rules::expects_state_invariants(&call("\n    \"invariant: checked above\"")).is_empty());
}

#[test]
fn a_wrong_arrow_and_an_unplaced_crate_are_found() {
    let package = |name: &str, uses: &str| json!({"packages": [{"name": name, "dependencies": [{"name": uses}]}]});
    assert_eq!(rules::arrows(&package("chat", "hub")), ["chat -> hub is no arrow"]);
    assert_eq!(rules::arrows(&package("fair", "chat")), ["fair -> chat is no arrow"]);
    assert_eq!(rules::arrows(&package("newcomer", "serde")).len(), 1);
    assert!(rules::arrows(&package("hub", "chat")).is_empty());
    assert!(rules::arrows(&package("storage", "serde")).is_empty());
}

#[test]
fn unknown_and_dead_metrics_are_found() {
    let code = |name: &str| [file("hub/src/a.rs", &format!("counter!(\n  \"{name}\", \"code\" => x)"))];
    assert_eq!(rules::metrics(&code("a_total"), &[]), ["a_total: not in METRICS"]);
    assert_eq!(rules::metrics(&code("a_total"), &["a_total", "b_total"]), ["b_total: nobody writes it"]);
    assert!(rules::metrics(&code("a_total"), &["a_total"]).is_empty());
}

#[test]
fn a_bound_is_found_as_constant_as_default_and_as_quota() {
    let text = "pub const A_MAX: usize = 1_024;\nconst B: u32 = 3;\n\nimpl Default for C {\n    fn default() -> Self {\n        \
        Self {\n            d_max: 64 * 1024,\n            e_s: 10,\n            f: Vec::new(),\n            g_max: \
        possible(),\n            h: Duration::from_secs(5),\n        }\n    }\n}\n\nimpl Default for I {\n    fn \
        default() -> Self {\n        Self { j: 7, k: true }\n    }\n}\n\nfn l(m: u32) -> u32 {\n    n: 8\n}\n    \
        quota(Class::Rare, By::Caller, 10, MINUTE, 20),\n";
    let found =
        bounds(&[file("hub/src/a.rs", text), file("hub/src/a/tests.rs", text), file("loadtest/src/a.rs", text)]);
    let is: Vec<_> = found.iter().map(|(_, name, value)| (name.as_str(), value.as_str())).collect();
    let said = [
        ("A_MAX", "1024"),
        ("C.d_max", "64*1024"),
        ("C.e_s", "10"),
        ("C.g_max", "possible()"),
        ("C.h", "Duration::fromsecs(5)"),
        ("I.j", "7"),
        ("Rare by Caller", "10/MINUTE,20"),
    ];
    assert_eq!(is, said);
    assert!(found.iter().all(|(path, _, _)| path == "hub/a"));
}
