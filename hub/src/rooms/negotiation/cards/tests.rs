use fair::Keys;
use secrecy::SecretString;
use storage::ids::{Millis, UserId};

use super::*;

fn keys(secret: &str) -> Keys {
    Keys::derive(&SecretString::from(secret.repeat(8))).unwrap()
}

fn entry(kind: EntryKind, body: &str) -> Entry {
    Entry {
        seq: Seq(7),
        kind,
        from: UserId(1),
        side: chat::Side::A,
        at: Millis(0),
        rank: chat::Rank::default(),
        client_msg_id: Arc::from("m"),
        op_id: 1,
        body: Arc::from(body),
        target: None,
        count_a: 1,
        count_b: 0,
    }
}

const CARD: &str = r#"{"type":"contact","contact":{"name":"Wang","enterprise":"Acme","mobile":"13800138000"}}"#;
const HERE: ConversationId = ConversationId(1);

#[test]
fn a_card_lies_sealed_and_is_read_as_it_was_sent() {
    let keys = keys("fair");
    let row = row_of(keys.sealer(), HERE, &entry(EntryKind::Card, CARD)).unwrap();
    assert!(!row.body.contains("13800138000") && !row.body.contains("Wang"), "{}", row.body);
    assert_eq!(&*entry_of(keys.sealer(), HERE, Seq(7), row).unwrap().body, CARD);
}

#[test]
fn a_card_opens_only_where_it_was_put_and_with_its_own_secret() {
    let (ours, theirs) = (keys("fair"), keys("mess"));
    let row = row_of(ours.sealer(), HERE, &entry(EntryKind::Card, CARD)).unwrap();
    for (keys, conversation, seq) in [(&ours, ConversationId(2), 7), (&ours, HERE, 8), (&theirs, HERE, 7)] {
        let read = entry_of(keys.sealer(), conversation, Seq(seq), row.clone()).unwrap();
        assert_eq!(&*read.body, UNREADABLE);
    }
}

#[test]
fn texts_and_cards_of_before_are_read_as_they_stand() {
    let keys = keys("fair");
    let text = entry(EntryKind::Text, r#"{"text":"hello"}"#);
    assert_eq!(row_of(keys.sealer(), HERE, &text).unwrap(), EntryRow::of(&text));
    let old = EntryRow::of(&entry(EntryKind::Card, CARD));
    assert_eq!(&*entry_of(keys.sealer(), HERE, Seq(7), old).unwrap().body, CARD);
}
