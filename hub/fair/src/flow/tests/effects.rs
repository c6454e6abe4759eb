//! Whom a decision reaches, and by which way.

use super::*;
use crate::messages::Channel;

const ATTENDANCE: &Flow = &crate::attendance::FLOW;

/// The same fair, which sends by these ways.
fn sending(cast: &Cast, providers: Providers) -> Cast {
    let (outlets, writer) = outlets(&cast.accounts, providers);
    let (flows, told) = flows_over(&cast.accounts, &outlets);
    let (store, clock, accounts) = (cast.store.clone(), cast.clock.clone(), cast.accounts.clone());
    Cast { store, clock, accounts, flows, outlets, writer, told, strangers: vec![], ..*cast }
}

#[tokio::test(start_paused = true)]
async fn a_rejection_reaches_the_phone_of_whom_the_application_names() {
    let cast = Cast::new().await;
    let record = cast.plant(APPLICATION, "in_review", 7).await;
    cast.flows.advance(&cast.reviewer.who, (APPLICATION, record.id, 1), "reject", reason("blurred")).await.unwrap();
    let letters = cast.letters(&record).await;
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].message.channel, letters[0].to.as_str()), (Channel::Sms, "+8613800138000"));
    assert!(letters[0].text.contains("原因：blurred"), "{}", letters[0].text);
    assert_eq!(letters[0].message.locale, "zh-CN");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_goes_to_phones_a_mail_does() {
    let cast = Cast::new().await;
    let kept = Providers::default().or_kept();
    let cast = sending(&cast, Providers { sms: None, mail: kept.mail });
    let record = cast.plant(APPLICATION, "in_review", 7).await;
    let done = cast.flows.advance(&cast.reviewer.who, (APPLICATION, record.id, 1), "approve", Input::default()).await;
    let letters = cast.letters(&done.unwrap()).await;
    assert_eq!((letters[0].message.channel, letters[0].to.as_str()), (Channel::Email, "zhangsan@example.com"));
    assert_eq!(letters[0].message.template, "application_approved");
}

#[tokio::test(start_paused = true)]
async fn who_has_no_phone_of_the_mainland_is_written_to_in_english() {
    let cast = Cast::new().await;
    let record = cast.plant(APPLICATION, "pending", 7).await;
    let fields = [("contact_phone", json!("+4930123456"))].map(|(name, value)| (name.to_owned(), value));
    let input = Input { fields: Map::from_iter(fields), note: None };
    let at = (APPLICATION, record.id, 1);
    let record = cast.flows.advance(&cast.owner.who, at, "update", input).await.unwrap();
    let started = cast.flows.advance(&cast.reviewer.who, (APPLICATION, record.id, 2), "start", Input::default()).await;
    let at = (APPLICATION, record.id, started.unwrap().version);
    cast.flows.advance(&cast.reviewer.who, at, "reject", reason("blurred")).await.unwrap();
    let letters = cast.letters(&record).await;
    assert_eq!((letters[0].to.as_str(), letters[0].message.locale.as_str()), ("+4930123456", "en"));
    assert!(letters[0].text.contains("Reason: blurred"), "{}", letters[0].text);
}

#[tokio::test(start_paused = true)]
async fn what_becomes_of_an_attendance_reaches_who_acts_for_the_enterprise() {
    let cast = Cast::new().await;
    let record = cast.plant(ATTENDANCE, "pending", 7).await;
    cast.flows.advance(&cast.committee.who, (ATTENDANCE, record.id, 1), "approve", Input::default()).await.unwrap();
    let letters = cast.letters(&record).await;
    assert_eq!(letters.len(), 1, "the administrator, and not the colleague");
    assert_eq!(letters[0].to, "+8613900139000");
    assert!(letters[0].message.key.ends_with(&cast.owner.user.to_string()));
    assert_eq!(letters[0].message.template, "attendance_approved");
}

#[tokio::test(start_paused = true)]
async fn every_letter_of_every_flow_can_be_filled() {
    let cast = Cast::new().await;
    for flow in ALL {
        let record = cast.plant(flow, flow.states[0].name, 7).await;
        let lines = cast.flows.history(&record).await.unwrap();
        for effect in flow.steps.iter().flat_map(|step| step.effects) {
            if let Effect::Write(letter) = effect {
                letter::params(letter.template, &record, &lines[0]).unwrap();
            }
        }
    }
}
