//! Two hubs that raced and told one client each another log are found out, however the logs came apart.

use super::*;
use crate::checker::{self, Entry, History, Log, Step, fingerprint};

fn entry(seq: i64, id: &str, text: &str) -> Entry {
    Entry { seq, id: Some(id.into()), content: fingerprint("text", "ann", text) }
}

fn history(entries: &[Entry]) -> History {
    History { epoch: 1, entries: entries.to_vec() }
}

/// What `hubs` says of a conversation whose first entry somebody sent, got acknowledged and saw.
fn said(told: &[History]) -> Vec<String> {
    let first = entry(1, "a-1", "hello");
    let steps = vec![
        Step::Opened { after: 0, epoch: 1, head: 0, more: false },
        Step::Sent { id: "a-1".into(), content: first.content },
        Step::Entry(first),
        Step::Acked { id: "a-1".into(), seq: 1 },
        Step::Finished,
    ];
    let log = Log { client: "ann".into(), steps };
    let report = checker::check("c", &[log], &told[0]);
    verdict_findings(&Verdict { report, epoch_max: 1, forks: checker::forks(told) })
}

#[test]
fn hubs_that_tell_one_log_are_not_accused() {
    let log = history(&[entry(1, "a-1", "hello")]);
    assert_eq!(said(&[log.clone(), log.clone(), log]), [""; 0]);
}

#[test]
fn a_fork_is_found_even_where_every_client_is_content() {
    let log = history(&[entry(1, "a-1", "hello")]);
    let forked = [
        history(&[entry(1, "b-1", "hello")]),
        history(&[entry(1, "a-1", "good-bye")]),
        history(&[entry(1, "a-1", "hello"), entry(2, "b-1", "there")]),
        history(&[]),
        History { epoch: 2, ..log.clone() },
    ];
    for other in forked {
        assert_eq!(said(&[log.clone(), log.clone(), other]), ["1 histories differ between hubs"]);
    }
}
