//! Short messages by an HTTP gateway: one `POST` with a fixed JSON body. What a provider of short messages asks for beyond
//! that, an adapter beside the hub translates.
//!
//! **Shape**: `{"id","to","text","template","locale","params":{..}}` with `Content-Type: application/json`,
//! `Idempotency-Key: <id>` and, when a token is set, `Authorization: Bearer <token>`. Any 2xx: taken. 408, 425, 429 and 5xx:
//! tried again. Anything else, redirects too: given up.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::provider::{Letter, Provider, Undelivered};

/// The longest request; a try lasts longer.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(15);

/// A gateway for short messages.
#[derive(Debug)]
pub struct SmsGateway {
    client: Client,
    url: Url,
    token: Option<SecretString>,
}

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    to: &'a str,
    text: &'a str,
    template: &'a str,
    locale: &'a str,
    params: BTreeMap<&'a str, &'a str>,
}

impl SmsGateway {
    /// At that address, checked to be `https` or on this machine.
    ///
    /// # Errors
    /// Says what keeps it from working.
    pub fn new(url: &str, token: Option<SecretString>) -> Result<Self, String> {
        // The one crypto backend, as for every other TLS here; told already, when something else asked first.
        drop(rustls::crypto::ring::default_provider().install_default());
        let url = url.parse().map_err(|error| format!("not an address: {error}"))?;
        let client = Client::builder().timeout(REQUEST_TIME_MAX).redirect(Policy::none());
        let client = client.build().map_err(|error| error.without_url().to_string())?;
        Ok(Self { client, url, token })
    }

    async fn post(&self, letter: &Letter) -> Result<(), Undelivered> {
        let params = letter.params.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        let body = Body {
            id: &letter.id,
            to: letter.to(),
            text: letter.text(),
            template: &letter.template,
            locale: &letter.locale,
            params,
        };
        let mut request = self.client.post(self.url.clone()).header("idempotency-key", &letter.id).json(&body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        match request.send().await {
            Ok(answer) => judged(answer.status()),
            // Without its cause, which may quote the address.
            Err(error) if error.is_timeout() => Err(Undelivered::Later("the gateway does not answer in time".into())),
            Err(error) if error.is_connect() => Err(Undelivered::Later("the gateway cannot be reached".into())),
            Err(_broken) => Err(Undelivered::Later("the gateway's answer broke off".into())),
        }
    }
}

fn judged(status: StatusCode) -> Result<(), Undelivered> {
    let reason = || format!("the gateway answered {}", status.as_u16());
    let passes = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    if status.is_success() {
        Ok(())
    } else if status.is_server_error() || passes.contains(&status) {
        Err(Undelivered::Later(reason()))
    } else {
        Err(Undelivered::Never(reason()))
    }
}

impl Provider for SmsGateway {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), Undelivered>> {
        Box::pin(self.post(letter))
    }
}
