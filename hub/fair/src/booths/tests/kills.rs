//! A process that dies at each write in turn, followed by hubs that live for days: a booth is whole, it has what it names, and
//! no upload is kept that none names.

use std::sync::Arc;
use std::time::Duration;

use storage::{Faults, Faulty};

use super::*;

/// What is being done when the process dies.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Create,
    /// Other pictures in a draft.
    Update,
    Submit,
    /// A first approval.
    Approve,
    /// An approval that lets go of what was approved before.
    ApproveAgain,
}

const DEEDS: [Deed; 5] = [Deed::Create, Deed::Update, Deed::Submit, Deed::Approve, Deed::ApproveAgain];

impl Deed {
    /// How it stands before.
    async fn prepare(self, fair: &Fair) -> Option<Record> {
        match self {
            Self::Create => None,
            Self::Update | Self::Submit => Some(fair.create(&fair.sample(100).await).await.unwrap()),
            Self::Approve => {
                let booth = fair.create(&fair.sample(100).await).await.unwrap();
                Some(fair.submit(&booth).await.unwrap())
            }
            Self::ApproveAgain => {
                let shown = fair.shown().await;
                let other = fair.upload(103, Use::Picture).await;
                let revising = fair.update(&shown, &json!({"pictures": [other]})).await.unwrap();
                Some(fair.submit(&revising).await.unwrap())
            }
        }
    }

    /// Its answer was heard.
    async fn run(self, dies: &Fair, before: Option<&Record>, sent: &Value) -> bool {
        let act = async {
            match (self, before) {
                (Self::Update, Some(booth)) => dies.update(booth, sent).await.is_ok(),
                (Self::Submit, Some(booth)) => dies.submit(booth).await.is_ok(),
                (Self::Approve | Self::ApproveAgain, Some(booth)) => dies.decide(booth, "approve").await.is_ok(),
                _ => dies.create(sent).await.is_ok(),
            }
        };
        // Who writes the record of deeds would try for ever.
        tokio::time::timeout(Duration::from_secs(20), act).await.unwrap_or(false)
    }
}

/// Every upload that a booth names is there and its own; all others are gone.
async fn is_whole(fair: &Fair, when: &str) -> (usize, usize) {
    let booths = fair.flows.list(&FLOW, crate::flow::Scope::All, None, (None, 20)).await.unwrap().items;
    let mut named = Vec::new();
    for booth in &booths {
        let copies = [Some(&booth.fields), content::approved(booth)];
        for fields in copies.into_iter().flatten() {
            let logo = fields.get("logo").and_then(Value::as_str);
            let ids = logo.into_iter().chain(content::texts(fields, "pictures"));
            named.extend(ids.map(|id| id.parse::<UploadId>().unwrap()));
        }
        for id in &named {
            let row = fair.row(*id).await.unwrap_or_else(|| panic!("{when}: {id} is gone"));
            assert_eq!(row.record, Some(format!("booth/{}", booth.id)), "{when}: {id}");
        }
    }
    let mut left = 0;
    for id in (100..110).map(UploadId) {
        let stays = fair.row(id).await.is_some();
        left += usize::from(stays && !named.contains(&id));
    }
    (booths.len(), left)
}

#[tokio::test(start_paused = true)]
async fn a_booth_survives_a_kill_at_every_write_and_no_other_upload_stays() {
    for deed in DEEDS {
        let (mut at, mut kills) = (0, 0);
        loop {
            at += 1;
            assert!(at < 80, "{deed:?}: every write was reached");
            let clock = Clock::manual(START);
            let inner = Store::model(clock.clone());
            let lives = Fair::over(&inner, &clock, false, 1).await;
            lives.applied("approved", &json!({})).await;
            let before = deed.prepare(&lives).await;
            // Long ago, so that what is asked about is old.
            lives.days(2).await;
            let sent = if before.is_none() {
                lives.sample(100).await
            } else {
                json!({"pictures": [lives.upload(109, Use::Picture).await]})
            };
            let faulty = Faulty::new(inner.clone(), at, Faults::default());
            let dies = lives.process(&Store::Faulty(Arc::clone(&faulty)), at);
            faulty.crash_at_write(at);
            let heard = deed.run(&dies, before.as_ref(), &sent).await;
            let when = format!("{deed:?}, write {at}");
            is_whole(&lives, &when).await;
            lives.days(4).await;
            let (booths, left) = is_whole(&lives, &format!("{when}, days later")).await;
            assert_eq!(left, 0, "{when}: nothing is kept that no booth names");
            if let Some(before) = &before {
                let now = lives.flows.look(&FLOW, before.id).await.unwrap().unwrap();
                assert!(now.version == before.version || now.version == before.version + 1, "{when}");
                assert!(!heard || now.version > before.version, "{when}: what is answered stands");
                let shown = matches!(now.state, "approved" | "revising");
                assert_eq!(lives.showcase.booth(now.id).await.is_ok(), shown, "{when}: as it stands");
            } else {
                assert!(booths <= 1 && (!heard || booths == 1), "{when}");
                let again = lives.create(&json!({})).await;
                assert_eq!(again.is_ok(), booths == 0, "{when}: its place is free again, {again:?}");
            }
            if !faulty.crashed() {
                assert!(heard, "{when}");
                break;
            }
            kills += 1;
        }
        assert!(kills > 4, "{deed:?}: {kills}");
    }
}
