//! Who may do what.

use super::*;

#[test]
fn strangers_see_nothing_and_other_duties_do_nothing() {
    let mut world = World::new();
    let conn = Some(ConnId(1));
    let stranger = Party { enterprise: EnterpriseId(30), ..party(ANN) };
    let other = Party { duty: Duty::Other, admin: true, ..party(ANN) };
    for (n, (party, refusal)) in [(stranger, Refusal::NotFound), (other, Refusal::Forbidden)].into_iter().enumerate() {
        for (m, command) in
            [text("a"), open(None, 5), read(0), Command::Turn(Turn::Claim), Command::Typing].into_iter().enumerate()
        {
            let ticket = u64::try_from(100 + n * 10 + m).unwrap();
            world.call(0, Caller { party, conn, ticket: Some(Ticket(ticket)) }, command);
            assert_eq!(world.reply(ticket).unwrap().as_ref().unwrap_err(), &refusal);
        }
    }
    assert!(world.rooms[0].asked.is_empty());
}

#[test]
fn message_must_have_a_good_id_kind_and_body() {
    let mut world = World::new();
    let cases = [
        (send("", "text", "{\"text\":\"a\"}"), invalid("/client_msg_id", "empty")),
        (send("a b", "text", "{\"text\":\"a\"}"), invalid("/client_msg_id", "format")),
        (send("好", "text", "{\"text\":\"a\"}"), invalid("/client_msg_id", "format")),
        (send(&"x".repeat(65), "text", "{\"text\":\"a\"}"), invalid("/client_msg_id", "too_long")),
        (send("1", "image", "{\"text\":\"a\"}"), invalid("/kind", "unsupported")),
        (send("1", "recall", "{}"), invalid("/kind", "unsupported")),
        (send("1", "text", "{\"text\":1}"), invalid("/body", "shape")),
        (send("1", "text", "{\"text\":\"a\",\"more\":1}"), invalid("/body", "shape")),
        (send("1", "text", "[]"), invalid("/body", "shape")),
        (send("1", "text", "{\"text\":\" \\u200b\"}"), invalid("/body/text", "empty")),
        (send("1", "card", "{\"type\":\"project\",\"id\":\"x\"}"), Refusal::NotFound),
        (send("1", "card", "{\"type\":\"exhibit\",\"id\":\"x\"}"), Refusal::Unavailable),
        (send("1", "card", "{\"type\":\"order\"}"), invalid("/body/id", "missing")),
        (send("1", "card", "{\"type\":\"order\",\"id\":\"x\",\"order\":{}}"), invalid("/body", "shape")),
        (send("1", "card", "{\"type\":\"nonsense\"}"), invalid("/body/type", "unsupported")),
        (send("1", "card", "{\"type\":\"contact\",\"id\":\"x\"}"), invalid("/body/id", "unsupported")),
        (send("1", "card", "{\"type\":\"contact\"}"), Refusal::Unavailable),
    ];
    for (send, refusal) in cases {
        assert_eq!(world.refusal(ANN, Command::Send { send: send.clone(), card: None }), refusal, "{send:?}");
    }
    let long = serde_json::json!({ "text": "好".repeat(2_001) }).to_string();
    let send_long = Command::Send { send: send("1", "text", &long), card: None };
    assert_eq!(world.refusal(ANN, send_long), invalid("/body/text", "too_long"));
    assert_eq!(world.log, []);
}

#[test]
fn contact_card_holds_what_the_hub_filled_in() {
    let mut world = World::new();
    let contact =
        wire::Contact { name: "Ann".into(), enterprise: "Alpha".into(), mobile: Some("+86 10".into()), email: None };
    let card = card("c", "{\"type\":\"contact\"}", Ok(Card::Contact(contact)));
    assert_eq!(world.seq(ANN, card), 1);
    assert_eq!(
        &*world.log[0].body,
        "{\"type\":\"contact\",\"contact\":{\"name\":\"Ann\",\"enterprise\":\"Alpha\",\"mobile\":\"+86 10\"}}"
    );
    assert_eq!((world.log[0].kind, world.log[0].count_a), (EntryKind::Card, 1));
    let huge = wire::Contact { name: "x".repeat(5_000), enterprise: String::new(), mobile: None, email: None };
    let card = self::card("d", "{\"type\":\"contact\"}", Ok(Card::Contact(huge)));
    assert_eq!(world.refusal(ANN, card), invalid("/body", "too_long"));
}

fn card(id: &str, body: &str, found: Result<Card, Refusal>) -> Command {
    Command::Send { send: send(id, "card", body), card: Some(Box::new(found)) }
}

fn exhibit() -> Card {
    let (number, name) = ("20200715125957oPs".into(), "教育机器人".into());
    Card::Exhibit(wire::ExhibitCard { id: RecordId(9), number, name, picture: None, market_price_fen: Some(1_000) })
}

#[test]
fn a_card_of_an_exhibit_or_an_order_holds_what_the_hub_found() {
    let mut world = World::new();
    let of_exhibit = "{\"type\":\"exhibit\",\"id\":\"0000000000009\"}";
    assert_eq!(world.seq(ANN, card("e", of_exhibit, Ok(exhibit()))), 1);
    assert_eq!(
        &*world.log[0].body,
        "{\"type\":\"exhibit\",\"id\":\"0000000000009\",\"exhibit\":{\"number\":\"20200715125957oPs\",\"name\":\"教育机器人\",\
         \"market_price_fen\":1000}}"
    );
    let order = wire::OrderCard {
        id: RecordId(8),
        number: "202006281000035".into(),
        state: "in_progress".into(),
        exhibit: "教育机器人".into(),
        picture: Some(UploadId(4)),
        quantity: 3,
        subtotal_fen: None,
        amount_fen: Some(2_800),
    };
    let of_order = "{\"type\":\"order\",\"id\":\"0000000000008\"}";
    assert_eq!(world.seq(BOB, card("o", of_order, Ok(Card::Order(order)))), 2);
    assert_eq!(
        &*world.log[1].body,
        "{\"type\":\"order\",\"id\":\"0000000000008\",\"order\":{\"number\":\"202006281000035\",\"state\":\"in_progress\",\
         \"exhibit\":\"教育机器人\",\"picture\":\"0000000000004\",\"quantity\":3,\"amount_fen\":2800}}"
    );
    assert_eq!(world.refusal(ANN, card("n", of_exhibit, Err(Refusal::NotFound))), Refusal::NotFound);
    assert_eq!(world.log.len(), 2);
}

#[test]
fn a_card_that_was_sent_is_known_though_its_exhibit_is_gone() {
    let mut world = World::new();
    let of_exhibit = "{\"type\":\"exhibit\",\"id\":\"0000000000009\"}";
    assert_eq!(world.seq(ANN, card("e", of_exhibit, Ok(exhibit()))), 1);
    let Reply::Sent { seq, duplicate, .. } = world.ok(ANN, card("e", of_exhibit, Err(Refusal::NotFound))) else {
        panic!("not sent")
    };
    assert_eq!((seq, duplicate, world.log.len()), (Seq(1), true, 1));
}

#[test]
fn claimed_side_is_written_for_by_assignee_and_administrators_only() {
    let mut world = World::new();
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Claim)), 1);
    for command in [text("a"), Command::Turn(Turn::Close), Command::Typing] {
        assert_eq!(world.refusal(BEN, command), Refusal::Conflict("claimed"));
    }
    assert_eq!(world.seq(BOB, text("a")), 2);
    assert_eq!(world.seq(BEA, text("b")), 3);
    assert_eq!(world.seq(ANN, text("c")), 4, "the other side is not concerned");
    let rules = Rules { assignee_only: false, ..Rules::default() };
    world.rooms[0].room.rules = rules;
    assert_eq!(world.seq(BEN, text("d")), 5);
}

#[test]
fn block_and_reopen_are_for_the_assignee_and_administrators_once_it_is_claimed() {
    let mut world = World::new();
    let reopen = || Command::Turn(Turn::Reopen { allowed: true, blocked: false });
    let may_block = |world: &World, user| {
        MayBlock::check(world.rooms[0].room.head(), &party(user), &Rules::default())
            .map(|may| Command::Turn(Turn::Block(may)))
    };
    let claimed = Refusal::Conflict("claimed");
    world.ok(BOB, Command::Turn(Turn::Claim));
    assert_eq!(may_block(&world, BEN).unwrap_err(), claimed);
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Close)), 2);
    assert_eq!(may_block(&world, BEN).unwrap_err(), claimed);
    assert_eq!(world.refusal(BEN, reopen()), claimed);
    assert_eq!(world.seq(BOB, reopen()), 3);
    let by_admin = may_block(&world, BEA).expect("an administrator may");
    assert_eq!(world.seq(BEA, by_admin), 4);
    assert_eq!(world.refusal(BEN, reopen()), claimed);
    assert_eq!(world.seq(BEA, reopen()), 5);
    world.ok(BOB, Command::Turn(Turn::Release));
    let by_anybody = may_block(&world, BEN).expect("nobody's is anybody's");
    assert_eq!(world.seq(BEN, by_anybody), 7);
    assert_eq!(world.seq(BEN, reopen()), 8);
    let stranger = Party { enterprise: EnterpriseId(30), ..party(BEN) };
    let other = Party { duty: Duty::Other, ..party(BEN) };
    for (party, refusal) in [(stranger, Refusal::NotFound), (other, Refusal::Forbidden)] {
        assert_eq!(MayBlock::check(world.rooms[0].room.head(), &party, &Rules::default()), Err(refusal));
    }
}

#[test]
fn assignment_goes_by_claim_release_and_transfer() {
    let mut world = World::new();
    let to = |to| Command::Turn(Turn::Transfer { to: UserId(to), allowed: true });
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Claim)), 1);
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Claim)), 1, "again changes nothing");
    assert_eq!(world.refusal(BEN, Command::Turn(Turn::Claim)), Refusal::Conflict("claimed"));
    assert_eq!(world.refusal(BEN, Command::Turn(Turn::Release)), Refusal::Conflict("claimed"));
    assert_eq!(world.refusal(BEN, to(BEN)), Refusal::Conflict("claimed"));
    let stranger = Command::Turn(Turn::Transfer { to: UserId(ANN), allowed: false });
    assert_eq!(world.refusal(BOB, stranger), invalid("/to", "not_a_colleague"));
    assert_eq!(world.seq(BOB, to(BEN)), 2);
    assert_eq!(world.seq(BEN, to(BEN)), 2);
    assert_eq!(world.seq(BEA, to(BOB)), 3, "an administrator may");
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Release)), 4);
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Release)), 4);
    assert_eq!(world.seq(BEN, to(BOB)), 5, "nobody's is anybody's");
    assert_eq!(&*world.log[4].body, "{\"assignee\":\"0000000000003\"}");
    assert_eq!(world.rooms[0].room.head().assignees, [Some(UserId(ANN)), Some(UserId(BOB))]);
}

#[test]
fn closed_conversation_takes_nothing_until_either_side_reopens_it() {
    let mut world = World::new();
    let reopen = || Command::Turn(Turn::Reopen { allowed: true, blocked: false });
    assert_eq!(world.seq(ANN, text("a")), 1);
    assert_eq!(world.seq(BOB, Command::Turn(Turn::Close)), 2);
    assert_eq!(world.seq(ANN, Command::Turn(Turn::Close)), 2);
    for command in [text("b"), recall(1), Command::Turn(Turn::Claim), Command::Turn(Turn::Release), Command::Typing] {
        assert_eq!(world.refusal(ANN, command), Refusal::Conflict("closed"));
    }
    let other_open = Command::Turn(Turn::Reopen { allowed: false, blocked: false });
    assert_eq!(world.refusal(ANN, other_open), Refusal::Conflict("another conversation is open"));
    assert_eq!(world.seq(ANN, reopen()), 3);
    assert_eq!(world.seq(BOB, reopen()), 3);
    assert_eq!(world.seq(ANN, text("b")), 4);
}

#[test]
fn blocked_conversation_takes_nothing_until_it_is_reopened_and_no_side_blocks() {
    let mut world = World::new();
    let reopen = |blocked| Command::Turn(Turn::Reopen { allowed: true, blocked });
    assert_eq!(world.seq(BEN, block()), 1);
    assert_eq!(world.seq(BOB, block()), 1);
    for command in [text("a"), Command::Turn(Turn::Close), reopen(true)] {
        assert_eq!(world.refusal(ANN, command), Refusal::Conflict("blocked"));
    }
    assert_eq!(world.seq(BOB, reopen(false)), 2);
    assert_eq!(world.seq(ANN, text("a")), 3);
    assert_eq!(world.seq(ANN, Command::Turn(Turn::Close)), 4);
    assert_eq!(world.seq(BEN, block()), 5, "a closed one can be blocked");
    assert_eq!(world.seq(ANN, block()), 6, "each side blocks for itself");
    assert_eq!(world.refusal(BOB, reopen(true)), Refusal::Conflict("blocked"));
    assert_eq!(world.seq(ANN, reopen(false)), 7, "the other side has lifted its block elsewhere");
}

#[test]
fn only_ones_own_young_message_is_recalled() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.ok(BOB, text("b"));
    assert_eq!(world.refusal(BOB, recall(1)), Refusal::Forbidden);
    assert_eq!(world.refusal(ADA, recall(1)), Refusal::Forbidden);
    for beyond in [0, 3, -1] {
        assert_eq!(world.refusal(ANN, recall(beyond)), invalid("/seq", "beyond_head"));
    }
    world.wait(120_000);
    assert_eq!(world.seq(ANN, recall(1)), 3);
    assert_eq!(world.seq(ANN, recall(1)), 3, "again changes nothing");
    assert_eq!(world.refusal(ANN, recall(3)), invalid("/seq", "not_a_message"));
    world.wait(1);
    assert_eq!(world.refusal(BOB, recall(2)), Refusal::Conflict("too late"));
    assert_eq!(world.log[2].target, Some(Seq(1)));
    assert_eq!(&*world.log[0].body, "{\"text\":\"a\"}", "history never changes");
}

#[test]
fn recalled_message_counts_no_longer_and_is_served_without_its_body() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.ok(ANN, recall(1));
    let opened = opened(world.ok(BOB, open(None, 50)));
    assert_eq!((opened.unread, opened.conversation.unread), (0, 0));
    assert!(opened.entries[0].recalled && opened.entries[0].body.is_none());
    assert_eq!(&*opened.conversation.preview, "");
}

#[test]
fn unread_counts_the_other_sides_contents_behind_the_mark() {
    let mut world = World::new();
    for (user, id) in [(ANN, "a"), (BOB, "b"), (ANN, "c"), (BEN, "d"), (ANN, "e"), (ANN, "f")] {
        world.ok(user, text(id));
    }
    world.ok(ANN, recall(5));
    let unread = |reply| if let Reply::Unread { unread } = reply { unread } else { panic!("{reply:?}") };
    assert_eq!(unread(world.ok(BOB, read(1))), 2);
    assert_eq!(unread(world.ok(BOB, read(3))), 1);
    assert_eq!(unread(world.ok(BOB, read(2))), 1, "an older mark is ignored");
    assert_eq!(unread(world.ok(BOB, read(7))), 0);
    assert_eq!(unread(world.ok(BEN, read(1))), 2, "each user has a mark of their own");
    assert_eq!(unread(world.ok(ANN, read(0))), 2);
    assert_eq!(world.refusal(BOB, read(8)), invalid("/seq", "beyond_head"));
}

#[test]
fn read_mark_is_kept_and_told_once() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    world.trace();
    world.ok(BOB, read(1));
    world.ok(BOB, read(1));
    assert_eq!(world.trace(), ["save mark 3@1", "read 3@1", "marked 3@1", "reply 2", "reply 3"]);
}

#[test]
fn report_is_filed_with_a_clean_reason() {
    let mut world = World::new();
    world.ok(ANN, text("a"));
    let report = |seq: Option<i64>, reason: &str| {
        let (seq, reason) = (seq.map(Seq), reason.to_owned());
        Command::Report(Report { conversation: ConversationId(1), seq, reason })
    };
    assert_eq!(world.refusal(BOB, report(None, " ")), invalid("/reason", "empty"));
    assert_eq!(world.refusal(BOB, report(None, &"x".repeat(501))), invalid("/reason", "too_long"));
    assert_eq!(world.refusal(BOB, report(Some(2), "rude")), invalid("/seq", "beyond_head"));
    let ticket = world.ask(0, BOB, report(Some(1), " rude\u{202e} "));
    let filed = world.rooms[0].reports.pop();
    let Some(Output::FileReport { ticket: Some(filed), user, seq, reason, .. }) = filed else { panic!("{filed:?}") };
    assert_eq!((filed, user, seq, reason.as_str()), (Ticket(ticket), UserId(BOB), Some(Seq(1)), "rude"));
    assert!(world.reply(ticket).is_none(), "the hub answers when it is kept");
}

#[test]
fn typing_is_passed_on_to_the_others_at_most_every_three_seconds() {
    let mut world = World::new();
    world.one_way(BOB, Command::Typing);
    world.ok(BOB, open(None, 5));
    world.trace();
    for wait in [0, 2_999, 1, 2_999] {
        world.wait(wait);
        world.one_way(BOB, Command::Typing);
    }
    assert_eq!(world.trace(), ["typing 3", "typing 3"]);
    world.ok(BOB, Command::Leave);
    world.ok(BOB, open(None, 5));
    world.trace();
    world.one_way(BOB, Command::Typing);
    assert_eq!(world.trace(), ["typing 3"], "nothing is kept of who has left");
}

#[test]
fn members_see_who_comes_and_goes() {
    let mut world = World::new();
    world.ok(ANN, open(None, 5));
    let seen = opened(world.ok(BOB, open(None, 5)));
    assert_eq!(seen.online, [UserId(ANN), UserId(BOB)]);
    world.trace();
    let ticket = world.ask_on(0, BOB, 33, open(None, 5));
    assert_eq!(world.trace(), ["subscribe 33".to_owned(), format!("reply {ticket}")], "Bob was there already");
    world.close(3);
    assert_eq!(world.trace(), ["unsubscribe 3"], "another device is still there");
    world.close(33);
    world.close(33);
    assert_eq!(world.trace(), ["unsubscribe 33", "presence 3-"]);
    world.ok(ANN, Command::Leave);
    assert!(world.rooms[0].room.idle());
}
