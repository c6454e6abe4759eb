//! HS256 for `jsonwebtoken`, on `hmac` and `sha2`. Knows no other algorithm, so no token can choose one.
//!
//! The library's ready backends are not taken: `rust_crypto` pulls `rsa` (an open advisory), `aws_lc_rs` a C toolchain.

use hmac::{Hmac, KeyInit as _, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use sha2::Sha256;

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Box<Self>, Error> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let mac = Hmac::new_from_slice(key).map_err(|_length| ErrorKind::InvalidKeyFormat)?;
        Ok(Box::new(Self(mac)))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        // Constant time, and the whole length: a shortened mark is refused.
        self.0.clone().chain_update(message).verify_slice(signature).map_err(signature::Error::from_source)
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |&algorithm, key: &EncodingKey| Ok(Hs256::new(algorithm, key.as_bytes())?),
    verifier_factory: |&algorithm, key: &DecodingKey| Ok(Hs256::new(algorithm, key.try_get_as_bytes()?)?),
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes it the process's provider; the first call counts.
pub(super) fn install() {
    // Already installed is what we want.
    let _installed_now: bool = PROVIDER.install_default().is_ok();
}
