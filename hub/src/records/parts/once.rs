//! A request that is done once however often it is sent: by its `Idempotency-Key`. **Source**: WIRE section 7.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderName;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use fair::idempotency::{Begun, Fingerprint, Key};
use serde::de::DeserializeOwned;
use storage::ids::{RecordId, UserId};

use super::body::{of_bytes, whole};
use crate::code::Code;
use crate::ground::Ground;
use crate::wire::{Answer, Failure, Mark};

/// The header that names a repeated request.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A JSON body, and the key it came with.
#[derive(Debug)]
pub struct Once<T> {
    /// The body.
    pub body: T,
    /// The key as it was sent, for operations that have an id of their own.
    pub key: Option<String>,
    asked: Option<(Key, Fingerprint)>,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Once<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let key = request.headers().get(IDEMPOTENCY_KEY).cloned();
        let key = key.map(|key| key.to_str().map(str::to_owned).unwrap_or_default());
        let (method, target) = (request.method().to_string(), request.uri().to_string());
        let bytes = whole(request).await?;
        let asked = match &key {
            Some(key) => Some((Key::parse(key)?, Fingerprint::of(&method, &target, &bytes))),
            None => None,
        };
        Ok(Self { body: of_bytes(&bytes)?, key, asked })
    }
}

/// A key and what was asked with it; none where nobody gave one.
pub type Asked = Option<(Key, Fingerprint)>;

impl<T> Once<T> {
    /// The body, the key as it was sent, and what [`run`] needs.
    pub fn into_parts(self) -> (T, Option<String>, Asked) {
        (self.body, self.key, self.asked)
    }
}

/// Does the work, or gives the answer that it had. What was refused is not kept: it may be tried again.
///
/// # Errors
/// The work's own; `invalid` for a key that was used for something else, `conflict` while the first one is at it.
pub async fn run(
    ground: &Ground,
    user: UserId,
    asked: Asked,
    work: impl Future<Output = Result<Answer, Failure>>,
) -> Result<Response, Failure> {
    make(ground, user, asked, |_object| work).await
}

/// As [`run`], for work that makes an object: with the number that it is to have. Who takes over what a crash left
/// undone is given the same, so that no second one is made.
///
/// # Errors
/// As [`run`].
pub async fn make<F>(
    ground: &Ground,
    user: UserId,
    asked: Asked,
    work: impl FnOnce(RecordId) -> F,
) -> Result<Response, Failure>
where
    F: Future<Output = Result<Answer, Failure>>,
{
    let Some((key, fingerprint)) = asked else {
        return Ok(work(RecordId::random(&mut ground.entropy())).await?.into_response());
    };
    let kept = ground.idempotency();
    match kept.begin(user, &key, fingerprint).await? {
        Begun::Other => {
            Err(Failure::new(Code::Invalid, "the key was used for something else").field("/Idempotency-Key", "reused"))
        }
        Begun::Busy { retry_after_ms } => {
            Err(Failure::new(Code::Conflict, "the first request is still at work").retry_after_ms(retry_after_ms))
        }
        Begun::Repeated { body, .. } => {
            let body = body.map_or_else(|| Bytes::from_static(b"{}"), Bytes::from);
            Ok(Answer { body, mark: Mark::Repeated }.into_response())
        }
        Begun::Fresh(claim) => match work(RecordId(claim.object())).await {
            Ok(answer) => {
                let status = answer.mark.status();
                // It is done: a store that cannot keep the answer (a full disk) makes that no failure.
                let kept = kept.finish(&claim, status, &String::from_utf8_lossy(&answer.body)).await;
                warn_of(kept, "the answer of a request that is done once is not kept");
                Ok(answer.into_response())
            }
            Err(failure) => {
                warn_of(kept.give_up(claim).await, "the key of a request that failed is free in some seconds only");
                Err(failure)
            }
        },
    }
}

fn warn_of(kept: fair::Result<()>, what: &'static str) {
    if let Err(error) = kept {
        tracing::warn!(%error, "{what}");
    }
}
