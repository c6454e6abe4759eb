//! Exhibits (展品): what an exhibitor shows in its booth, once it is approved and put on sale.
//!
//! **Source**: SPEC 10; D-02, D-03, D-08, D-29 (videos are taken as they are).

mod flow;
mod form;
pub mod number;

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use storage::StoreError;
use storage::ids::{RecordId, UploadId, UserId};

pub use flow::{FLOW, review_state, shelf_state};
pub(crate) use flow::{ON_SALE, WAS_ON_SALE, facets};
pub use form::EXHIBIT;

use crate::accounts::Page;
use crate::booths::{self, exhibitor};
use crate::content::{self, Contents};
use crate::error::{Error, Result};
use crate::field::rich;
use crate::flow::{Flows, Input, New, Record, Scope, Wanted, Who};
use crate::form::{Context, Object};
use crate::uploads::Uploads;
use flow::{DELETED, SHELF, WAITING, ZONE};

/// The field of its number.
pub const NUMBER: &str = "number";

/// Every exhibit. A cheap handle.
#[derive(Debug, Clone)]
pub struct Exhibits {
    contents: Contents,
    /// What was approved stays shown in review.
    keeps: bool,
}

/// Which of a list. Empty texts and nothing: all of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// The whole number.
    pub number: Option<&'a str>,
    /// A part of the name, in any case.
    pub name: Option<&'a str>,
    /// A category, or one above it.
    pub category: Option<&'a str>,
    /// As [`review_state`].
    pub review_state: Option<&'a str>,
    /// As [`shelf_state`].
    pub shelf_state: Option<&'a str>,
}

impl Exhibits {
    /// Over the records and the uploads; `keeps`: what was approved stays shown while it is reviewed again.
    #[must_use]
    pub const fn new(flows: Flows, uploads: Uploads, keeps: bool) -> Self {
        Self { contents: Contents { flows, uploads }, keeps }
    }

    const fn flows(&self) -> &Flows {
        &self.contents.flows
    }

    /// An exhibit that `who` may know of and that is not deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn get(&self, who: &Who, id: RecordId) -> Result<Record> {
        let record = self.flows().get(who, &FLOW, id).await?;
        if record.state == DELETED.name { Err(Error::NotFound) } else { Ok(record) }
    }

    /// Begins an exhibit of a booth as a draft, with its number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for whoever does not act for an enterprise; [`Error::Invalid`] with every wrong field, at `/booth`
    /// also when it is not the enterprise's; [`Error::Overloaded`], [`Error::Store`].
    pub async fn create(&self, who: &Who, sent: &Object, context: &Context<'_>) -> Result<Record> {
        exhibitor(who)?;
        let fields = EXHIBIT.check_draft(sent, context)?.into_fields();
        let booth = self.own_booth(who, &fields).await?;
        check_category(&booth, &fields)?;
        self.make(who, &booth, "create", (fields, None)).await
    }

    /// Makes another one of an exhibit, as a draft with a number of its own; with copies of its pictures, without its videos.
    ///
    /// # Errors
    /// As [`Self::create`]; [`Error::NotFound`].
    pub async fn copy(&self, who: &Who, id: RecordId) -> Result<Record> {
        let source = self.get(who, id).await?;
        if exhibitor(who)? != source.owner {
            return Err(Error::Forbidden);
        }
        let mut fields = content::filled_in(&EXHIBIT, &source.fields);
        let booth = self.own_booth(who, &fields).await?;
        self.copy_uploads(who, &mut fields).await?;
        if fields.get("code") == source.fields.get(NUMBER) {
            fields.remove("code");
        }
        let note = Some(source.text(NUMBER).to_owned());
        self.make(who, &booth, "copy", (fields, note)).await
    }

    async fn make(
        &self,
        who: &Who,
        booth: &Record,
        action: &'static str,
        (mut fields, note): (Map<String, Value>, Option<String>),
    ) -> Result<Record> {
        let accounts = self.flows().accounts();
        let id = RecordId::random(&mut accounts.entropy());
        let number = number::claim(accounts, id).await?;
        fields.insert(NUMBER.to_owned(), json!(number));
        fields.insert(SHELF.to_owned(), json!(WAITING));
        fields.entry("code").or_insert_with(|| json!(number));
        let new = New { id, owner: booth.owner, second: booth.second, action, input: Input { fields, note } };
        let made = self.contents.create(who, (&FLOW, &EXHIBIT), new).await;
        if let Err(error) = &made
            && *error != Error::Store(StoreError::Unknown)
        {
            number::release(accounts, &number, id).await?;
        }
        made
    }

    /// An upload belongs to one record: another record gets another one.
    async fn copy_uploads(&self, who: &Who, fields: &mut Map<String, Value>) -> Result<()> {
        fields.remove("videos");
        let Some(user) = who.user() else { return Err(Error::Forbidden) };
        let pictures: Vec<_> = content::texts(fields, "pictures").filter_map(|id| id.parse().ok()).collect();
        if !pictures.is_empty() {
            let copies = self.copies(&pictures, user).await?;
            let copies: Vec<_> = pictures.iter().filter_map(|id| copies.get(id)).collect();
            fields.insert("pictures".to_owned(), json!(copies));
        }
        if let Some(detail) = fields.get("detail_html").and_then(Value::as_str) {
            let copies = self.copies(&rich::illustrations(detail), user).await?;
            let detail = rich::with_illustrations(detail, &copies);
            fields.insert("detail_html".to_owned(), detail.into());
        }
        Ok(())
    }

    async fn copies(&self, ids: &[UploadId], by: UserId) -> Result<HashMap<UploadId, UploadId>> {
        let mut copies = HashMap::new();
        for id in ids {
            copies.insert(*id, self.contents.uploads.copy(*id, by).await?.id);
        }
        Ok(copies)
    }

    /// Changes what is filled in. Of what is approved the approved copy stays as it is.
    ///
    /// # Errors
    /// As the engine's; [`Error::Invalid`] with every wrong field; none that is missing is asked for.
    pub async fn update(
        &self,
        who: &Who,
        (id, version): (RecordId, i64),
        patch: &Object,
        context: &Context<'_>,
    ) -> Result<Record> {
        let record = self.get(who, id).await?;
        self.flows().check(&record, who, version, "update")?;
        let kept = content::filled_in(&EXHIBIT, &record.fields);
        let mut fields = EXHIBIT.check_draft_patch(&kept, patch, context)?.into_fields();
        fields.entry("code").or_insert_with(|| record.text(NUMBER).into());
        let fields = content::changes(&EXHIBIT, &kept, fields);
        if fields.contains_key("booth") {
            return Err(Error::invalid("/booth", "locked"));
        }
        if fields.is_empty() {
            return Ok(record);
        }
        if fields.contains_key("category") {
            check_category(&self.booth(&record.fields).await?, &fields)?;
        }
        self.step(who, &record, "update", Input { fields, note: None }).await
    }

    /// Hands an exhibit in, whole.
    ///
    /// # Errors
    /// As the engine's; [`Error::Invalid`] with every field that is wrong or missing.
    pub async fn submit(&self, who: &Who, (id, version): (RecordId, i64), context: &Context<'_>) -> Result<Record> {
        let record = self.get(who, id).await?;
        self.flows().check(&record, who, version, "submit")?;
        let filled = content::check_whole(&EXHIBIT, &record, context)?;
        check_category(&self.booth(&record.fields).await?, filled.fields())?;
        self.step(who, &record, "submit", Input::default()).await
    }

    /// Puts an exhibit on sale. **Source**: L844, and its booth must be seen.
    ///
    /// # Errors
    /// As the engine's; [`Error::Conflict`] while its booth is not shown.
    pub async fn shelve(&self, who: &Who, (id, version): (RecordId, i64)) -> Result<Record> {
        let record = self.get(who, id).await?;
        self.flows().check(&record, who, version, "shelve")?;
        let booth = self.booth(&record.fields).await?;
        if !booths::is_public(&booth, self.keeps) {
            return Err(Error::Conflict("its booth is not shown"));
        }
        let zone = content::approved(&booth).and_then(|approved| approved.get("zone")).cloned();
        let fields = zone.map(|zone| (ZONE.to_owned(), zone)).into_iter().collect();
        self.step(who, &record, "shelve", Input { fields, note: None }).await
    }

    /// Takes a step that asks for nothing but what comes with it: a decision, off the shelf, deletion.
    ///
    /// # Errors
    /// As the engine's.
    pub async fn advance(
        &self,
        who: &Who,
        (id, version): (RecordId, i64),
        action: &str,
        input: Input,
    ) -> Result<Record> {
        let record = self.get(who, id).await?;
        self.flows().check(&record, who, version, action)?;
        self.step(who, &record, action, input).await
    }

    async fn step(&self, who: &Who, record: &Record, action: &str, input: Input) -> Result<Record> {
        self.contents.advance(who, &EXHIBIT, record, (action, input)).await
    }

    /// A page of a list, the newest first, of what is not deleted. Whether the caller may see the list is the caller's to say.
    ///
    /// # Errors
    /// [`Error::BadCursor`], [`Error::Invalid`] for a state that there is not, [`Error::Store`].
    pub async fn list(
        &self,
        who: &Who,
        scope: Scope,
        filter: &Filter<'_>,
        page: (Option<&str>, u32),
    ) -> Result<Page<Record>> {
        filter.check()?;
        if let Some(number) = filter.number {
            let id = number::find(self.flows().accounts(), number).await?;
            let found = match id {
                Some(id) => self.get(who, id).await.map(Some),
                None => Ok(None),
            };
            let found = match found {
                Err(Error::NotFound) => None,
                other => other?,
            };
            let items = found.into_iter().filter(|record| scope.holds(record) && filter.fits(record)).collect();
            return Ok(Page { items, next: None });
        }
        let is_wanted = |record: &Record| filter.fits(record);
        let wanted = Wanted { state: &|state| filter.has_state(state), record: &is_wanted, made: None };
        self.flows().list_wanted(&FLOW, scope, &wanted, page).await
    }

    async fn own_booth(&self, who: &Who, fields: &Map<String, Value>) -> Result<Record> {
        if !fields.contains_key("booth") {
            return Err(Error::invalid("/booth", "required"));
        }
        let unknown = || Error::invalid("/booth", "unknown");
        let booth = match self.booth(fields).await {
            Err(Error::Conflict(_)) => return Err(unknown()),
            other => other?,
        };
        if exhibitor(who)? == booth.owner { Ok(booth) } else { Err(unknown()) }
    }

    async fn booth(&self, fields: &Map<String, Value>) -> Result<Record> {
        let id = fields.get("booth").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let booth = match id {
            Some(id) => self.flows().look(&booths::FLOW, id).await?,
            None => None,
        };
        booth.ok_or(Error::Conflict("its booth is not there"))
    }
}

impl Filter<'_> {
    fn check(&self) -> Result<()> {
        let is_one = |word: Option<&str>, of: &[&str]| word.is_none_or(|word| of.contains(&word));
        if !is_one(self.review_state, &["draft", "pending", "approved", "rejected"]) {
            return Err(Error::invalid("/review_state", "not_an_option"));
        }
        if !is_one(self.shelf_state, &["waiting", "on_sale", "off_shelf"]) {
            return Err(Error::invalid("/shelf_state", "not_an_option"));
        }
        Ok(())
    }

    /// What its state alone tells.
    fn has_state(&self, state: &str) -> bool {
        let is_open = matches!(state, "draft" | "pending" | "rejected");
        let reviewed =
            self.review_state.is_none_or(|wanted| if is_open { state == wanted } else { wanted == "approved" });
        let shelved = match self.shelf_state {
            Some("on_sale") => matches!(state, "on_sale" | "revising"),
            Some("waiting") => !matches!(state, "on_sale" | "unshelved"),
            Some(_) => !matches!(state, "on_sale" | "approved"),
            None => true,
        };
        state != DELETED.name && reviewed && shelved
    }

    fn fits(&self, record: &Record) -> bool {
        let named = |part: &str| record.text("name").to_lowercase().contains(&part.trim().to_lowercase());
        let is_below = |wanted: &str| content::path_of(record.text("category")).any(|code| code == wanted);
        self.has_state(record.state)
            && self.name.is_none_or(named)
            && self.category.is_none_or(is_below)
            && self.shelf_state.is_none_or(|wanted| shelf_state(record) == wanted)
    }
}

/// **Source**: L593: only under categories that the booth has chosen.
fn check_category(booth: &Record, fields: &Map<String, Value>) -> Result<()> {
    let Some(category) = fields.get("category").and_then(Value::as_str) else { return Ok(()) };
    let is_chosen = content::texts(&booth.fields, "categories").any(|chosen| chosen == category);
    if is_chosen { Ok(()) } else { Err(Error::invalid("/category", "not_an_option")) }
}

#[cfg(test)]
mod tests;
