//! `/v1/uploads`: files as they are, one a request, streamed in and out. What they may be is `fair::uploads`'.
//!
//! A body is the file itself, not a form with parts: its type stands in `Content-Type`, its use and name in the query, so
//! that the first byte that comes is the file's and every client can send one without a library.

mod content;
mod described;
mod pace;
mod range;

use axum::Json;
use axum::extract::{FromRef, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fair::uploads::{Order, Quota, RULES, Rule, Upload, Uploads, Use, Viewer};
use serde::{Deserialize, Serialize};
use storage::ids::UploadId;
use storage::{Clock, Hidden};
use tokio_util::task::TaskTracker;
use utoipa::IntoParams;

use super::parts::{Caller, Params, Route, Tagged, id};
use crate::code::Code;
use crate::describe::says;
use crate::handles::Handles;
use crate::patience::Patience;
use crate::principal::Principal;
use crate::routes;
use crate::wire::Failure;

/// The longest body that any setting allows; each use has its own below it. **Units**: bytes.
const BODY_BYTES_MAX: usize = 2 << 30;

pub(super) fn rows() -> Vec<Route> {
    let mut rows = routes! {
        GET "/v1/uploads" Account Read => usage,
            says("What the own team has uploaded and may upload").gives_value(200, described::usage());
        GET "/v1/uploads/{id}" Account Read => show,
            says("An upload, for who has to do with it").gives_value(200, described::upload()).tagged();
        DELETE "/v1/uploads/{id}" Account Write => remove,
            says("Removes an upload that belongs to no record").gives_nothing(204).refuses(&[Code::Conflict]);
        GET "/v1/uploads/{id}/content" Anyone Content => content::serve,
            says("The bytes of an upload, or of a range of it").query::<content::Form>().gives_bytes(200, "*/*").gives_bytes(206, "*/*")
                .tagged()
                .refuses(&[Code::RangeNotSatisfiable]);
    };
    let receive = routes! {
        POST "/v1/uploads" Account Write => receive,
            says("Uploads a file").query::<Asked>().takes_bytes("*/*").gives_value(201, described::upload())
                .refuses(&[Code::TooSlow, Code::Conflict]);
    };
    rows.extend(receive.into_iter().map(|row| row.body_bytes_max(BODY_BYTES_MAX)));
    rows
}

/// What it takes to move files.
#[derive(Clone)]
pub(crate) struct Moving {
    uploads: Uploads,
    tasks: TaskTracker,
    clock: Clock,
}

impl FromRef<Handles> for Moving {
    fn from_ref(handles: &Handles) -> Self {
        let (uploads, clock) = (handles.ground.uploads().clone(), handles.site.clock.clone());
        Self { uploads, tasks: handles.tasks.rooms.clone(), clock }
    }
}

fn viewer(who: &Principal) -> Viewer {
    Viewer { user: who.user, kind: who.kind, enterprise: who.enterprise, admin: who.admin }
}

/// **Shape**: `{"id","use","type","bytes","width"?,"height"?,"name"?,"warning"?,"record"?}`.
#[derive(Serialize)]
struct Shown<'a> {
    id: UploadId,
    r#use: Use,
    r#type: &'static str,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(upload: &'a Upload) -> Self {
        Self {
            id: upload.id,
            r#use: upload.used_for,
            r#type: upload.format.media_type(),
            bytes: upload.bytes,
            width: upload.width,
            height: upload.height,
            name: upload.name.as_ref().map(|Hidden(name)| name.as_str()),
            warning: upload.is_large.then_some("large"),
            record: upload.record.as_deref(),
        }
    }
}

#[derive(Serialize)]
struct Amount {
    bytes: u64,
    files: u64,
}

impl From<Quota> for Amount {
    fn from(Quota { bytes, files }: Quota) -> Self {
        Self { bytes, files }
    }
}

#[derive(Serialize)]
struct Usage {
    taken: Amount,
    quota: Amount,
    uses: Vec<Rule>,
}

/// What the caller's team has uploaded, may upload, and how each file must be.
async fn usage(State(moving): State<Moving>, Caller(who): Caller) -> Result<Json<Usage>, Failure> {
    let (taken, quota) = moving.uploads.usage(viewer(&who).owner()).await?;
    let uses = RULES.iter().map(|rule| moving.uploads.rule(rule.used_for)).collect();
    Ok(Json(Usage { taken: taken.into(), quota: quota.into(), uses }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// What the file is for: one of the uses that `GET /v1/uploads` lists.
    #[serde(rename = "use")]
    used_for: String,
    /// What its owner calls it.
    name: Option<String>,
}

/// 201 once it is durable. A task of its own receives it: a client that goes leaves no half-done work.
async fn receive(
    State(moving): State<Moving>,
    Caller(who): Caller,
    Params(asked): Params<Asked>,
    request: Request,
) -> Result<Response, Failure> {
    let order = order(&who, asked, request.headers())?;
    let bytes = order.bytes.unwrap_or_else(|| moving.uploads.rule(order.used_for).bytes_max);
    if let Some(patience) = request.extensions().get::<Patience>() {
        patience.ask(pace::longest(bytes));
    }
    let mut body = pace::Paced::new(request, moving.clock);
    let uploads = moving.uploads;
    let receiving = moving.tasks.spawn(async move {
        let received = uploads.receive(order, &mut body).await;
        if received.is_err() {
            body.drain().await;
        }
        received
    });
    let upload = receiving.await.map_err(Failure::internal)??;
    let mut response = (StatusCode::CREATED, Json(Shown::of(&upload))).into_response();
    if let Ok(location) = HeaderValue::try_from(format!("/v1/uploads/{}", upload.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn order(who: &Principal, asked: Asked, headers: &HeaderMap) -> Result<Order, Failure> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let used_for = asked
        .used_for
        .parse()
        .map_err(|_other| Failure::new(Code::Invalid, "a rule on a field is broken").field("/use", "not_an_option"))?;
    Ok(Order {
        owner: viewer(who).owner(),
        by: who.user,
        used_for,
        name: asked.name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).map(Hidden),
        media_type: text(header::CONTENT_TYPE).map(str::to_owned),
        bytes: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
    })
}

async fn show(
    State(moving): State<Moving>,
    Caller(who): Caller,
    Path(upload): Path<String>,
    headers: HeaderMap,
) -> Result<Tagged, Failure> {
    let upload = moving.uploads.find(id(&upload)?, &viewer(&who)).await?;
    Ok(Tagged::of(&Shown::of(&upload), &headers))
}

async fn remove(
    State(moving): State<Moving>,
    Caller(who): Caller,
    Path(upload): Path<String>,
) -> Result<StatusCode, Failure> {
    moving.uploads.remove(id(&upload)?, &viewer(&who)).await?;
    Ok(StatusCode::NO_CONTENT)
}
