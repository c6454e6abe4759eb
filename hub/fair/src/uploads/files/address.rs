//! Where files lie, as an operator says it. **Shape**: a folder, or `s3://bucket[?endpoint=..&region=..]`.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// What is wrong with an address, for its operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadAddress(pub String);

/// A parsed address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A folder.
    Folder(PathBuf),
    /// A bucket.
    Bucket(Bucket),
}

/// A bucket of an S3-compatible server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The server, such as `https://s3.example.com`; none: Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: Option<String>,
}

/// The keys of a bucket. `Debug` shows neither.
#[derive(Debug, Clone)]
pub struct Secret {
    /// Who signs.
    pub key_id: SecretString,
    /// With what.
    pub key: SecretString,
}

impl Secret {
    /// From a text. **Shape**: `KEY_ID:KEY`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key_id, key) = text.trim().split_once(':')?;
        let both = !key_id.is_empty() && !key.is_empty();
        both.then(|| Self { key_id: key_id.to_owned().into(), key: key.to_owned().into() })
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let Some((scheme, rest)) = text.split_once("://") else { return Ok(Self::Folder(PathBuf::from(text))) };
        if scheme != "s3" {
            return Err(BadAddress(format!("`{scheme}` is neither a folder nor s3://bucket")));
        }
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let name = name.trim_end_matches('/');
        let is_named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !(3..=63).contains(&name.len()) || !name.chars().all(is_named) {
            return Err(BadAddress(format!("`{name}` is no bucket's name")));
        }
        let mut bucket = Bucket { name: name.to_owned(), endpoint: None, region: None };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            bucket.set(pair)?;
        }
        Ok(Self::Bucket(bucket))
    }
}

impl Bucket {
    fn set(&mut self, pair: &str) -> Result<(), BadAddress> {
        match pair.split_once('=') {
            Some(("endpoint", url)) if url.starts_with("https://") || url.starts_with("http://") => {
                self.endpoint = Some(url.trim_end_matches('/').to_owned());
            }
            Some(("endpoint", url)) => return Err(BadAddress(format!("`{url}` is not like https://s3.example.com"))),
            Some(("region", region)) => self.region = Some(region.to_owned()),
            _ => return Err(BadAddress(format!("`{pair}` is none of endpoint=, region="))),
        }
        Ok(())
    }

    /// The bucket, ready to be asked; nothing is asked yet.
    #[cfg(feature = "s3")]
    pub(super) fn open(&self, secret: Option<&Secret>) -> Result<object_store::aws::AmazonS3, BadAddress> {
        use secrecy::ExposeSecret as _;

        let secret = secret.ok_or_else(|| BadAddress("a bucket needs its keys".to_owned()))?;
        // The client takes the process's provider; set before, it stays.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = object_store::aws::AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_access_key_id(secret.key_id.expose_secret())
            .with_secret_access_key(secret.key.expose_secret())
            .with_retry(retries());
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        builder.build().map_err(|error| BadAddress(error.to_string()))
    }
}

/// Some seconds of patience: whoever uploads waits for it.
#[cfg(feature = "s3")]
fn retries() -> object_store::RetryConfig {
    object_store::RetryConfig {
        max_retries: 4,
        retry_timeout: std::time::Duration::from_secs(20),
        ..object_store::RetryConfig::default()
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
