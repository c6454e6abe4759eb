//! What an operator can set: flags before environment before file before defaults, checked as a whole.
//!
//! Owns the one place that reads the environment. Never prints a secret, and never starts anything.

mod fair_files;
mod keys;
mod outbound;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fair::FairData;
use fair::secret::is_sample;
use fair::token::SECRET_BYTES_MIN;
use fair::uploads::{self, Quota as UploadQuota};
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use storage::CqlOptions;
use storage::ids::Millis;
use tempfile::TempDir;

use crate::limits::{self, Class, Quota};
use crate::observe::LogFormat;
use crate::origins;
use crate::proxies::Proxies;

pub use keys::{Flags, KEYS, Key, Kind};

const SECRET_BYTES_MAX: usize = 4096;
const SECRET_VARIABLE: &str = "FAIRHUB_SECRET";
const STORE_PASSWORD_VARIABLE: &str = "FAIRHUB_STORE_PASSWORD";
const UPLOADS_SECRET_VARIABLE: &str = "FAIRHUB_UPLOADS_SECRET";
const MIB: u64 = 1 << 20;
const SMS_TOKEN_VARIABLE: &str = "FAIRHUB_SMS_GATEWAY_TOKEN";
const SMTP_PASSWORD_VARIABLE: &str = "FAIRHUB_SMTP_PASSWORD";

/// Where records are kept.
#[derive(Debug, Clone)]
pub enum StoreKind {
    /// An embedded database in the data folder.
    Sqlite,
    /// A keyspace on a CQL server, which other hubs may share.
    Cql(Box<CqlOptions>),
}

impl<'de> Deserialize<'de> for StoreKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "sqlite" {
            return Ok(Self::Sqlite);
        }
        if !text.contains("://") {
            return Err(serde::de::Error::custom("neither sqlite nor like scylla://host/keyspace"));
        }
        CqlOptions::parse(&text).map(|options| Self::Cql(Box::new(options))).map_err(serde::de::Error::custom)
    }
}

/// The checked configuration; the fields mean what [`KEYS`] says of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "KEYS describes each field once")]
pub struct Config {
    pub listen: SocketAddr,
    #[serde(default)]
    pub listen_admin: Option<SocketAddr>,
    /// Present after [`Config::load`].
    #[serde(default)]
    pub data: PathBuf,
    pub store: StoreKind,
    pub store_password_file: Option<PathBuf>,
    pub demo: bool,
    pub demo_history: bool,
    pub bench: bool,
    pub secret_file: Option<PathBuf>,
    /// None in demo or bench mode: then the hub makes a random one and keeps it in the data folder.
    #[serde(skip)]
    pub secret: Option<SecretString>,
    #[serde(default)]
    pub uploads: Option<uploads::Address>,
    pub uploads_secret_file: Option<PathBuf>,
    /// A bucket's keys.
    #[serde(skip)]
    pub uploads_secret: Option<uploads::Secret>,
    pub uploads_quota_mib: u32,
    pub uploads_quota_files: u32,
    pub uploads_booth_video_mib: u32,
    pub uploads_exhibit_video_mib: u32,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    #[serde(default)]
    pub trusted_proxies: Proxies,
    #[serde(default)]
    pub origins: Vec<String>,
    pub limits_per_ip: u32,
    pub limits_sockets: u32,
    pub limits_queue_bytes: u32,
    pub limits_messages_per_s: u32,
    pub limits_messages_burst: u32,
    pub lanes: u16,
    pub keep_alive_s: u32,
    pub drain_s: u32,
    pub assignee_only: bool,
    pub unanswered_minutes: u32,
    pub fair_data: Option<PathBuf>,
    pub event: Option<String>,
    pub clock: Option<String>,
    pub sms_gateway: Option<String>,
    pub sms_gateway_token_file: Option<PathBuf>,
    /// From its file or the environment.
    #[serde(skip)]
    pub sms_gateway_token: Option<SecretString>,
    pub smtp: Option<String>,
    pub smtp_password_file: Option<PathBuf>,
    /// From its file or the environment.
    #[serde(skip)]
    pub smtp_password: Option<SecretString>,
    pub mail_from: Option<String>,
    pub auto_approve_attending: bool,
    pub booths_per_enterprise: u32,
    pub keep_last_approved_visible: bool,
    pub tag_digits: bool,
    pub log: LogFormat,
    /// Read from `fair_data`, else what is built in.
    #[serde(skip)]
    pub files: FairData,
    /// Of `clock`.
    #[serde(skip)]
    starts_at: Option<Millis>,
    /// The demo's folder, removed with the last copy of this.
    #[serde(skip)]
    temporary: Option<Arc<TempDir>>,
}

/// Why the hub does not start: says which key, where it was set and what is wrong with it, never a secret's value.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A value does not fit its key, or the file has a key that does not exist.
    #[error("{key}: {problem} (from {origin})")]
    Wrong {
        /// The key, or `config` for the file as a whole.
        key: String,
        /// What is wrong.
        problem: String,
        /// Which source said so.
        origin: String,
    },
    /// The values fit one by one, but not each other or this machine.
    #[error("{key}: {problem}")]
    Refused {
        /// The key to change.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
}

fn refused(key: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError::Refused { key, problem: problem.into() }
}

impl Config {
    /// Reads every source and checks the whole.
    ///
    /// # Errors
    /// [`ConfigError`]; the program then ends with status 2.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::from_sources(flags, |name| std::env::var(name).ok())
    }

    /// As [`Config::load`] with an environment of the caller's.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_sources(flags: &Flags, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Texts::new("default", KEYS.iter().filter_map(|key| Some((key, key.default?)))));
        if let Some(path) = flags.file.clone().or_else(|| variable("FAIRHUB_CONFIG")) {
            if !Path::new(&path).is_file() {
                return Err(refused("config", format!("no such file: {path}")));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        let named: Vec<_> = KEYS.iter().filter_map(|key| Some((key, variable(&key.variable())?))).collect();
        figment = figment.merge(Texts::new("environment", named.iter().map(|(key, text)| (*key, text.as_str()))));
        let typed = flags.set.iter().filter_map(|(name, text)| Some((find(name)?, text.as_str())));
        figment = figment.merge(Texts::new("flag", typed));

        let mut config: Self = figment.extract().map_err(|error| wrong(&error))?;
        let secret = Secret { key: "secret_file", variable: SECRET_VARIABLE };
        config.secret = secret.read(config.secret_file.as_deref(), &variable)?;
        config.settle_store_password(&variable)?;
        config.settle_uploads_secret(&variable)?;
        config.settle_outbound(&variable)?;
        config.check()?;
        config.settle_fair()?;
        config.settle_data()?;
        Ok(config)
    }

    /// The origins whose pages may connect, once the port is known. **Shape**: [`origins::normal`]'s.
    #[must_use]
    pub fn origins_allowed(&self, bound: SocketAddr) -> Vec<String> {
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        let own = [format!("{scheme}://{bound}"), format!("{scheme}://localhost:{}", bound.port())];
        let own = own.iter().filter(|_own_page| bound.ip().is_loopback());
        self.origins.iter().chain(own).filter_map(|origin| origins::normal(origin)).collect()
    }

    /// Lanes, and shards: what was asked for, else one a core that this process may use.
    #[must_use]
    pub fn lane_count(&self) -> usize {
        match self.lanes {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            lanes => usize::from(lanes),
        }
    }

    /// Certificate and key, when TLS is to be spoken.
    #[must_use]
    pub fn tls_files(&self) -> Option<(&Path, &Path)> {
        Some((self.tls_cert.as_deref()?, self.tls_key.as_deref()?))
    }

    /// How often one caller may do what.
    #[must_use]
    pub fn quotas(&self) -> Vec<Quota> {
        let (count, burst) = (self.limits_messages_per_s, self.limits_messages_burst);
        let set = |quota: &Quota| if quota.class == Class::Write { Quota { count, burst, ..*quota } } else { *quota };
        limits::TABLE.iter().map(set).collect()
    }

    /// Whether made-up accounts and keys may be used: nothing here is a real fair.
    #[must_use]
    pub const fn is_playground(&self) -> bool {
        self.demo || self.bench
    }

    fn settle_store_password(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let password = Secret { key: "store_password_file", variable: STORE_PASSWORD_VARIABLE };
        let password = password.read(self.store_password_file.as_deref(), variable)?;
        let user = if let StoreKind::Cql(options) = &self.store { options.user.is_some() } else { false };
        if user != password.is_some() {
            let rule = if user { "the store's user needs a password" } else { "the store's address names no user" };
            return Err(refused("store_password_file", format!("{rule}: this key, or {STORE_PASSWORD_VARIABLE}")));
        }
        if let StoreKind::Cql(options) = &mut self.store {
            options.password = password;
        }
        Ok(())
    }

    fn settle_uploads_secret(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let secret = Secret { key: "uploads_secret_file", variable: UPLOADS_SECRET_VARIABLE };
        let secret = secret.read(self.uploads_secret_file.as_deref(), variable)?;
        let is_bucket = matches!(self.uploads, Some(uploads::Address::Bucket(_)));
        if is_bucket != secret.is_some() {
            let rule = if is_bucket { "the bucket's keys are needed" } else { "uploads names no bucket" };
            return Err(refused("uploads_secret_file", format!("{rule}: this key, or {UPLOADS_SECRET_VARIABLE}")));
        }
        self.uploads_secret = match secret.map(|text| uploads::Secret::parse(text.expose_secret())) {
            Some(None) => return Err(refused("uploads_secret_file", "not like KEY_ID:KEY")),
            parsed => parsed.flatten(),
        };
        Ok(())
    }

    /// What people may upload.
    #[must_use]
    pub fn upload_limits(&self) -> uploads::Limits {
        let bytes = |mib: u32| u64::from(mib) * MIB;
        uploads::Limits {
            quota: UploadQuota { bytes: bytes(self.uploads_quota_mib), files: self.uploads_quota_files.into() },
            booth_video_bytes: bytes(self.uploads_booth_video_mib),
            exhibit_video_bytes: bytes(self.uploads_exhibit_video_mib),
        }
    }

    fn settle_outbound(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), ConfigError> {
        let token = Secret { key: "sms_gateway_token_file", variable: SMS_TOKEN_VARIABLE };
        self.sms_gateway_token = token.read(self.sms_gateway_token_file.as_deref(), &variable)?;
        let password = Secret { key: "smtp_password_file", variable: SMTP_PASSWORD_VARIABLE };
        self.smtp_password = password.read(self.smtp_password_file.as_deref(), &variable)?;
        Ok(())
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.check_secret()?;
        self.check_limits()?;
        outbound::check(self).map_err(|(key, problem)| refused(key, problem))?;
        if self.is_playground() && !self.listen.ip().is_loopback() {
            return Err(refused(
                "listen",
                "demo and bench listen on loopback only, their passwords and rooms are open",
            ));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            let missing = if self.tls_key.is_none() { "tls_key" } else { "tls_cert" };
            return Err(refused(missing, "a certificate and its key come together"));
        }
        self.origins.iter().try_for_each(|origin| check_origin(origin))
    }

    fn check_secret(&self) -> Result<(), ConfigError> {
        match &self.secret {
            None if self.is_playground() => Ok(()),
            None => Err(refused("secret_file", format!("a secret is needed: this key, {SECRET_VARIABLE} or --demo"))),
            Some(_) if self.bench => Err(refused("bench", "bench rooms are refused beside a secret")),
            Some(secret) => check_secret_text(secret, self.demo),
        }
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        let limits = [
            ("limits_per_ip", self.limits_per_ip, 1, 1_000_000),
            ("limits_sockets", self.limits_sockets, 1, 1_000_000),
            ("limits_queue_bytes", self.limits_queue_bytes, 65_536, 67_108_864),
            ("uploads_quota_mib", self.uploads_quota_mib, 1, 1_048_576),
            ("uploads_quota_files", self.uploads_quota_files, 1, 1_000_000),
            ("uploads_booth_video_mib", self.uploads_booth_video_mib, 1, 2_048),
            ("uploads_exhibit_video_mib", self.uploads_exhibit_video_mib, 1, 2_048),
            ("lanes", u32::from(self.lanes), 0, 256),
            ("keep_alive_s", self.keep_alive_s, 1, 600),
            ("drain_s", self.drain_s, 0, 600),
            ("unanswered_minutes", self.unanswered_minutes, 1, 10_080),
            ("booths_per_enterprise", self.booths_per_enterprise, 1, fair::booths::PER_ENTERPRISE_MAX),
        ];
        for (key, value, least, most) in limits {
            if !(least..=most).contains(&value) {
                return Err(refused(key, format!("{value} is not between {least} and {most}")));
            }
        }
        Ok(())
    }

    fn settle_data(&mut self) -> Result<(), ConfigError> {
        if !self.data.as_os_str().is_empty() {
            return Ok(());
        }
        if !self.demo {
            self.data = PathBuf::from("fairhub-data");
            return Ok(());
        }
        let made = tempfile::Builder::new().prefix("fairhub-demo-").tempdir();
        let folder = made.map_err(|error| refused("data", format!("no temporary folder: {error}")))?;
        self.data = folder.path().to_path_buf();
        self.temporary = Some(Arc::new(folder));
        Ok(())
    }
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

fn check_origin(origin: &str) -> Result<(), ConfigError> {
    let is_one = origins::normal(origin).is_some();
    if is_one { Ok(()) } else { Err(refused("origins", format!("`{origin}` is not like https://fair.example.com"))) }
}

fn check_secret_text(secret: &SecretString, demo: bool) -> Result<(), ConfigError> {
    let bytes = secret.expose_secret().len();
    if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes) {
        let rule = format!("the secret must have {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes");
        return Err(refused("secret_file", rule));
    }
    if is_sample(secret) && !demo {
        return Err(refused("secret_file", "this is the sample secret of the documentation: make your own"));
    }
    Ok(())
}

/// Something that never stands on a command line: in a file, or in the environment.
struct Secret {
    key: &'static str,
    variable: &'static str,
}

impl Secret {
    fn read(
        &self,
        file: Option<&Path>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<SecretString>, ConfigError> {
        let text = match (file, variable(self.variable)) {
            (None, None) => return Ok(None),
            (None, Some(text)) => text,
            (Some(_), Some(_)) => {
                return Err(refused(self.key, format!("set either this or {}, not both", self.variable)));
            }
            (Some(path), None) => std::fs::read_to_string(path)
                .map_err(|error| refused(self.key, format!("{}: {error}", path.display())))?,
        };
        Ok(Some(SecretString::from(text.trim().to_owned())))
    }
}

fn wrong(error: &figment::Error) -> ConfigError {
    let source = error.metadata.as_ref().map_or("configuration", |metadata| metadata.name.as_ref());
    let key = if error.path.is_empty() { "config".to_owned() } else { error.path.join(".") };
    let origin = match (source, find(&key)) {
        ("environment", Some(key)) => key.variable(),
        ("flag", Some(key)) => format!("--{}", key.flag()),
        _ => source.to_owned(),
    };
    ConfigError::Wrong { key, problem: error.kind.to_string(), origin }
}

/// A source whose values are texts, read by their key's kind; what does not fit stays text and is refused by the field.
struct Texts {
    name: &'static str,
    values: Dict,
}

impl Texts {
    fn new<'a>(name: &'static str, pairs: impl Iterator<Item = (&'static Key, &'a str)>) -> Self {
        Self { name, values: pairs.map(|(key, text)| (key.name.to_owned(), typed(key.kind, text))).collect() }
    }
}

fn typed(kind: Kind, text: &str) -> Value {
    match kind {
        Kind::Text => Value::from(text),
        Kind::Number => text.parse::<u64>().map_or_else(|_words| Value::from(text), Value::from),
        Kind::Switch => match text {
            "true" | "1" => Value::from(true),
            "false" | "0" => Value::from(false),
            other => Value::from(other),
        },
        Kind::List => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Value::from(parts.map(Value::from).collect::<Vec<_>>())
        }
    }
}

impl Provider for Texts {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.values.clone())]))
    }
}
