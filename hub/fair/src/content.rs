//! Records whose content is reviewed before it is shown: what they keep beside it, and the uploads that they name.
//!
//! Such a record has its fields as their owner types them, and a copy of them as they were approved last, so that the
//! reviewer sees what has changed and others see what was approved. An upload belongs to the record as long as either names
//! it: it is taken before the record names it, and asked about before the record lets it go, so that a crash in between
//! loses none and keeps none.
//!
//! Owns the names of those fields. Never decides who may do what, nor what is shown.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use storage::ids::{Millis, RecordId, UploadId};
use storage::{Read, StoreError};

use crate::accounts::Accounts;
use crate::day::written;
use crate::error::{Error, Result};
use crate::field::rich;
use crate::flow::{Flow, Flows, Input, New, Record, Who, stands};
use crate::form::{Context, FieldKind, Filled, Form, Object, TextKind};
use crate::uploads::{Attaching, Kept, Owner, Uploads, Use};

/// The fields as they were approved last.
pub(crate) const APPROVED: &str = "approved";
/// When that was.
pub(crate) const APPROVED_MS: &str = "approved_ms";
/// When it was handed in last.
pub(crate) const SUBMITTED_MS: &str = "submitted_ms";
/// When others saw it first: its place in their lists, for good.
pub(crate) const PUBLISHED_MS: &str = "published_ms";
/// Every list that it has ever been shown in, beside that of all.
pub(crate) const LISTED: &str = "listed";
/// What was approved is shown no more, whatever the fair is set to, until the next approval.
pub(crate) const TAKEN_DOWN: &str = "taken_down";
/// Why it was refused, until it moves on.
pub(crate) const REASON: &str = "reason";
/// Lists that one record is ever shown in.
pub(crate) const LISTED_MAX: usize = 1_024;

/// A kind, and the form of its content.
type Kind = (&'static Flow, &'static Form);

/// Every kind of such records.
fn kinds() -> [Kind; 2] {
    [(&crate::booths::FLOW, &crate::booths::BOOTH), (&crate::exhibits::FLOW, &crate::exhibits::EXHIBIT)]
}

/// Records with their uploads. A cheap handle.
#[derive(Debug, Clone)]
pub(crate) struct Contents {
    pub(crate) flows: Flows,
    pub(crate) uploads: Uploads,
}

/// An upload that a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    used_for: Use,
    id: UploadId,
    field: &'static str,
}

impl Contents {
    /// Makes a record of a number that nobody else makes.
    pub(crate) async fn create(&self, who: &Who, (flow, form): Kind, new: New) -> Result<Record> {
        let (id, owner) = (new.id, new.owner);
        let named: BTreeSet<_> = named_in(form, &new.input.fields).collect();
        let to = Taker { record: name_of(flow, id), owner: Owner::Team(owner), reader: new.second };
        let made = async {
            self.take(&named, &to).await?;
            self.flows.create(who, flow, new).await
        };
        let made = made.await;
        if let Err(error) = &made
            && *error != Error::Store(StoreError::Unknown)
        {
            // Another try has another number, and wants them.
            let ids: Vec<_> = named.iter().map(|named| named.id).collect();
            self.uploads.detach(&ids, &to.record).await?;
        }
        made
    }

    /// Takes a step of a record as it was read.
    pub(crate) async fn advance(
        &self,
        who: &Who,
        form: &'static Form,
        record: &Record,
        (action, input): (&str, Input),
    ) -> Result<Record> {
        let then = self.flows.foresee(record, who, action, &input)?;
        let (before, after) = (named_by(form, record), named_by(form, &then));
        let name = name_of(record.flow, record.id);
        let to = Taker { record: name.clone(), owner: Owner::Team(record.owner), reader: record.second };
        let is_new = |named: &&Named| !before.iter().any(|old| (old.id, old.used_for) == (named.id, named.used_for));
        self.take(&after.iter().filter(is_new).copied().collect(), &to).await?;
        let stays = |named: &Named| after.iter().any(|one| one.id == named.id);
        let gone: BTreeSet<_> = before.iter().filter(|named| !stays(named)).map(|named| named.id).collect();
        let mut left = Vec::new();
        for id in gone {
            left.extend(self.uploads.doubt(id, &name).await?);
        }
        let at = (record.flow, record.id, record.version);
        let stands = self.flows.advance(who, at, action, input).await?;
        for kept in left {
            if let Err(error) = self.uploads.release(kept).await {
                tracing::warn!(%error, "what a record has let go is asked about in a day");
            }
        }
        Ok(stands)
    }

    async fn take(&self, named: &BTreeSet<Named>, to: &Taker) -> Result<()> {
        let fields: BTreeSet<_> = named.iter().map(|named| (named.field, named.used_for)).collect();
        for (field, used_for) in fields {
            let of_it = named.iter().filter(|named| (named.field, named.used_for) == (field, used_for));
            let ids: Vec<_> = of_it.map(|named| named.id).collect();
            let at = format!("/{field}");
            let Taker { record, owner, reader } = to;
            let to = Attaching { owner: *owner, used_for, record, reader: *reader, at: &at };
            self.uploads.attach(&ids, &to).await?;
        }
        Ok(())
    }
}

struct Taker {
    record: String,
    owner: Owner,
    reader: Option<storage::ids::EnterpriseId>,
}

/// Whether a record has an upload that it once took. Of records of other kinds others know.
///
/// # Errors
/// [`Error::Store`].
pub async fn has(accounts: &Accounts, kept: &Kept) -> Result<bool> {
    let Some((kind, id)) = kept.record.split_once('/') else { return Ok(true) };
    let Some((flow, form)) = kinds().into_iter().find(|(flow, _)| flow.kind == kind) else { return Ok(true) };
    let Ok(id) = id.parse() else { return Ok(false) };
    let record = stands(accounts, flow, id, Read::Serial).await?;
    Ok(record.is_some_and(|record| named_by(form, &record).iter().any(|named| named.id == kept.id)))
}

fn name_of(flow: &Flow, id: RecordId) -> String {
    format!("{}/{id}", flow.kind)
}

/// What a record names, as it is typed and as it was approved; nothing once it is over.
fn named_by(form: &'static Form, record: &Record) -> BTreeSet<Named> {
    if record.flow.state(record.state).is_some_and(|state| state.is_final) {
        return BTreeSet::new();
    }
    let approved = approved(record).into_iter().flat_map(|approved| named_in(form, approved));
    named_in(form, &record.fields).chain(approved).collect()
}

fn named_in(form: &'static Form, fields: &Map<String, Value>) -> impl Iterator<Item = Named> {
    form.fields.iter().flat_map(move |field| {
        let (used_for, ids) = fields.get(field.name).map_or((None, Vec::new()), |value| uploads_of(&field.kind, value));
        let named = move |id| used_for.map(|used_for| Named { used_for, id, field: field.name });
        ids.into_iter().filter_map(named).collect::<Vec<_>>()
    })
}

fn uploads_of(kind: &FieldKind, value: &Value) -> (Option<Use>, Vec<UploadId>) {
    let id = |value: &Value| value.as_str()?.parse().ok();
    match kind {
        FieldKind::Text(TextKind::Upload { r#use }) => (r#use.parse().ok(), id(value).into_iter().collect()),
        FieldKind::Text(TextKind::Rich { .. }) => {
            (Some(Use::Illustration), rich::illustrations(value.as_str().unwrap_or_default()))
        }
        FieldKind::List { of: FieldKind::Text(TextKind::Upload { r#use }), .. } => {
            (r#use.parse().ok(), value.as_array().into_iter().flatten().filter_map(id).collect())
        }
        FieldKind::Text(_)
        | FieldKind::Whole { .. }
        | FieldKind::Fen { .. }
        | FieldKind::Flag
        | FieldKind::Agreed
        | FieldKind::List { .. }
        | FieldKind::Depending { .. } => (None, Vec::new()),
    }
}

/// The fields as they were approved last.
#[must_use]
pub(crate) fn approved(record: &Record) -> Option<&Map<String, Value>> {
    record.fields.get(APPROVED).and_then(Value::as_object)
}

/// A moment that is kept beside them.
#[must_use]
pub(crate) fn moment(record: &Record, field: &str) -> Option<Millis> {
    record.fields.get(field).and_then(Value::as_i64).map(Millis)
}

/// Of what a record keeps, what its owner filled in.
#[must_use]
pub fn filled_in(form: &Form, fields: &Map<String, Value>) -> Map<String, Value> {
    let known = fields.iter().filter(|(name, _)| form.field(name).is_some());
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What handing in sets.
#[must_use]
pub(crate) fn submit(now: Millis) -> Map<String, Value> {
    Map::from_iter([(REASON.to_owned(), Value::Null), (SUBMITTED_MS.to_owned(), json!(now.0))])
}

/// What its owner and its reviewer see of a record beside what is filled in: `approved` as it was approved last, `reason`
/// of a refusal, `submitted_at` and `published_at`.
#[must_use]
pub fn shown(form: &Form, record: &Record) -> Map<String, Value> {
    let mut shown = filled_in(form, &record.fields);
    shown.insert(APPROVED.to_owned(), record.fields.get(APPROVED).cloned().unwrap_or_default());
    shown.extend(record.fields.get(REASON).map(|reason| (REASON.to_owned(), reason.clone())));
    let times = [("submitted_at", SUBMITTED_MS), ("published_at", PUBLISHED_MS)];
    let written = |(name, field): (&str, &str)| Some((name.to_owned(), written(moment(record, field)?).into()));
    shown.extend(times.into_iter().filter_map(written));
    shown
}

/// What an approval sets: the copy.
#[must_use]
pub(crate) fn approve(form: &Form, record: &Record, now: Millis) -> Map<String, Value> {
    let copy = filled_in(form, &record.fields);
    Map::from_iter([(APPROVED.to_owned(), Value::Object(copy)), (APPROVED_MS.to_owned(), json!(now.0))])
}

/// What being shown sets: since when, and in which lists beside those before.
#[must_use]
pub(crate) fn publish(record: &Record, now: Millis, facets: Vec<String>) -> Map<String, Value> {
    let since = moment(record, PUBLISHED_MS).unwrap_or(now);
    let lists: BTreeSet<_> = listed(record).map(str::to_owned).chain(facets).collect();
    Map::from_iter([(PUBLISHED_MS.to_owned(), json!(since.0)), (LISTED.to_owned(), json!(lists))])
}

/// Every list that it has ever been shown in.
pub(crate) fn listed(record: &Record) -> impl Iterator<Item = &str> {
    record.fields.get(LISTED).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The whole of what is filled in, judged as what is handed in.
///
/// # Errors
/// [`Error::Invalid`] with every field that is wrong or missing.
pub(crate) fn check_whole(form: &Form, record: &Record, context: &Context<'_>) -> Result<Filled> {
    form.check(&Object::from(filled_in(form, &record.fields)), context)
}

/// What of the form differs from what is kept; what is gone is `null`.
pub(crate) fn changes(form: &Form, kept: &Map<String, Value>, mut new: Map<String, Value>) -> Map<String, Value> {
    let gone = form.fields.iter().map(|field| field.name);
    let gone: Vec<_> = gone.filter(|name| kept.contains_key(*name) && !new.contains_key(*name)).collect();
    new.retain(|name, value| kept.get(name) != Some(value));
    new.extend(gone.into_iter().map(|name| (name.to_owned(), Value::Null)));
    new
}

/// A code and those above it: the code of what lies deeper names the whole path to it.
pub(crate) fn path_of(code: &str) -> impl Iterator<Item = &str> {
    let above = code.match_indices('.').filter_map(|(at, _)| code.get(..at));
    above.chain([code])
}

/// The texts of a list of them.
pub(crate) fn texts<'a>(fields: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a str> {
    fields.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
