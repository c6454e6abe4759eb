//! Numbers come from reports only, and nothing that a report says is left out.

use serde_json::json;

use super::*;

const COMMAND: &str = "target/release/loadtest kill9 --rounds 20";

fn report(acked: u64, findings: &[&str]) -> Kept {
    let outcome = json!({
        "findings": findings, "args": { "rounds": 20 }, "acked": acked, "checker": { "findings": [] },
        "restart_to_ready_ms": { "p50": 83.2, "max": 101.0 },
    });
    Kept { date: "2026-01-02T03:04Z".to_owned(), commit: "abc".to_owned(), command: COMMAND.to_owned(), outcome }
}

fn reports(kill9: Kept) -> Reports {
    Reports::from([("kill9".to_owned(), kill9)])
}

fn readme(rows: &[&str]) -> String {
    format!("# A\n\n{HEAD}\n|---|---|---|\n{}\nbehind\n", rows.iter().map(|row| format!("{row}\n")).collect::<String>())
}

const ROW: &str = "| killed 20 times under load | 6,122 acked, 0 lost, doubled or out of order; ready again in 83 ms \
    (p50), 101 ms at most | `target/release/loadtest kill9 --rounds 20` |";

#[test]
fn readme_that_says_what_the_report_says_stays_as_it_is() {
    let readme = readme(&[ROW]);
    let rendered = render(&readme, &reports(report(6_122, &[]))).unwrap();
    assert_eq!(rendered, Rendered { readme: readme.clone(), findings: Vec::new() });
    assert_eq!(differences(&readme, &rendered.readme), [""; 0]);
}

#[test]
fn a_number_that_no_report_says_is_found() {
    let readme = readme(&[&ROW.replace("6,122", "6,123")]);
    let rendered = render(&readme, &reports(report(6_122, &[]))).unwrap();
    assert_eq!(differences(&readme, &rendered.readme).len(), 2);
}

#[test]
fn a_finding_of_the_report_stands_in_the_row() {
    let rendered = render(&readme(&[ROW]), &reports(report(6_122, &["1 x Lost in the logs"]))).unwrap();
    assert!(rendered.readme.contains("**1 findings**, the first: 1 x Lost in the logs"), "{}", rendered.readme);
}

#[test]
fn a_row_without_report_must_say_since_when() {
    let silent = render(&readme(&[ROW]), &Reports::new()).unwrap();
    assert_eq!(silent.findings.len(), 1);
    let kept = readme(&[&ROW.replace(" at most", " at most (kept from 2026-01-01)")]);
    assert_eq!(render(&kept, &Reports::new()).unwrap(), Rendered { readme: kept, findings: Vec::new() });
}

#[test]
fn a_report_of_an_older_tree_says_so() {
    let mut both = reports(report(6_122, &[]));
    let outcome = json!({ "findings": [], "kib_a_connection": 2.5, "args": { "connections": 10_000 } });
    let command = "target/release/loadtest idle --connections 10000".to_owned();
    let newer = Kept { date: "2026-01-03T00:00Z".to_owned(), commit: "def".to_owned(), command, outcome };
    both.insert("idle".to_owned(), newer);
    let rendered = render(&readme(&[ROW]), &both).unwrap();
    assert!(rendered.readme.contains("101 ms at most (kept from 2026-01-02, abc) |"), "{}", rendered.readme);
    assert!(rendered.readme.contains("2.5 KiB (RSS growth over 10,000) |"), "{}", rendered.readme);
}

#[test]
fn a_report_of_no_row_or_of_another_command_is_found() {
    let mut kept = report(6_122, &[]);
    kept.command = "target/release/loadtest kill9 --rounds 2".to_owned();
    assert_eq!(render(&readme(&[ROW]), &reports(kept)).unwrap().findings.len(), 1);
    let stray = Reports::from([("kill10".to_owned(), report(1, &[]))]);
    let kept = readme(&[&ROW.replace(" at most", " at most (kept from 2026-01-01)")]);
    assert_eq!(render(&kept, &stray).unwrap().findings.len(), 1);
}

#[test]
fn a_report_that_lacks_a_figure_renders_nothing() {
    let mut kept = report(6_122, &[]);
    kept.outcome = json!({ "findings": [] });
    assert!(render(&readme(&[ROW]), &reports(kept)).is_err());
}

#[test]
fn forms_write_numbers_as_people_read_them() {
    let report =
        json!({ "a": 1_234_567.4, "b": [{ "c": 1 }, { "c": 2 }], "r": { "min": 0.54, "median": 1.0, "max": 12.0 } });
    let fill = |template| template::fill(template, &report).unwrap();
    assert_eq!(fill("{a|0} {a|1} {a|M} {a|k}"), "1,234,567 1,234,567.4 1.23 1,235");
    assert_eq!(fill("{b.*.c|0} {b.1.c|0} {b|count}; {r|range1}"), "3 2 2; 0.5 - 1.0 - 12.0");
    for wrong in ["{gone|0}", "{a}", "{a|0", "{r|0}", "{a|range1}", "{a|miles}"] {
        assert!(template::fill(wrong, &report).is_err(), "{wrong}");
    }
}
