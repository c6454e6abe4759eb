//! How the demo's exhibitors come to show what they show: each builds a booth, their exhibits come by turns, institutions
//! decide, and a crowd walks through.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::future::try_join_all;
use futures_util::stream;
use serde_json::{Map, Value, json};
use storage::ids::{RecordId, UploadId};

use super::drawing::Picture;
use super::history::{PAUSE_MS, Stage, Team, fields};
use super::stands::{Act, STANDS, Stand, Ware};
use crate::applications;
use crate::booths;
use crate::error::{Error, Result};
use crate::flow::{Input, Record, Scope, Who};
use crate::heavy;
use crate::showcase::{BoothFilter, ExhibitFilter, Viewed, Views};
use crate::uploads::{Order, Owner, Use};

/// Steps of one exhibit.
const STEPS_MAX: usize = 5;
/// A page of what is shown.
const PAGE: u32 = 100;
/// How often the crowd looks at what it likes least, and how much more often at what it likes best.
const LOOKS: (u64, u64) = (3, 240);

/// Plays what is missing: an exhibitor that has a booth goes on by itself.
pub(super) async fn play(stage: &Stage<'_>, teams: &HashMap<&str, Team>) -> Result<()> {
    let team = |identifier: &str| teams.get(identifier).ok_or(Error::Internal("a team that is not of the demo"));
    let mut built = Vec::new();
    for stand in STANDS {
        let own = team(stand.firm)?;
        let id = own.enterprise.id;
        if !stage.flows.list(&booths::FLOW, Scope::Owner(id), None, (None, 1)).await?.items.is_empty() {
            continue;
        }
        let application = stage.flows.look(&applications::FLOW, applications::id_of(id)).await?;
        let inviter = application.and_then(|application| application.second);
        let reviewer = teams.values().find(|team| Some(team.enterprise.id) == inviter);
        let reviewer = reviewer.ok_or(Error::Internal("a booth of the demo that nobody invited"))?;
        let sides = Sides { own, reviewer: &reviewer.who };
        let booth = stage.build(stand, &sides).await?;
        built.push((stand, sides, booth.id));
    }
    let most = built.iter().map(|(stand, ..)| stand.wares.len()).max().unwrap_or_default();
    for n in 0..most {
        let turn = built.iter().filter_map(|(stand, sides, booth)| Some((stand.wares.get(n)?, sides, *booth)));
        stage.show(turn.collect()).await?;
    }
    if built.is_empty() { Ok(()) } else { stage.walk_through().await }
}

struct Sides<'a> {
    own: &'a Team,
    reviewer: &'a Who,
}

impl Stage<'_> {
    async fn build(&self, stand: &Stand, sides: &Sides<'_>) -> Result<Record> {
        let clock = self.accounts.clock();
        clock.advance_ms(PAUSE_MS);
        let sent = self.booth(stand, sides.own).await?;
        let mut booth = self.booths.create(&sides.own.who, &sent.into(), &self.context()).await?;
        for act in stand.then {
            clock.advance_ms(PAUSE_MS);
            booth = self.act_on_booth(act, sides, &booth).await?;
        }
        Ok(booth)
    }

    async fn booth(&self, stand: &Stand, own: &Team) -> Result<Map<String, Value>> {
        let logo = self.upload(own, Use::Logo, Picture::Logo(stand.firm)).await?;
        let door_head = self.upload(own, Use::Picture, Picture::DoorHead(stand.firm)).await?;
        let application = self.flows.look(&applications::FLOW, applications::id_of(own.enterprise.id)).await?;
        let application = application.ok_or(Error::Internal("a booth of the demo before its application"))?;
        let mut categories: Vec<_> = stand.wares.iter().map(|ware| ware.category).collect();
        categories.sort_unstable();
        categories.dedup();
        let domain = format!("{}.example.com", stand.firm);
        let mut sent = fields(json!({
            "name": stand.name, "logo": logo, "pictures": [door_head], "introduction": stand.introduction,
            "business": stand.business, "tags": stand.tags, "industries": [application.text("industry")],
            "categories": categories, "website": format!("https://{domain}/"),
            "contact_name": application.text("contact_name"), "phone": "400-000-0000",
            "email": format!("fair@{domain}"), "region": application.text("registered_place"),
            "address": stand.address, "postcode": "000000", "show_contact": true,
        }));
        sent.extend(stand.zone.map(|zone| ("zone".to_owned(), zone.into())));
        Ok(sent)
    }

    async fn act_on_booth(&self, act: &Act, sides: &Sides<'_>, booth: &Record) -> Result<Record> {
        let (booths, at, context) = (self.booths, (booth.id, booth.version), self.context());
        let owner = &sides.own.who;
        match act {
            Act::Submit => booths.submit(owner, at, &fields(json!({"accept_rules": true})).into(), &context).await,
            Act::Update(text) => {
                booths.update(owner, at, &fields(json!({ "introduction": text })).into(), &context).await
            }
            Act::Approve => booths.advance(sides.reviewer, at, "approve", Input::default()).await,
            Act::Reject(reason) => booths.advance(sides.reviewer, at, "reject", because(reason)).await,
            Act::Shelve | Act::Unshelve | Act::Delete => Err(Error::Internal("no step of a booth")),
        }
    }

    /// Makes an exhibit for each booth, and takes all of them through their steps together.
    async fn show(&self, turn: Vec<(&'static Ware, &Sides<'_>, RecordId)>) -> Result<()> {
        let clock = self.accounts.clock();
        clock.advance_ms(PAUSE_MS);
        let made = turn.iter().map(|(ware, sides, booth)| self.make(ware, sides.own, *booth));
        let mut records = try_join_all(made).await?;
        for n in 0..STEPS_MAX {
            clock.advance_ms(PAUSE_MS);
            let acts = turn.iter().zip(&records).map(async |((ware, sides, _), record)| match ware.then.get(n) {
                Some(act) => self.act_on_exhibit(act, sides, record).await,
                None => Ok(record.clone()),
            });
            records = try_join_all(acts).await?;
        }
        Ok(())
    }

    async fn make(&self, ware: &'static Ware, own: &Team, booth: RecordId) -> Result<Record> {
        let picture = self.upload(own, Use::Picture, Picture::Exhibit(ware.name, ware.category)).await?;
        let application = self.flows.look(&applications::FLOW, applications::id_of(own.enterprise.id)).await?;
        let origin = application.as_ref().map_or("", |application| application.text("registered_place"));
        let mut sent = fields(json!({
            "booth": booth, "name": ware.name, "category": ware.category, "origin": origin,
            "brand": own.enterprise.name, "summary": ware.summary, "pictures": [picture],
        }));
        if let Some(price) = ware.price_fen {
            sent.insert("market_price_fen".to_owned(), price.into());
            sent.insert("wholesale_price_fen".to_owned(), (price / 10 * 8).into());
        }
        sent.extend(ware.detail.map(|detail| ("detail_html".to_owned(), detail.into())));
        self.exhibits.create(&own.who, &sent.into(), &self.context()).await
    }

    async fn act_on_exhibit(&self, act: &Act, sides: &Sides<'_>, exhibit: &Record) -> Result<Record> {
        let (exhibits, at, context) = (self.exhibits, (exhibit.id, exhibit.version), self.context());
        let owner = &sides.own.who;
        match act {
            Act::Submit => exhibits.submit(owner, at, &context).await,
            Act::Update(text) => exhibits.update(owner, at, &fields(json!({ "summary": text })).into(), &context).await,
            Act::Approve => exhibits.advance(sides.reviewer, at, "approve", Input::default()).await,
            Act::Reject(reason) => exhibits.advance(sides.reviewer, at, "reject", because(reason)).await,
            Act::Shelve => exhibits.shelve(owner, at).await,
            Act::Unshelve => exhibits.advance(owner, at, "unshelve", Input::default()).await,
            Act::Delete => exhibits.advance(owner, at, "delete", Input::default()).await,
        }
    }

    /// Draws a picture and uploads it as any client does.
    async fn upload(&self, own: &Team, used_for: Use, picture: Picture) -> Result<UploadId> {
        let drawn = heavy::run(move || picture.draw()).await;
        let undrawn = || Error::Internal("a picture of the demo that is not drawn");
        let bytes = drawn.map_err(|_panicked| undrawn())?.map_err(|_unencoded| undrawn())?;
        let by = own.who.user().ok_or(Error::Forbidden)?;
        let (owner, length) = (Owner::Team(own.enterprise.id), bytes.len() as u64);
        let order = Order { owner, by, used_for, name: None, media_type: None, bytes: Some(length) };
        let body = stream::iter([Ok::<_, Error>(Bytes::from(bytes))]);
        Ok(Box::pin(self.uploads.receive(order, body)).await?.id)
    }

    /// The crowd looks at everything that is shown, at the newest most: each of its looks counts as anybody's.
    async fn walk_through(&self) -> Result<()> {
        let views = Views::new(self.accounts.store().clone());
        let booths = self.showcase.booths(&BoothFilter::default(), (None, PAGE)).await?.items;
        let exhibits = self.showcase.exhibits(&ExhibitFilter::default(), (None, PAGE)).await?.items;
        look(&views, Viewed::Booth, booths.iter().map(|booth| booth.id));
        look(&views, Viewed::Exhibit, exhibits.iter().map(|exhibit| exhibit.id));
        views.save().await
    }
}

/// Few are looked at often, as it is with crowds.
fn look(views: &Views, kind: Viewed, shown: impl Iterator<Item = RecordId>) {
    let (least, more) = LOOKS;
    // 7 parts the whole into turns, so that what is newest is not simply what is seen most.
    for (n, id) in shown.enumerate() {
        let place = (n as u64 * 7) % 31;
        for _ in 0..least + more / (place + 1) {
            views.count(kind, id);
        }
    }
}

fn because(reason: &str) -> Input {
    Input { fields: fields(json!({ "reason": reason })), note: Some(reason.to_owned()) }
}
