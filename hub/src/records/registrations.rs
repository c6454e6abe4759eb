//! `/v1/registrations`: becoming somebody at the fair. Guests may; how often, the limits of addresses and codes say.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use fair::codes::{self, Codes, Purpose};
use fair::messages::{Channel, Locale, Template, To};
use fair::{Messages, field};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parts::{Body, Route};
use crate::code::Code;
use crate::describe::says;
use crate::routes;
use crate::wire::Failure;

pub(super) fn rows() -> Vec<Route> {
    routes! {
        POST "/v1/registrations/codes" Anyone Code => send_code,
            says("Sends a code to a phone or mailbox, to register with").takes::<Asked>().gives::<CodeSent>(202);
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

/// In which language a client wants to be written to.
pub(super) fn locale(headers: &HeaderMap) -> Locale {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepted.map(Locale::of).unwrap_or_default()
}
