//! Every (state, action, who) of every kind: what its table allows is done with its effects, everything else changes
//! nothing.

use super::*;

/// Who asks, what they are to the record, and whether they may know of it.
fn everybody(cast: &Cast) -> Vec<(&'static str, Who, Option<Actor>, bool)> {
    let mut all = vec![
        ("the fair", Who::System, Some(Actor::System), true),
        ("its administrator", cast.owner.who, Some(Actor::Owner), true),
        ("a colleague", cast.colleague.who, None, true),
        ("its institution", cast.reviewer.who, Some(Actor::Reviewer), true),
        ("the committee", cast.committee.who, Some(Actor::Committee), true),
    ];
    all.extend(cast.strangers.iter().map(|person| ("a stranger", person.who, None, false)));
    let user = UserId(1);
    all.push(("an individual", Who::Account { user, kind: Kind::Individual, team: None, admin: false }, None, false));
    all
}

/// What the table says, read anew: the state after it, or why not.
fn said(flow: &Flow, state: &str, action: &str, (role, sees): (Option<Actor>, bool)) -> Result<&'static Step, Error> {
    let steps: Vec<_> = flow.steps.iter().filter(|step| step.action == action && !step.from.is_empty()).collect();
    let is_theirs = |step: &&&Step| role.is_some_and(|role| step.actors.contains(&role));
    if !sees || steps.is_empty() {
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
    for person in [&cast.owner, &cast.colleague, &cast.reviewer] {
        assert!(both[0].users.contains(&person.user), "both sides hear of it");
    }
    let (letters, deeds) = (cast.letters(record).await, cast.deeds(record).await);
    assert_eq!(letters.len(), step.effects.iter().filter(|effect| matches!(effect, Effect::Write(_))).count());
    assert_eq!(deeds.len(), usize::from(step.effects.contains(&Effect::Record)));
    for effect in step.effects {
        let (user, not) = match effect {
            Effect::NotifyOwner => (cast.owner.user, cast.colleague.user),
            Effect::NotifyReviewer => (cast.reviewer.user, cast.owner.user),
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
    let (mut number, mut done) = (0, 0);
    for flow in ALL {
        let actions: BTreeSet<_> = flow.steps.iter().map(|step| step.action).chain(["dance"]).collect();
        for state in flow.states {
            for (who, action) in
                everybody(&cast).iter().flat_map(|who| actions.iter().map(move |action| (who, *action)))
            {
                number += 1;
                let (name, who, role, sees) = who;
                let record = cast.plant(flow, state.name, number).await;
                let before = cast.rows(flow, record.id).await;
                let offered = record.actions(who).contains(&action);
                let answer = cast.flows.advance(who, (flow, record.id, 1), action, reason("so")).await;
                let context = format!("{} {}: {action} by {name}", flow.kind, state.name);
                match (said(flow, state.name, action, (*role, *sees)), answer) {
                    (Ok(step), Ok(record_then)) => {
                        is_done(&cast, &record, (who, step), &record_then).await;
                        done += 1;
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
    assert_eq!(done, steps.map(|step| step.from.len() * step.actors.len()).sum::<usize>(), "all that is allowed");
}

#[tokio::test(start_paused = true)]
async fn records_are_made_by_whom_the_table_says_and_once() {
    let cast = Cast::new().await;
    let mut number = 0;
    for flow in ALL {
        for (name, who, role, _) in everybody(&cast) {
            for step in flow.steps {
                number += 1;
                let (owner, reviewer) = (cast.owner.team, Some(cast.reviewer.team));
                let (id, input) = (RecordId(number), Input::default());
                let new = New { id, owner, reviewer, action: step.action, input };
                let made = cast.flows.create(&who, flow, new.clone()).await;
                let is_theirs = role.is_some_and(|role| step.actors.contains(&role));
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
