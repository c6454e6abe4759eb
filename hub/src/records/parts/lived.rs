//! Routes that every kind with a life has alike: a record with its past, and a step of it. What a kind shows, and how a path
//! names its records, it says itself; what may be done its flow says.

use axum::extract::{FromRef, Path, Request, State};
use axum::http::{HeaderMap, Method};
use axum::routing::{MethodFilter, on};
use fair::accounts::Page;
use fair::flow::{Flow, Flows, Input, NOTHING, REASON, Record, Scope, Who};
use fair::form::{Filled, Form, Object, Required};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value};
use storage::ids::RecordId;
use utoipa::IntoParams;

use super::body::{object, of_bytes};
use super::page::{Listed, PageOf, limit};
use super::{Body, Books, Caller, IfMatch, Once, Route, Shown, once};
use crate::code::Code;
use crate::describe::{Doc, says};
use crate::front::Front;
use crate::ground::Ground;
use crate::handles::Handles;
use crate::limits::Class;
use crate::policy::Right;
use crate::principal::{Kind, Principal};
use crate::schema::record_of;
use crate::wire::{Answer, Failure, Mark};

/// The field that a reason comes in, and is kept in until the record moves on.
const REASON_FIELD: &str = "reason";

/// A kind.
#[derive(Debug, Clone, Copy)]
pub struct Lived {
    /// Its life.
    pub flow: &'static Flow,
    /// The record that a path names.
    pub named: fn(&str) -> Option<RecordId>,
    /// What is shown of a record.
    pub shown: fn(&Record, &Who) -> Shown,
    /// The form whose fields it shows.
    pub form: &'static Form,
    /// What it shows beside them, for the description.
    pub beside: fn() -> Map<String, Value>,
}

/// Makes a record out of what was sent. What it may be called comes with it, the same for the same key: a kind that goes by
/// it is not made twice by who takes over what a crash left undone. An enterprise applies once anyway; a draft of a booth or
/// an exhibit has a number of its own, so a second one may be there after such a crash.
pub type Make = fn(Doing, RecordId, Object) -> BoxFuture<'static, Result<Record, Failure>>;

/// Changes a record by what was sent.
pub type Change = fn(Doing, (RecordId, i64), Object) -> BoxFuture<'static, fair::Result<Record>>;

/// Takes a step of a record, where more than its flow has to do with it.
pub type Act = fn(Doing, (RecordId, i64), &'static str, Input) -> BoxFuture<'static, fair::Result<Record>>;

/// Who takes a step, and what it takes.
#[derive(Debug)]
pub struct Doing {
    /// The store and the fair.
    pub ground: Ground,
    /// What everybody sees.
    pub front: Front,
    /// What is filled in is judged by them.
    pub books: Books,
    /// Who.
    pub who: Who,
}

/// What it takes, before anybody takes it.
#[derive(Clone)]
struct With {
    ground: Ground,
    front: Front,
    books: Books,
}

impl FromRef<Handles> for With {
    fn from_ref(handles: &Handles) -> Self {
        Self { ground: handles.ground.clone(), front: handles.front.clone(), books: Books::from_ref(handles) }
    }
}

impl With {
    fn doing(self, who: Who) -> Doing {
        let Self { ground, front, books } = self;
        Doing { ground, front, books, who }
    }
}

/// What comes with a step, from its form.
pub type Read = fn(&Filled) -> Input;

/// What a step refuses beside what every change does.
const REFUSED: &[Code] = &[Code::Forbidden, Code::Conflict];

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Only what is in this state.
    state: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// Records as most kinds name and show them: by their id, with their fields.
#[must_use]
pub const fn plain(flow: &'static Flow, form: &'static Form) -> Lived {
    Lived {
        flow,
        named: |text| text.parse().ok(),
        shown: |record, who| Shown::of(record, who, record.fields.clone()),
        form,
        beside: Map::new,
    }
}

/// The reason, where one is given, kept until the record moves on.
fn reason(filled: &Filled) -> Input {
    let note = filled.text(REASON_FIELD).map(str::to_owned);
    let reason = note.clone().map_or(Value::Null, Value::String);
    Input { fields: Map::from_iter([(REASON_FIELD.to_owned(), reason)]), note }
}

/// What a reviewer decides about: an institution sees its own, the committee all.
///
/// # Errors
/// `forbidden` for who decides about nothing.
pub fn to_decide(caller: &Principal) -> Result<Scope, Failure> {
    match (caller.kind, caller.enterprise) {
        (Kind::Committee, _) => Ok(Scope::All),
        (Kind::Institution, Some(institution)) => Ok(Scope::Second(institution)),
        (Kind::Enterprise | Kind::Individual | Kind::Media | Kind::Institution, _) => Err(Code::Forbidden.into()),
    }
}

impl Lived {
    /// The record that a path names.
    ///
    /// # Errors
    /// `not_found` for what names none.
    pub fn id(self, text: &str) -> Result<RecordId, Failure> {
        (self.named)(text).ok_or_else(|| Code::NotFound.into())
    }

    /// A record with its past.
    #[must_use]
    pub fn show(self, path: &'static str) -> Route {
        let show = move |State(flows): State<Flows>,
                         Caller(caller): Caller,
                         Path(name): Path<String>,
                         headers: HeaderMap| async move {
            let who = Who::from(&caller);
            let record = flows.get(&who, self.flow, self.id(&name)?).await?;
            let shown = (self.shown)(&record, &who).with_history(&flows, &record).await?;
            Ok::<_, Failure>(shown.tagged(&headers))
        };
        let doc = says("A record with its past").gives_value(200, self.described()).tagged();
        Route::new(Method::GET, path, Right::Account, Class::Read, on(MethodFilter::GET, show)).doc(doc)
    }

    /// Where records are made: the same key makes the same one.
    #[must_use]
    pub fn create(self, path: &'static str, (right, class): (Right, Class), make: Make, doc: Doc) -> Route {
        let create = move |State(with): State<With>, Caller(caller): Caller, once: Once<Object>| async move {
            let (sent, _key, asked) = once.into_parts();
            let (ground, who) = (with.ground.clone(), Who::from(&caller));
            let work = async |id| {
                let record = make(with.doing(who), id, sent).await?;
                Ok::<_, Failure>(Answer::of(&(self.shown)(&record, &who), Mark::Created))
            };
            Box::pin(once::make(&ground, caller.user, asked, work)).await
        };
        let doc = doc.gives_value(201, self.described()).once();
        Route::new(Method::POST, path, right, class, on(MethodFilter::POST, create)).doc(doc)
    }

    /// Where a record is changed by what is sent, of a version that is named: edited, or handed in.
    #[must_use]
    pub fn change(self, method: Method, path: &'static str, change: Change, doc: Doc) -> Route {
        let act = move |State(with): State<With>,
                        Caller(caller): Caller,
                        Path(name): Path<String>,
                        if_match: IfMatch,
                        headers: HeaderMap,
                        Body(sent): Body<Object>| async move {
            let (who, at) = (Who::from(&caller), (self.id(&name)?, if_match.version()?));
            let record = Box::pin(change(with.doing(who), at, sent)).await?;
            Ok::<_, Failure>((self.shown)(&record, &who).tagged(&headers))
        };
        let doc = doc.gives_value(200, self.described()).tagged().if_match(true).refuses(REFUSED);
        let filter = if method == Method::PATCH { MethodFilter::PATCH } else { MethodFilter::POST };
        Route::new(method, path, Right::Account, Class::Write, on(filter, act)).doc(doc)
    }

    /// A step of a record, with a reason where its flow asks for one, else without a body.
    #[must_use]
    pub fn step(self, path: &'static str, action: &'static str) -> Route {
        self.step_of(path, action, self.asks(action), reason)
    }

    /// A step of a record that comes with a form of its own, which `read` reads.
    #[must_use]
    pub fn step_of(self, path: &'static str, action: &'static str, form: &'static Form, read: Read) -> Route {
        let act = move |Doing { ground, who, .. }: Doing, (id, version), input| async move {
            ground.flows().advance(&who, (self.flow, id, version), action, input).await
        };
        self.route_of(path, (action, form, read), act)
    }

    /// As [`Self::step`], where more than its flow has to do with it.
    #[must_use]
    pub fn step_by(self, path: &'static str, action: &'static str, act: Act) -> Route {
        let said = (action, self.asks(action), reason as Read);
        self.route_of(path, said, move |doing, at, input| act(doing, at, action, input))
    }

    fn route_of<F>(
        self,
        path: &'static str,
        (action, form, read): (&'static str, &'static Form, Read),
        act: impl FnOnce(Doing, (RecordId, i64), Input) -> F + Clone + Send + Sync + 'static,
    ) -> Route
    where
        F: Future<Output = fair::Result<Record>> + Send + 'static,
    {
        let step = move |State(with): State<With>,
                         Caller(caller): Caller,
                         Path(name): Path<String>,
                         if_match: IfMatch,
                         headers: HeaderMap,
                         request: Request| async move {
            let who = Who::from(&caller);
            let sent: Object = of_bytes(&object(request).await?)?;
            let input = read(&form.check(&sent, &with.books.context())?);
            let at = (self.id(&name)?, if_match.version()?);
            let record = Box::pin(act(with.doing(who), at, input)).await?;
            Ok::<_, Failure>((self.shown)(&record, &who).tagged(&headers))
        };
        let doc = self.says(action, form).gives_value(200, self.described()).tagged().if_match(true).refuses(REFUSED);
        Route::new(Method::POST, path, Right::Account, Class::Write, on(MethodFilter::POST, step)).doc(doc)
    }

    /// A page of a list, the newest first, without the past of its records.
    ///
    /// # Errors
    /// `invalid` for a state that the kind does not have, `bad_request` for a cursor that is none, the store's.
    pub async fn list(
        self,
        flows: &Flows,
        who: &Who,
        scope: Scope,
        page: &PageOf<Filter>,
    ) -> Result<Listed<Page<Shown>>, Failure> {
        let Filter { state, cursor, limit: asked } = &page.filter;
        let found = flows.list(self.flow, scope, state.as_deref(), (cursor.as_deref(), limit(*asked))).await?;
        Ok(page.shows(Page { next: found.next, ..self.items(&found.items, who) }))
    }

    /// Records that are no page of a longer list.
    #[must_use]
    pub fn items(self, records: &[Record], who: &Who) -> Page<Shown> {
        Page { items: records.iter().map(|record| (self.shown)(record, who)).collect(), next: None }
    }

    /// A step as it is described: its English label, and the form that it comes with.
    fn says(self, action: &str, form: &Form) -> Doc {
        let label = self.flow.steps_of(action).next().map_or("", |step| step.label.en);
        let is_needed = form.fields.iter().any(|field| matches!(field.required, Required::Always));
        if is_needed { says(label).form(form) } else { says(label).may_take(form.schema()) }
    }

    /// What is answered of a record.
    #[must_use]
    pub fn described(self) -> Value {
        let mut record = record_of(self.form);
        if let Some(properties) = record.get_mut("properties").and_then(Value::as_object_mut) {
            properties.extend((self.beside)());
        }
        record
    }

    /// What a step asks for that has no form of its own.
    fn asks(self, action: &str) -> &'static Form {
        let asks_why = self.flow.steps_of(action).any(|step| step.fields.contains(&REASON_FIELD));
        if asks_why { &REASON } else { &NOTHING }
    }
}
