use std::collections::VecDeque;
use std::sync::PoisonError;

use futures_util::future::BoxFuture;
use secrecy::SecretString;
use storage::{Faults, Faulty};

use super::deliver::Tried;
use super::provider::{Kept, Provider, Undelivered};
use super::*;
use crate::token::Keys;

const START: Millis = Millis(1_800_000_000_000);
const MOBILE: &str = "13800138000";

/// Answers as it was told, in order, and then takes everything.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<VecDeque<Undelivered>>,
    /// Ids, addresses and texts.
    got: Mutex<Vec<(String, String, String)>>,
}

impl Provider for Scripted {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), Undelivered>> {
        let got = (letter.id.clone(), letter.to().to_owned(), letter.text().to_owned());
        self.got.lock().unwrap_or_else(PoisonError::into_inner).push(got);
        let answer = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        Box::pin(async move { answer.map_or(Ok(()), Err) })
    }
}

struct Fixture {
    clock: Clock,
    store: Store,
    provider: Arc<Scripted>,
    messages: Messages,
}

fn over(store: &Store, clock: &Clock, providers: Providers) -> Messages {
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(store.clone(), clock.clone(), keys);
    Messages::new(store.clone(), clock.clone(), Entropy::seeded(7), accounts, providers)
}

fn fixture() -> Fixture {
    let clock = Clock::manual(START);
    let store = Store::model(clock.clone());
    let provider = Arc::new(Scripted::default());
    let sms: Arc<dyn Provider> = Arc::clone(&provider) as Arc<dyn Provider>;
    let messages = over(&store, &clock, Providers { sms: Some(sms), mail: None });
    Fixture { clock, store, provider, messages }
}

impl Fixture {
    async fn send(&self, key: &str) {
        send(&self.messages, key).await.unwrap();
    }

    fn answers(&self, answers: impl IntoIterator<Item = Undelivered>) {
        self.provider.answers.lock().unwrap().extend(answers);
    }

    fn got(&self) -> Vec<(String, String, String)> {
        self.provider.got.lock().unwrap().clone()
    }

    async fn state(&self, key: &str) -> (Delivery, i64, Option<String>) {
        let message = self.messages.find(key).await.unwrap().unwrap();
        (message.state, message.tries, message.error)
    }
}

async fn send(messages: &Messages, key: &str) -> Result<()> {
    let params = [("username", "wang"), ("password", "abcdefgh1")];
    messages.send(key, To::Sms(MOBILE.to_owned()), Template::PasswordReset, &params, Locale::ZhCn).await
}

fn later() -> Undelivered {
    Undelivered::Later("the gateway answered 503".to_owned())
}

#[tokio::test]
async fn one_key_is_one_message_and_it_goes_once() {
    let it = fixture();
    for _ in 0..3 {
        it.send("reset/1").await;
    }
    it.send("reset/2").await;
    for _ in 0..2 {
        assert_eq!(it.messages.try_once("reset/1").await, Ok(Tried::Ended));
    }
    let got = it.got();
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].1, "+8613800138000");
    assert!(got[0].2.contains("abcdefgh1"), "{}", got[0].2);
    assert_eq!(it.state("reset/1").await, (Delivery::Sent, 1, None));
    assert_eq!(it.state("reset/2").await, (Delivery::Queued, 0, None));
}

#[tokio::test]
async fn a_failure_is_tried_again_with_growing_pauses_and_given_up_in_the_end() {
    let it = fixture();
    it.answers((0..20).map(|_| later()));
    it.send("reset").await;
    let mut pauses = Vec::new();
    loop {
        match it.messages.try_once("reset").await.unwrap() {
            Tried::Ended => break,
            Tried::Again(at) => {
                let pause_ms = at.since_ms(it.clock.now());
                assert_eq!(it.messages.try_once("reset").await, Ok(Tried::Again(at)), "not before its time");
                pauses.push(pause_ms);
                it.clock.advance_ms(u32::try_from(pause_ms).unwrap());
            }
        }
    }
    assert_eq!(it.got().len(), 8);
    let ids: std::collections::BTreeSet<_> = it.got().into_iter().map(|(id, _, _)| id).collect();
    assert_eq!(ids.len(), 1, "every try has one id");
    assert_eq!(it.state("reset").await, (Delivery::Failed, 8, Some("the gateway answered 503".to_owned())));
    let most = [2_000, 8_000, 32_000, 128_000, 512_000, 1_800_000, 1_800_000];
    assert_eq!(pauses.len(), most.len());
    for (pause, most) in pauses.iter().zip(most) {
        assert!((most / 2..=most).contains(pause), "{pauses:?}");
    }
}

#[tokio::test]
async fn what_a_provider_refuses_for_good_and_what_has_none_is_given_up_at_once() {
    let it = fixture();
    it.answers([Undelivered::Never("the gateway answered 400".to_owned())]);
    it.send("reset").await;
    assert_eq!(it.messages.try_once("reset").await, Ok(Tried::Ended));
    assert_eq!(it.state("reset").await, (Delivery::Failed, 1, Some("the gateway answered 400".to_owned())));
    let to = To::Mail("li@example.com".to_owned());
    let params = [("code", "123456"), ("minutes", "5")];
    it.messages.send("mail", to, Template::RecoveryCode, &params, Locale::En).await.unwrap();
    assert!(!it.messages.sends(Channel::Email));
    assert_eq!(it.messages.try_once("mail").await, Ok(Tried::Ended));
    assert_eq!(it.state("mail").await.0, Delivery::Failed);
}

#[tokio::test]
async fn a_code_that_has_ended_is_not_sent_any_more() {
    let it = fixture();
    it.answers([later()]);
    let params = [("code", "123456"), ("minutes", "5")];
    let to = To::Sms(MOBILE.to_owned());
    it.messages.send("code", to, Template::RegistrationCode, &params, Locale::ZhCn).await.unwrap();
    assert!(matches!(it.messages.try_once("code").await, Ok(Tried::Again(_))));
    it.clock.advance_ms(300_000);
    assert_eq!(it.messages.try_once("code").await, Ok(Tried::Ended));
    assert_eq!(it.state("code").await, (Delivery::Failed, 1, Some("expired".to_owned())));
    assert_eq!(it.got().len(), 1);
}

/// Who died while the provider was asked is followed by another when the lease is over, under the same id.
#[tokio::test]
async fn a_message_whose_sender_died_is_sent_by_another_through_its_deadline() {
    let it = fixture();
    it.send("reset").await;
    let row = it.messages.row_of("reset").await.unwrap().unwrap();
    let claim = MessageRow { v: 2, until: START.plus_ms(45_000), tries: 1, ..row };
    assert!(it.messages.replace("reset", 1, &claim).await.unwrap());

    let other = over(&it.store, &it.clock, it.messages.0.providers.clone());
    assert_eq!(other.try_once("reset").await, Ok(Tried::Again(START.plus_ms(45_000))), "somebody is at it");
    it.clock.advance_ms(60_000);
    let claimed = other.due().sweeps().step().await.unwrap().claimed;
    assert_eq!(claimed.len(), 1);
    assert_eq!(other.settle(&claimed[0]).await, Ok(Tried::Ended));
    assert_eq!(it.got().len(), 1);
    it.clock.advance_ms(120_000);
    assert!(other.due().sweeps().step().await.unwrap().claimed.is_empty(), "nothing is left due");
}

#[tokio::test]
async fn what_is_put_off_is_due_again_and_ends_with_its_message() {
    let it = fixture();
    it.answers([later(), later()]);
    it.send("reset").await;
    let mut sweeps = it.messages.due().sweeps();
    let mut settled = 0;
    for _minute in 0..10 {
        it.clock.advance_ms(60_000);
        for claimed in sweeps.step().await.unwrap().claimed {
            it.messages.settle(&claimed).await.unwrap();
            settled += 1;
        }
    }
    assert_eq!(settled, 3);
    assert_eq!(it.state("reset").await.0, Delivery::Sent);
}

#[tokio::test]
async fn neither_address_nor_text_lies_readable_in_the_store_and_both_go_when_it_is_sent() {
    let it = fixture();
    it.send("reset").await;
    let row = it.messages.row_of("reset").await.unwrap().unwrap();
    let Hidden(sealed) = row.sealed.clone().unwrap();
    for planted in [MOBILE, "abcdefgh1", "wang"] {
        assert!(!sealed.windows(planted.len()).any(|bytes| bytes == planted.as_bytes()), "{planted}");
        assert!(!format!("{row:?}").contains(planted), "{planted}");
    }
    assert_eq!(row.masked, "138****8000");
    assert!(it.messages.open("reset/other", &sealed).is_err(), "bound to its place");
    assert_eq!(it.messages.shown(10).await.unwrap().len(), 1);
    it.messages.try_once("reset").await.unwrap();
    assert_eq!(it.messages.row_of("reset").await.unwrap().unwrap().sealed, None);
    assert!(it.messages.shown(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn where_nothing_is_really_sent_it_stays_to_be_looked_at_newest_first() {
    let clock = Clock::manual(START);
    let messages = over(&Store::model(clock.clone()), &clock, Providers::default().or_kept());
    for key in ["a", "b"] {
        send(&messages, key).await.unwrap();
        assert_eq!(messages.try_once(key).await, Ok(Tried::Ended));
        clock.advance_ms(1_000);
    }
    let shown = messages.shown(10).await.unwrap();
    assert_eq!(shown.iter().map(|it| it.message.key.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!((shown[0].to.as_str(), shown[0].message.state), ("+8613800138000", Delivery::Sent));
    assert!(shown[0].params.contains(&("password".to_owned(), "abcdefgh1".to_owned())));
    assert!(Kept.keeps());
}

#[tokio::test]
async fn the_list_pages_over_days_and_by_state() {
    let it = fixture();
    for n in 0..7 {
        it.send(&format!("reset/{n}")).await;
        if n % 2 == 0 {
            it.messages.try_once(&format!("reset/{n}")).await.unwrap();
        }
        it.clock.advance_ms(43_200_000);
    }
    let mut keys = Vec::new();
    let mut cursor = None;
    loop {
        let page = it.messages.list(None, cursor.as_deref(), 2).await.unwrap();
        keys.extend(page.items.into_iter().map(|message| message.key));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(keys, (0..7).rev().map(|n| format!("reset/{n}")).collect::<Vec<_>>());
    let queued = it.messages.list(Some(Delivery::Queued), None, 10).await.unwrap();
    assert_eq!(queued.items.len(), 3);
    assert_eq!(it.messages.list(Some(Delivery::Failed), None, 10).await.unwrap().items, []);
    assert_eq!(it.messages.list(None, Some("no cursor"), 10).await, Err(Error::BadCursor));
}

/// Every write may be lost or its answer may be: asked again until it is told so, one message goes, once a key.
#[tokio::test(start_paused = true)]
async fn a_store_that_fails_and_forgets_makes_no_second_message() {
    for seed in 0..40 {
        let clock = Clock::starting_at(START);
        let faults = Faults { unknown_done: 0.15, unknown_lost: 0.15, unavailable: 0.1, delay_ms_max: 0 };
        let store = Store::Faulty(Faulty::new(Store::model(clock.clone()), seed, faults));
        let provider = Arc::new(Scripted::default());
        let sms: Arc<dyn Provider> = Arc::clone(&provider) as Arc<dyn Provider>;
        let messages = over(&store, &clock, Providers { sms: Some(sms), mail: None });
        while send(&messages, "reset").await.is_err() {}
        let ended = |tried: Result<Tried>| tried == Ok(Tried::Ended);
        while !ended(messages.try_once("reset").await) {
            tokio::time::advance(std::time::Duration::from_secs(50)).await;
        }
        let got = provider.got.lock().unwrap().clone();
        let ids: std::collections::BTreeSet<_> = got.iter().map(|(id, _, _)| id).collect();
        assert_eq!(ids.len(), 1, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_loop_delivers_at_once_and_again_without_the_due_table() {
    let clock = Clock::starting_at(START);
    let store = Store::model(clock.clone());
    let provider = Arc::new(Scripted::default());
    let sms: Arc<dyn Provider> = Arc::clone(&provider) as Arc<dyn Provider>;
    provider.answers.lock().unwrap().extend([later(), later()]);
    let messages = over(&store, &clock, Providers { sms: Some(sms), mail: None });
    send(&messages, "reset").await.unwrap();
    let delivering = messages.clone().deliver();
    let all_gone = async {
        loop {
            if messages.find("reset").await.unwrap().unwrap().state == Delivery::Sent {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = delivering => panic!("the loop ended"),
        () = all_gone => {}
        () = async { while clock.now() < START.plus_ms(30_000) { tokio::time::advance(std::time::Duration::from_millis(100)).await; } } => panic!("not in time"),
    }
    assert_eq!(provider.got.lock().unwrap().len(), 3);
    messages.clone().deliver().await;
}

#[test]
fn an_address_has_one_spelling_and_is_shown_masked() {
    let sms = |text: &str| To::Sms(text.to_owned());
    assert_eq!(sms(MOBILE).normal(), sms("+8613800138000").normal());
    assert_ne!(sms(MOBILE).normal(), sms("+4413800138000").normal());
    assert_eq!(To::Mail("Li@Example.COM".to_owned()).normal(), "li@example.com");
    let contact = Contact { mobile: Some(MOBILE.to_owned()), email: Some("li@example.com".to_owned()) };
    assert_eq!(To::of(&contact), Some(sms(MOBILE)));
    assert_eq!(To::of(&Contact::default()), None);
    assert_eq!(format!("{:?}", To::of(&contact).unwrap()), "sms(\"138****8000\")");
}
