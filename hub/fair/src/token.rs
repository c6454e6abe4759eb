//! Tokens and the keys behind them: signed access tokens, refresh tokens, page cursors. Knows no store: whether a session
//! still lives is asked elsewhere.
//!
//! An access token is a JWT with exactly one algorithm (HS256) and one key id; its times are integers and all required.
//! The time is the caller's, so `jsonwebtoken`'s own checks of it are off and done here.

mod hs256;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use storage::ids::{EnterpriseId, Millis, SessionId, UserId};
use subtle::ConstantTimeEq as _;

use crate::error::{Error, Result};
use crate::kind::{Duty, Kind};
use crate::seal::Sealer;

/// How long an access token lives. **Units**: seconds.
pub const ACCESS_TTL_S: i64 = 15 * 60;
/// The signing secret's least length. **Units**: bytes.
pub const SECRET_BYTES_MIN: usize = 32;
/// Clocks of two hubs may differ by this much. **Units**: seconds.
const SKEW_S: i64 = 5;
/// No token of ours is longer. **Units**: bytes.
const TOKEN_BYTES_MAX: usize = 2_048;

/// A secret too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret needs at least {SECRET_BYTES_MIN} bytes")]
pub struct WeakSecret;

/// Who is behind a request, as their access token says and the revocations allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub user: UserId,
    /// The team it belongs to.
    pub enterprise: Option<EnterpriseId>,
    /// Its class.
    pub kind: Kind,
    /// What it may do for the enterprise; enterprise accounts only.
    pub duty: Option<Duty>,
    /// Whether it administers its team.
    pub admin: bool,
    /// The session.
    pub session: SessionId,
    /// When the token ends.
    pub expires_at: Millis,
    /// The version of the account's rights that this token carries.
    pub rights: i64,
}

/// What an access token says. **Shape**: ids as text, times in whole seconds.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    ent: Option<EnterpriseId>,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    duty: Option<Duty>,
    admin: bool,
    sid: SessionId,
    ver: i64,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// What a refresh token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refresh {
    pub(crate) user: UserId,
    pub(crate) session: SessionId,
    pub(crate) generation: i64,
}

/// Every key of the hub, derived from its one secret.
pub struct Keys {
    key_id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    refresh: [u8; 32],
    cursor: [u8; 32],
    audit: [u8; 32],
    code: [u8; 32],
    document: [u8; 32],
    sealer: Sealer,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

impl Keys {
    /// Derives them.
    ///
    /// # Errors
    /// [`WeakSecret`] below [`SECRET_BYTES_MIN`].
    pub fn derive(secret: &SecretString) -> Result<Self, WeakSecret> {
        let secret = secret.expose_secret().trim().as_bytes();
        if secret.len() < SECRET_BYTES_MIN {
            return Err(WeakSecret);
        }
        hs256::install();
        let access = mac(secret, &[b"access token v1"]);
        let key_id = hex(&mac(secret, &[b"key id v1"])).split_at(16).0.to_owned();
        Ok(Self {
            key_id,
            signing: EncodingKey::from_secret(&access),
            verifying: DecodingKey::from_secret(&access),
            refresh: mac(secret, &[b"refresh token v1"]),
            cursor: mac(secret, &[b"cursor v1"]),
            audit: mac(secret, &[b"audit v1"]),
            code: mac(secret, &[b"code v1"]),
            document: mac(secret, &[b"document v1"]),
            sealer: Sealer(aes_gcm::Aes256Gcm::new(&mac(secret, &[b"seal v1"]).into())),
        })
    }

    /// A name for the secret behind them, which does not tell it. **Shape**: 16 hexadecimal digits.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What seals personal data.
    #[must_use]
    pub const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The mark over the parts of an entry of the audit record.
    pub(crate) fn audit_mark(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.audit, parts)
    }

    /// What stands for a person's document where it is looked up.
    pub(crate) fn document_mark(&self, kind: &str, number: &str) -> [u8; 32] {
        mac(&self.document, &[kind.as_bytes(), number.as_bytes()])
    }

    /// Signs an access token for `principal`, valid from `now` until its `expires_at`.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be encoded.
    pub fn sign(&self, principal: &Principal, now: Millis) -> Result<String> {
        let issued_s = now.0 / 1000;
        let claims = Claims {
            sub: principal.user,
            ent: principal.enterprise,
            kind: principal.kind,
            duty: principal.duty,
            admin: principal.admin,
            sid: principal.session,
            ver: principal.rights,
            iat: issued_s,
            nbf: issued_s,
            exp: principal.expires_at.0 / 1000,
        };
        let header = Header { kid: Some(self.key_id.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, &self.signing).map_err(|_encoding| Error::Internal("token encoding"))
    }

    /// Who an access token speaks for, by its signature and times alone. One that begins later than now was made before
    /// the clock was set back: it would outlive its time, so it is to be refreshed like one that has ended.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::TokenExpired`].
    pub fn verify(&self, token: &str, now: Millis) -> Result<Principal> {
        let claims = self.claims(token).ok_or(Error::Unauthenticated)?;
        let now_s = now.0 / 1000;
        if claims.exp <= claims.nbf || claims.exp > i64::MAX / 1000 {
            return Err(Error::Unauthenticated);
        }
        let begun = claims.nbf <= now_s + SKEW_S && claims.iat <= now_s + SKEW_S;
        if !begun || claims.exp <= now_s {
            return Err(Error::TokenExpired);
        }
        Ok(Principal {
            user: claims.sub,
            enterprise: claims.ent,
            kind: claims.kind,
            duty: claims.duty,
            admin: claims.admin,
            session: claims.sid,
            expires_at: Millis(claims.exp * 1000),
            rights: claims.ver,
        })
    }

    fn claims(&self, token: &str) -> Option<Claims> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let mut rules = Validation::new(Algorithm::HS256);
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.set_required_spec_claims(&["exp", "nbf", "sub"]);
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.verifying, &rules).ok()?;
        (decoded.header.kid.as_deref() == Some(self.key_id.as_str())).then_some(decoded.claims)
    }

    /// A refresh token: what it names, and our mark over it.
    pub(crate) fn refresh_token(&self, refresh: Refresh) -> String {
        let Refresh { user, session, generation } = refresh;
        let body = format!("{user}.{session}.{generation}");
        let mark = URL_SAFE_NO_PAD.encode(mac(&self.refresh, &[body.as_bytes()]));
        format!("{body}.{mark}")
    }

    /// What a refresh token names, when the mark is ours.
    pub(crate) fn read_refresh_token(&self, token: &str) -> Option<Refresh> {
        let (body, mark) = token.rsplit_once('.').filter(|_| token.len() <= TOKEN_BYTES_MAX)?;
        let mark = URL_SAFE_NO_PAD.decode(mark).ok()?;
        if !bool::from(mac(&self.refresh, &[body.as_bytes()]).ct_eq(mark.as_slice())) {
            return None;
        }
        let mut parts = body.split('.');
        let mut part = || parts.next();
        let named =
            Refresh { user: part()?.parse().ok()?, session: part()?.parse().ok()?, generation: part()?.parse().ok()? };
        part().is_none().then_some(named)
    }

    /// A keyed hash for codes, and for what must be found again without being readable.
    pub(crate) fn code_mark(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.code, parts)
    }

    /// A page cursor over `position`, good only for the list named `list`.
    pub(crate) fn cursor(&self, list: &str, position: &str) -> String {
        let mark = mac(&self.cursor, &[list.as_bytes(), position.as_bytes()]);
        let mut bytes = mark.split_at(16).0.to_vec();
        bytes.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position in a cursor that we made for that list.
    ///
    /// # Errors
    /// [`Error::BadCursor`].
    pub(crate) fn read_cursor(&self, list: &str, cursor: &str) -> Result<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_not_base64| Error::BadCursor)?;
        let (mark, position) = bytes.split_at_checked(16).ok_or(Error::BadCursor)?;
        let ours = mac(&self.cursor, &[list.as_bytes(), position]);
        if !bool::from(ours.split_at(16).0.ct_eq(mark)) {
            return Err(Error::BadCursor);
        }
        String::from_utf8(position.to_vec()).map_err(|_not_text| Error::BadCursor)
    }
}

/// HMAC-SHA-256 over the parts, each behind its length.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("invariant: HMAC takes keys of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
