//! The documents say what the code says: their tables are read and compared.

use std::collections::BTreeSet;

use hub::config::KEYS;
use hub::observe::METRICS;
use hub::op::{self, Answered};
use hub::socket::{FrameLimits, OPEN_REQUESTS_MAX};
use hub::{code, records, wire};

use crate::bounds::bounds;
use crate::{root, tree};

const ARCHITECTURE_WORDS_MAX: usize = 1_500;

fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The rows of the table with this head, as trimmed cells; `\|` is no border.
fn table(document: &str, head: &str) -> Vec<Vec<String>> {
    let rows = document.lines().skip_while(|line| *line != head).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| {
        let row = row.replace("\\|", "\0");
        row.trim_matches('|').split('|').map(|cell| cell.trim().replace('\0', "|")).collect()
    };
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "no table with the head {head}");
    rows
}

fn bare(cell: &str) -> &str {
    cell.trim_matches('`')
}

#[test]
fn protocol_lists_the_codes() {
    let number = |cell: &str| cell.parse::<u16>().ok();
    let rows = table(&document("hub/PROTOCOL.md"), "| code | HTTP | close | meaning |");
    let said: Vec<_> = rows.iter().map(|row| (row[0].clone(), number(&row[1]), number(&row[2]))).collect();
    let is: Vec<_> = code::TABLE.iter().map(|code| (code.text().to_owned(), code.http(), code.close())).collect();
    assert_eq!(said, is);
    assert!(rows.iter().all(|row| !row[3].is_empty()));
}

#[test]
fn protocol_lists_the_rules_of_fields() {
    let rows = table(&document("hub/PROTOCOL.md"), "| rule | the field |");
    let said: Vec<_> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(said, fair::form::BROKEN);
}

#[test]
fn close_codes_tell_by_their_range_whether_to_reconnect() {
    for code in code::TABLE {
        assert!(code.close().is_none_or(|close| (4000..5000).contains(&close)), "{}", code.text());
    }
    let numbers: Vec<_> = code::TABLE.iter().filter_map(|code| code.close()).collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len(), "each close code has one meaning");
}

#[test]
fn readme_lists_the_keys_of_the_configuration() {
    let rows = table(&document("README.md"), "| key | default | what |");
    let said: Vec<_> = rows.iter().map(|row| (bare(&row[0]), bare(&row[1]), row[2].as_str())).collect();
    let is: Vec<_> = KEYS.iter().map(|key| (key.name, key.default.unwrap_or_default(), key.help)).collect();
    assert_eq!(said, is);
}

#[test]
fn readme_lists_the_metrics() {
    let rows = table(&document("README.md"), "| metric | label | what |");
    let said: Vec<_> = rows.iter().map(|row| (bare(&row[0]), bare(&row[1]), row[2].as_str())).collect();
    let is: Vec<_> =
        METRICS.iter().map(|metric| (metric.name, metric.label.unwrap_or_default(), metric.help)).collect();
    assert_eq!(said, is);
}

#[test]
fn readme_opens_with_the_two_commands_and_a_picture_that_exists() {
    let readme = document("README.md");
    assert!(readme.contains("```\ncargo run --release -p hub -- --demo\ncargo test --workspace\n```"));
    let picture = readme.split("](").find_map(|part| part.split_once(".png)").map(|(path, _)| format!("{path}.png")));
    assert!(root().join(picture.unwrap()).is_file());
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in ["README.md", "ARCHITECTURE.md", "hub/PROTOCOL.md"] {
        let text = document(path);
        let targets = text.match_indices("](").map(|(at, _)| text[at + 2..].split(')').next().unwrap());
        for target in targets.filter(|target| !target.contains("://")) {
            assert!(root().join(target).exists(), "{path} links to {target}");
        }
    }
}

#[test]
fn readme_has_a_figure_for_every_command() {
    for row in table(&document("README.md"), "| what | figure | command |") {
        assert!(bare(&row[2]).starts_with("target/release/loadtest "), "{row:?}");
        assert!(row[1].chars().any(|c| c.is_ascii_digit()), "no figure yet: {row:?}");
    }
}

#[test]
fn architecture_can_be_read_in_one_sitting() {
    let text = document("ARCHITECTURE.md");
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    assert!(words <= ARCHITECTURE_WORDS_MAX, "{words} words");
    assert!(text.matches("**Invariant:**").count() >= 10);
}

/// The rows of the operations as the protocol shows them.
fn operations() -> Vec<String> {
    let row = |name: &op::Name| {
        let op::Row { text, answered, right, class, d, ok, .. } = name.row();
        let mark = if answered == Answered::OneWay { " *" } else { "" };
        let (right, class) = (format!("{right:?}").to_lowercase(), format!("{class:?}").to_lowercase());
        let cells = [format!("{text}{mark}"), right, class, d.to_owned(), ok.to_owned()];
        cells.map(|cell| format!("| {cell} ").replace("|  ", "| ")).concat() + "|"
    };
    op::NAMES.iter().map(row).collect()
}

#[test]
fn protocol_lists_the_operations_as_their_rows_say() {
    let document = document("hub/PROTOCOL.md");
    let rows = document.lines().skip_while(|line| *line != "| op | right | class | d | ok |").skip(2);
    let said: Vec<_> = rows.take_while(|line| line.starts_with('|')).collect();
    let is = operations();
    assert!(said == is, "the table is to be:\n{}", is.join("\n"));
}

/// Every dotted word of the wire in the code, tests apart.
fn wire_words() -> BTreeSet<String> {
    let families = [
        "negotiation.",
        "inbox.",
        "notification.",
        "bench.",
        "session.",
        "live.",
        "meeting.",
        "application.",
        "attendance.",
        "booth.",
        "exhibit.",
        "event.",
        "invitation.",
        "order.",
        "report.",
    ];
    let inside = |path: &str| ["hub/src/", "chat/src/", "hub/fair/src/"].iter().any(|folder| path.starts_with(folder));
    let mut words = BTreeSet::new();
    for file in tree().iter().filter(|file| inside(&file.path) && file.is_rust() && !file.is_test()) {
        for line in file.text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let quoted = line.split('"').skip(1).step_by(2);
            let of_wire = |text: &&str| !text.contains('{') && families.iter().any(|family| text.starts_with(family));
            words.extend(quoted.filter(of_wire).filter(|text| !text.contains(' ')).map(str::to_owned));
        }
    }
    words
}

#[test]
fn protocol_lists_the_events() {
    let protocol = document("hub/PROTOCOL.md");
    let said: BTreeSet<_> = table(&protocol, "| ev | d |").into_iter().map(|row| row[0].clone()).collect();
    let ops: BTreeSet<_> = op::NAMES.iter().map(|name| name.row().text.to_owned()).collect();
    let mut is: BTreeSet<_> = wire_words().into_iter().filter(|word| !ops.contains(word)).collect();
    // Two events have the name of the operation that causes them; `error` has no family; a notification's kind is none.
    is.extend(["negotiation.read", "negotiation.typing", "error"].map(str::to_owned));
    is.remove("negotiation.unread");
    assert_eq!(said, is);
}

#[test]
fn events_are_described_as_the_protocol_lists_them() {
    let rows = table(&document("hub/PROTOCOL.md"), "| ev | d |");
    let said: Vec<_> = rows.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let is: Vec<_> = hub::describe::events::EVENTS.iter().map(|event| (event.ev, event.d)).collect();
    assert_eq!(said, is, "PROTOCOL.md and hub/src/describe/events.rs say the same");
}

#[test]
fn protocol_states_the_limits_of_a_session() {
    let rows = table(&document("hub/PROTOCOL.md"), "| limit | value | beyond it |");
    let said = |name: &str| rows.iter().find(|row| bare(&row[0]) == name).map(|row| row[1].clone()).unwrap();
    let frame = FrameLimits::default();
    assert_eq!(said("frame_bytes"), frame.message_bytes_max.to_string());
    assert_eq!(said("text_chars"), chat::text::TEXT_CHARS_MAX.to_string());
    assert_eq!(said("open_requests"), OPEN_REQUESTS_MAX.to_string());
    assert_eq!(said("recall_ms"), chat::RECALL_MS.to_string());
    assert_eq!(said("nesting"), wire::DEPTH_MAX.to_string());
    let fragments = format!("{}, within {} s", frame.fragments_max, frame.message_time_max.as_secs());
    assert_eq!(said("fragments of a message"), fragments);
}

/// The routes: the rows of REST and of documents, those of operations with a verb as one; beside them what is declared by hand.
fn routes() -> BTreeSet<String> {
    let is_verb = |path: &str| op::NAMES.iter().any(|name| name.row().verb == Some(path));
    let path = |path: &'static str| if is_verb(path) { "/v1/negotiations/{id}/{verb}" } else { path };
    let rows = records::rows().into_iter().chain(records::documents());
    let mut routes: BTreeSet<_> = rows.map(|row| format!("{} {}", row.rules.method, path(row.rules.path))).collect();
    for file in tree().iter().filter(|file| file.path.starts_with("hub/src/records") && !file.is_test()) {
        let declared = file.text.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
        routes.extend(declared.map(|path| format!("GET {path}")));
    }
    routes
}

#[test]
fn protocol_lists_the_routes() {
    let rows = table(&document("hub/PROTOCOL.md"), "| route | does |");
    let said: BTreeSet<_> = rows.iter().map(|row| bare(&row[0]).to_owned()).collect();
    assert_eq!(said, routes());
}

#[test]
fn limits_list_every_bound() {
    let rows = table(&document("hub/LIMITS.md"), "| where | bound | is | beyond it |");
    let said = rows.iter().map(|row| (row[0].clone(), bare(&row[1]).to_owned(), bare(&row[2]).to_owned()));
    let (said, is): (BTreeSet<_>, _) = (said.collect(), bounds(&tree()));
    let missing: Vec<_> = is.difference(&said).collect();
    let gone: Vec<_> = said.difference(&is).collect();
    assert!(missing.is_empty() && gone.is_empty(), "in the code only: {missing:#?}\nin the table only: {gone:#?}");
    assert!(rows.iter().all(|row| !row[3].is_empty()), "each bound has an action");
}
