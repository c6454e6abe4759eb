//! `/v1/registrations`: becoming somebody at the fair. Guests may; how often, the limits of addresses and codes say.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use fair::codes::{self, Codes, Purpose};
use fair::form::{Form, Object};
use fair::messages::{Channel, Locale, Template, To};
use fair::registration::{Registered, Registrations, form};
use fair::{Kind, Messages, field};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parts::{Body, Books, Route};
use crate::code::Code;
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        POST "/v1/registrations/codes" Anyone Code => send_code,
            says("Sends a code to a phone or mailbox, to register with").takes::<Asked>().gives::<CodeSent>(202);
        POST "/v1/registrations/enterprise" Anyone Enrol => enterprise,
            says("Registers an enterprise and its administrator").form(&form::ENTERPRISE).gives::<Registered>(201)
                .refuses(&[Code::Conflict]);
        POST "/v1/registrations/individual" Anyone Enrol => individual,
            says("Registers a visitor").form(&form::INDIVIDUAL).gives::<Registered>(201).refuses(&[Code::Conflict]);
        POST "/v1/registrations/media" Anyone Enrol => media,
            says("Registers a journalist").form(&form::MEDIA).gives::<Registered>(201).refuses(&[Code::Conflict]);
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CodeRequest)]
struct Asked {
    channel: Channel,
    to: String,
}

/// The same whether somebody is known there or not.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeSent {
    /// Until the code ends. **Units**: seconds.
    expires_in: i64,
    /// Until another one may be asked for. **Units**: seconds.
    resend_in: i64,
}

impl CodeSent {
    pub(super) const STANDARD: Self = Self { expires_in: codes::LIFE_S, resend_in: codes::RESEND_S };
}

async fn send_code(
    State(codes): State<Codes>,
    State(messages): State<Messages>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(asked): Body<Asked>,
) -> Result<impl IntoResponse, Failure> {
    let to = asked.checked()?;
    if !messages.sends(to.channel()) {
        return Err(Failure::new(Code::Invalid, "nothing is sent that way here").field("/channel", "unsupported"));
    }
    let issued = codes.issue(Purpose::Registration, &to.normal(), peer.ip()).await?;
    let minutes = (codes::LIFE_S / 60).to_string();
    let params = [("code", issued.code.expose_secret()), ("minutes", minutes.as_str())];
    messages.send(&issued.key, to, Template::RegistrationCode, &params, locale(&headers)).await?;
    Ok((StatusCode::ACCEPTED, Json(CodeSent::STANDARD)))
}

impl Asked {
    fn checked(self) -> Result<To, Failure> {
        let checked = match self.channel {
            Channel::Sms => field::mobile(self.to.trim()).map(To::Sms),
            Channel::Email => field::email(self.to.trim()).map(To::Mail),
        };
        checked.map_err(|code| Failure::new(Code::Invalid, "a rule on a field is broken").field("/to", code))
    }
}

/// What a registration stands on.
type Desk = (State<Registrations>, State<Books>, ConnectInfo<SocketAddr>);

async fn enterprise(desk: Desk, Body(sent): Body<Object>) -> Result<impl IntoResponse, Failure> {
    register(Kind::Enterprise, &form::ENTERPRISE, desk, &sent).await
}

async fn individual(desk: Desk, Body(sent): Body<Object>) -> Result<impl IntoResponse, Failure> {
    register(Kind::Individual, &form::INDIVIDUAL, desk, &sent).await
}

async fn media(desk: Desk, Body(sent): Body<Object>) -> Result<impl IntoResponse, Failure> {
    register(Kind::Media, &form::MEDIA, desk, &sent).await
}

/// The names of things are looked up before anything is written: all wrong fields stand in one answer.
async fn register(
    kind: Kind,
    form: &'static Form,
    (State(registrations), State(books), ConnectInfo(peer)): Desk,
    sent: &Object,
) -> Result<(StatusCode, Json<Registered>), Failure> {
    let filled = form.check(sent, &books.context())?;
    let registered = registrations.register(kind, filled, peer.ip()).await?;
    Ok((StatusCode::CREATED, Json(registered)))
}

/// In which language a client wants to be written to.
pub(super) fn locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepted.map(Locale::of).unwrap_or_default()
}
