use serde_json::json;
use storage::ids::EnterpriseId;

use super::*;
use crate::simulate::fold::Stand;
use crate::simulate::views::Thread;

const ID: ConversationId = ConversationId(1);
const ANNA: UserId = UserId(7);

/// Side A says something in each of three entries; Anna of side B has it in hand from the second on.
fn fold() -> Fold {
    let stand = |said, assignee| Stand {
        at: 0,
        counts: [said, 0],
        assignees: [None, assignee],
        unanswered: [None, None],
        state: "open",
    };
    let thread = Thread::between(ID, [EnterpriseId(10), EnterpriseId(20)]);
    Fold::of(thread, vec![stand(0, None), stand(1, None), stand(2, Some(ANNA)), stand(3, Some(ANNA))])
}

fn summary(head: i64, unread: i64) -> Value {
    let assignee = (head > 1).then(|| ANNA.to_string());
    json!({
        "conversation": ID.to_string(), "side": "b", "head": head, "unread": unread, "assignee": assignee,
        "state": "open",
    })
}

fn judge(claim: Claim, asked: &[i64]) -> Vec<String> {
    let mut claims = Claims::default();
    claims.add(claim);
    let asked = BTreeMap::from([((ANNA, ID), asked.iter().copied().collect())]);
    claims.judge(&BTreeMap::from([(ID, fold())]), &asked)
}

fn claim(summary: &Value) -> Claim {
    Claim::of(By::Listed, ANNA, summary).unwrap()
}

#[test]
fn what_follows_from_the_log_is_no_finding() {
    for (head, mark, unread) in [(0, 0, 0), (1, 0, 1), (3, 0, 3), (3, 2, 1), (2, 3, 0)] {
        assert_eq!(judge(claim(&summary(head, unread)).read_at(mark), &[]), [""; 0], "{head} {mark}");
    }
}

#[test]
fn a_wrong_count_is_found() {
    assert_eq!(judge(claim(&summary(3, 2)).read_at(2), &[]).len(), 1);
    assert_eq!(judge(claim(&summary(3, 3)).read_from(1), &[2, 3]).len(), 1, "the mark at 1 was acknowledged");
}

#[test]
fn a_mark_that_was_asked_for_may_stand_or_not() {
    for unread in [0, 1, 2] {
        assert_eq!(judge(claim(&summary(3, unread)).read_from(1), &[2, 3]), [""; 0], "{unread}");
    }
}

#[test]
fn a_wrong_assignee_state_and_head_are_found() {
    let mut wrong = summary(3, 0);
    wrong["assignee"] = Value::Null;
    assert_eq!(judge(claim(&wrong).read_at(3), &[]).len(), 1);
    let mut wrong = summary(3, 0);
    wrong["state"] = json!("closed");
    assert_eq!(judge(claim(&wrong).read_at(3), &[]).len(), 1);
    assert_eq!(judge(claim(&summary(4, 0)).read_at(3), &[]).len(), 1);
}

#[test]
fn a_conversation_that_does_not_exist_is_found() {
    let mut claims = Claims::default();
    claims.add(claim(&summary(1, 1)));
    assert_eq!(claims.judge(&BTreeMap::new(), &BTreeMap::new()).len(), 1);
}
