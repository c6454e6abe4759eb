//! Every (state, action, who) of every kind: what its table allows is done with its effects, everything else changes
//! nothing.

use super::*;

/// Somebody who asks.
#[derive(Clone, Copy)]
struct Asker {
    name: &'static str,
    who: Who,
    /// What they are to the record; none: they know nothing of it.
    role: Option<Actor>,
    /// What their enterprise lets them do; an institution's and the fair's people do all.
    mandates: &'static [Mandate],
}

impl Asker {
    /// What the table says, read anew.
    fn takes(&self, step: &Step) -> bool {
        self.role.is_some_and(|role| step.actors.contains(&role)) && self.mandates.contains(&step.mandate)
    }
}

const ALL_MANDATES: &[Mandate] =
    &[Mandate::Administrator, Mandate::Negotiator, Mandate::Representative, Mandate::Member];

/// Everybody there is, as they are to a kind's records.
fn everybody(cast: &Cast, flow: &Flow) -> Vec<Asker> {
    use Mandate::{Member, Negotiator, Representative};
    let is_bought = cast.second(flow).team == cast.buyer.team;
    let (reviewer, buyer) = if is_bought { (None, Some(Actor::Buyer)) } else { (Some(Actor::Reviewer), None) };
    let asker = |name, who: Who, role, mandates| Asker { name, who, role, mandates };
    let mut all = vec![
        asker("the fair", Who::System, Some(Actor::System), ALL_MANDATES),
        asker("its administrator", cast.owner.who, Some(Actor::Owner), ALL_MANDATES),
        asker("a colleague", cast.colleague.who, Some(Actor::Owner), &[Negotiator, Representative, Member]),
        asker("a consultant", cast.consultant.who, Some(Actor::Owner), &[Negotiator, Member]),
        asker("other staff", cast.staff.who, Some(Actor::Owner), &[Member]),
        asker("its institution", cast.reviewer.who, reviewer, ALL_MANDATES),
        asker("its buyer", cast.buyer.who, buyer, &[Negotiator, Representative, Member]),
        asker("its buyer's consultant", cast.buyers_consultant.who, buyer, &[Negotiator, Member]),
        asker("the committee", cast.committee.who, Some(Actor::Committee), ALL_MANDATES),
    ];
    all.extend(cast.strangers.iter().map(|person| asker("a stranger", person.who, None, ALL_MANDATES)));
    let user = UserId(1);
    let individual = Who::Account { user, kind: Kind::Individual, team: None, admin: false, duty: None };
    all.push(asker("an individual", individual, None, &[]));
    all
}

/// What the table says, read anew: the state after it, or why not.
fn said(flow: &Flow, state: &str, action: &str, asker: &Asker) -> Result<&'static Step, Error> {
    let steps: Vec<_> = flow.steps.iter().filter(|step| step.action == action && !step.from.is_empty()).collect();
    let is_theirs = |step: &&&Step| asker.takes(step);
    if asker.role.is_none() || steps.is_empty() {
        return Err(Error::NotFound);
    }
    if steps.iter().find(is_theirs).is_none() {
        return Err(Error::Forbidden);
    }
    let open: Vec<_> = steps.iter().filter(|step| step.from.contains(&state)).collect();
    match open.iter().copied().find(is_theirs) {
        Some(step) => Ok(step),
        None if open.is_empty() => Err(Error::Conflict("its state does not allow that")),
        None => Err(Error::Forbidden),
    }
}

/// Somebody whom no notice to the owner reaches: whoever of it takes no step of the kind.
fn uninvolved(cast: &Cast, flow: &Flow) -> UserId {
    let takes_all = flow.steps.iter().any(|step| step.mandate == Mandate::Member);
    if takes_all { cast.strangers[0].user } else { cast.staff.user }
}

/// What follows from a step, and nothing else.
async fn is_done(cast: &Cast, record: &Record, (who, step): (&Who, &Step), done: &Record) {
    let state = step.to.unwrap_or(record.state);
    assert_eq!((done.version, done.state), (2, state));
    let lines = cast.flows.history(done).await.unwrap();
    let last = lines.last().unwrap();
    assert_eq!((lines.len(), last.from.as_deref(), last.to.as_str()), (2, Some(record.state), state));
    assert_eq!((last.action.as_str(), last.actor), (step.action, who.user()));
    let told = cast.take_told();
    let both: Vec<_> = told.iter().filter(|told| told.event == record.flow.event).collect();
    assert_eq!(both.len(), 1);
    assert_eq!(both[0].body, json!({"kind": record.flow.kind, "id": record.id, "version": 2, "state": state}));
    let second = cast.second(record.flow);
    for person in [&cast.owner, &cast.colleague, &second] {
        assert!(both[0].users.contains(&person.user), "both sides hear of it");
    }
    let (letters, deeds) = (cast.letters(record).await, cast.deeds(record).await);
    assert_eq!(letters.len(), step.effects.iter().filter(|effect| matches!(effect, Effect::Write(_))).count());
    assert_eq!(deeds.len(), usize::from(step.effects.contains(&Effect::Record)));
    for effect in step.effects {
        let (user, not) = match effect {
            Effect::NotifyOwner => (cast.owner.user, uninvolved(cast, record.flow)),
            Effect::NotifySecond => (second.user, cast.owner.user),
            Effect::Tell(event) => {
                assert_eq!(told.iter().filter(|told| told.event == *event).count(), 1);
                continue;
            }
            Effect::Write(letter) => {
                assert_eq!(letters[0].message.template, letter.template.as_str());
                assert!(letters[0].text.contains("河北文化有限公司"));
                continue;
            }
            Effect::Record => {
                let deed = &deeds[0];
                assert_eq!(deed.action, format!("{}.{}", record.flow.kind, step.action));
                assert_eq!((deed.actor.user, deed.actor.enterprise), (who.user(), team_of(who)));
                assert_eq!(deed.note.as_deref(), Some("so"));
                continue;
            }
        };
        let is_of_it = |body: &&Value| body["id"] == json!(record.id);
        assert_eq!(cast.notices(user).await.iter().filter(is_of_it).count(), 1);
        assert_eq!(cast.notices(not).await.iter().filter(is_of_it).count(), 0);
        assert!(told.iter().any(|told| told.event == "notification.new" && told.users == [user]));
    }
}

const fn team_of(who: &Who) -> Option<EnterpriseId> {
    match who {
        Who::System => None,
        Who::Account { team, .. } => *team,
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_goes_by_its_table_and_nothing_else_changes_anything() {
    let cast = Cast::new().await;
    let (mut number, mut done) = (0, BTreeSet::new());
    for flow in ALL {
        let actions: BTreeSet<_> = flow.steps.iter().map(|step| step.action).chain(["dance"]).collect();
        for state in flow.states {
            for (asker, action) in
                everybody(&cast, flow).iter().flat_map(|who| actions.iter().map(move |action| (who, *action)))
            {
                number += 1;
                let Asker { name, who, .. } = asker;
                let record = cast.plant(flow, state.name, number).await;
                let before = cast.rows(flow, record.id).await;
                let offered = record.actions(who).contains(&action);
                let answer = cast.flows.advance(who, (flow, record.id, 1), action, reason("so")).await;
                let context = format!("{} {}: {action} by {name}", flow.kind, state.name);
                match (said(flow, state.name, action, asker), answer) {
                    (Ok(step), Ok(record_then)) => {
                        is_done(&cast, &record, (who, step), &record_then).await;
                        done.insert((flow.kind, action, state.name, format!("{:?}", asker.role)));
                        assert!(offered, "{context} is offered");
                    }
                    (Err(expected), Err(refused)) => {
                        assert_eq!(expected, refused, "{context}");
                        assert_eq!(before, cast.rows(flow, record.id).await, "{context} changes nothing");
                        assert!(cast.take_told().is_empty() && !offered, "{context} tells nobody");
                    }
                    (said, is) => panic!("{context}: {said:?} and {is:?}"),
                }
            }
        }
    }
    assert_eq!(cast.notes().await, 0, "nothing is left to deliver");
    let steps = ALL.iter().flat_map(|flow| flow.steps);
    assert_eq!(done.len(), steps.map(|step| step.from.len() * step.actors.len()).sum::<usize>(), "all that is allowed");
}

#[tokio::test(start_paused = true)]
async fn records_are_made_by_whom_the_table_says_and_once() {
    let cast = Cast::new().await;
    let mut number = 0;
    for flow in ALL {
        for asker in everybody(&cast, flow) {
            let Asker { name, who, .. } = asker;
            for step in flow.steps {
                number += 1;
                let (owner, second) = (cast.owner.team, Some(cast.second(flow).team));
                let needed = step.needs.iter().map(|field| ((*field).to_owned(), json!(1)));
                let (id, input) = (RecordId(number), Input { fields: needed.collect(), note: None });
                let new = New { id, owner, second, action: step.action, input };
                let made = cast.flows.create(&who, flow, new.clone()).await;
                let is_theirs = asker.takes(step);
                let context = format!("{}: {} by {name}", flow.kind, step.action);
                match made {
                    Ok(record) => {
                        assert!(step.from.is_empty() && is_theirs, "{context}");
                        assert_eq!((record.version, Some(record.state)), (1, step.to));
                        let again = cast.flows.create(&who, flow, new).await;
                        assert!(matches!(again, Err(Error::Conflict(_))), "{context}: {again:?}");
                        assert_eq!(cast.rows(flow, id).await.len(), 2);
                    }
                    Err(refused) => {
                        let expected = if step.from.is_empty() { Error::Forbidden } else { Error::NotFound };
                        assert_eq!((refused, is_theirs && step.from.is_empty()), (expected, false), "{context}");
                        assert!(cast.rows(flow, id).await.is_empty());
                    }
                }
            }
        }
    }
    assert_eq!(cast.notes().await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_step_needs_comes_with_it_or_was_there() {
    let cast = Cast::new().await;
    let order = cast.plant(&crate::orders::FLOW, "to_handle", 7).await;
    let gone = Input { fields: Map::from_iter([("amount_fen".to_owned(), Value::Null)]), note: None };
    let at = (order.flow, order.id, 1);
    for action in ["deal", "request_confirmation"] {
        let refused = cast.flows.advance(&cast.owner.who, at, action, gone.clone()).await;
        assert_eq!(refused.unwrap_err(), Error::invalid("/amount_fen", "required"), "{action}");
    }
    assert_eq!(cast.rows(order.flow, order.id).await.len(), 2);
    let dealt = cast.flows.advance(&cast.owner.who, at, "deal", Input::default()).await.unwrap();
    assert_eq!((dealt.state, dealt.number("amount_fen")), ("dealt", Some(1)));
    let new = New {
        id: RecordId(8),
        owner: cast.owner.team,
        second: Some(cast.buyer.team),
        action: "record",
        input: Input::default(),
    };
    let refused = cast.flows.create(&cast.owner.who, order.flow, new).await;
    assert_eq!(refused.unwrap_err(), Error::invalid("/amount_fen", "required"));
}
