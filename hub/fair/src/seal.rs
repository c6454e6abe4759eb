//! Personal contact data: sealed in the store, masked in lists. Never decides who may see it.
//!
//! **Source**: SPEC 7 (visibility), `reliability` section 2 (personal data).

use std::fmt;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use storage::ids::UserId;
use utoipa::ToSchema;

use crate::error::{Error, Result};

const NONCE_BYTES: usize = 12;

/// How a person can be reached outside the fair. `Debug` shows it masked.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contact {
    /// The phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// The email address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Contact {
    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.mobile.is_none() && self.email.is_none()
    }

    /// The same with its middle hidden: `138****8000`, `l***@example.com`.
    #[must_use]
    pub fn masked(&self) -> Self {
        Self { mobile: self.mobile.as_deref().map(mask_mobile), email: self.email.as_deref().map(mask_email) }
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = self.masked();
        f.debug_struct("Contact").field("mobile", &masked.mobile).field("email", &masked.email).finish()
    }
}

fn mask_mobile(mobile: &str) -> String {
    let chars = mobile.chars().count();
    let (shown_front, shown_back) = if chars >= 11 { (3, 4) } else { (chars / 4, chars / 4) };
    let front: String = mobile.chars().take(shown_front).collect();
    let back: String = mobile.chars().skip(chars - shown_back).collect();
    format!("{front}****{back}")
}

fn mask_email(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

/// Seals with AES-256-GCM, bound to the account: a sealed value copied to another row does not open.
pub struct Sealer(pub(crate) Aes256Gcm);

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Seals. **Shape**: 12 bytes nonce, then JSON encrypted, then 16 bytes mark.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn seal(&self, user: UserId, contact: &Contact) -> Result<Vec<u8>> {
        let plain = serde_json::to_vec(contact).map_err(|_encoding| Error::Internal("contact encoding"))?;
        self.seal_bytes(&user.0.to_be_bytes(), &plain)
    }

    /// Seals bytes, bound to their place: elsewhere they do not open. **Shape**: as [`Self::seal`].
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn seal_bytes(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: plain, aad: place };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).map_err(|_failed| Error::Internal("sealing"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Self::seal_bytes`] sealed.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was not sealed by this key for this place.
    pub fn open_bytes(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let wrong = Error::Internal("what is sealed does not open");
        let Some((nonce, sealed)) = sealed.split_first_chunk::<NONCE_BYTES>() else { return Err(wrong) };
        let payload = Payload { msg: sealed, aad: place };
        self.0.decrypt(&Nonce::from(*nonce), payload).map_err(|_failed| wrong)
    }

    /// Opens.
    ///
    /// # Errors
    /// [`Error::Internal`] when it was not sealed by this key for this account.
    pub fn open(&self, user: UserId, sealed: &[u8]) -> Result<Contact> {
        let plain = self.open_bytes(&user.0.to_be_bytes(), sealed)?;
        serde_json::from_slice(&plain).map_err(|_shape| Error::Internal("sealed contact does not open"))
    }
}

#[cfg(test)]
mod tests;
