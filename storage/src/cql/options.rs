//! Where a CQL store is and how it is reached: `scylla://[USER@]HOST[:PORT],.../KEYSPACE[?dc=..&..]`. Connects to nothing.

use std::path::PathBuf;

use secrecy::SecretString;

/// The port when none is named.
const PORT: u16 = 9_042;
/// The longest name of a keyspace. **Source**: CQL.
const KEYSPACE_CHARS_MAX: usize = 48;

/// How a CQL server is reached.
#[derive(Debug, Clone)]
pub struct CqlOptions {
    /// `host:port` of some nodes; the others are found through them.
    pub hosts: Vec<String>,
    /// The keyspace, 1-48 of `a-z`, `0-9`, `_`.
    pub keyspace: String,
    /// Who logs in.
    pub user: Option<String>,
    /// The user's password; never part of the address, which other users of the machine can read.
    pub password: Option<SecretString>,
    /// The data centre whose nodes are asked; none: any node.
    pub data_centre: Option<String>,
    /// Copies per data centre, for the making of the keyspace: `3` or `dc1:3,dc2:3`.
    pub replication: Replication,
    /// Ask a quorum of all data centres (`QUORUM`, `SERIAL`), not of one (`LOCAL_QUORUM`, `LOCAL_SERIAL`).
    pub global: bool,
    /// Certificates (PEM) that sign the nodes' own; with them TLS is spoken.
    pub ca: Option<PathBuf>,
    /// Requests under way at once; more are told [`crate::StoreError::Overloaded`].
    pub requests_max: usize,
}

/// Copies of each row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replication {
    /// So many in each data centre.
    Everywhere(u8),
    /// So many in these.
    Named(Vec<(String, u8)>),
}

/// What is wrong with the address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CqlOptionsError(String);

fn wrong<T>(words: impl Into<String>) -> Result<T, CqlOptionsError> {
    Err(CqlOptionsError(words.into()))
}

impl CqlOptions {
    /// From `scylla://[USER@]HOST[:PORT],.../KEYSPACE` and any of `?dc=NAME`, `replication=3` or
    /// `replication=dc1:3,dc2:3`, `consistency=local|global`, `ca=FILE`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(address: &str) -> Result<Self, CqlOptionsError> {
        let Some(rest) = address.strip_prefix("scylla://") else { return wrong("the address begins with scylla://") };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let Some((authority, keyspace)) = rest.split_once('/') else { return wrong("no keyspace behind the hosts") };
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (Some(parse_user(user)?), hosts),
            None => (None, authority),
        };
        let mut options = Self {
            hosts: hosts.split(',').map(parse_host).collect::<Result<_, _>>()?,
            keyspace: parse_keyspace(keyspace)?,
            user,
            password: None,
            data_centre: None,
            replication: Replication::Everywhere(3),
            global: false,
            ca: None,
            requests_max: 4_096,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else { return wrong(format!("`{pair}` is not name=value")) };
            options.set(name, value)?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), CqlOptionsError> {
        match (name, value) {
            (_, "") => return wrong(format!("`{name}` has no value")),
            ("dc", name) => self.data_centre = Some(parse_name(name)?),
            ("replication", copies) => self.replication = parse_replication(copies)?,
            ("consistency", "local") => self.global = false,
            ("consistency", "global") => self.global = true,
            ("ca", path) => self.ca = Some(path.into()),
            ("consistency", other) => return wrong(format!("consistency is local or global, not `{other}`")),
            (other, _) => return wrong(format!("nothing is called `{other}`: dc, replication, consistency, ca are")),
        }
        Ok(())
    }
}

fn parse_user(user: &str) -> Result<String, CqlOptionsError> {
    match user {
        "" => wrong("no user before the @"),
        user if user.contains(':') => wrong("a password does not belong into the address, where others can read it"),
        user => Ok(user.to_owned()),
    }
}

fn parse_host(host: &str) -> Result<String, CqlOptionsError> {
    let (name, port) = match host.rsplit_once(':') {
        // An IPv6 address stands in brackets.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        return wrong(format!("`{host}` is no host"));
    }
    match port.map(str::parse) {
        None => Ok(format!("{name}:{PORT}")),
        Some(Ok(1_u16..)) => Ok(host.to_owned()),
        Some(_) => wrong(format!("`{host}` has no port between 1 and 65535")),
    }
}

fn parse_keyspace(keyspace: &str) -> Result<String, CqlOptionsError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if (1..=KEYSPACE_CHARS_MAX).contains(&keyspace.len()) && keyspace.chars().all(fits) {
        Ok(keyspace.to_owned())
    } else {
        wrong(format!("`{keyspace}` is no keyspace: 1-{KEYSPACE_CHARS_MAX} of a-z, 0-9, _"))
    }
}

/// Of a data centre; it becomes part of a statement.
fn parse_name(name: &str) -> Result<String, CqlOptionsError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.chars().all(fits) { Ok(name.to_owned()) } else { wrong(format!("`{name}` is no data centre")) }
}

fn parse_replication(copies: &str) -> Result<Replication, CqlOptionsError> {
    let count = |text: &str| match text.parse() {
        Ok(count @ 1..=9_u8) => Ok(count),
        _ => wrong(format!("`{text}` is not 1 to 9 copies")),
    };
    if !copies.contains(':') {
        return count(copies).map(Replication::Everywhere);
    }
    let named = |part: &str| match part.split_once(':') {
        Some((name, copies)) if !name.is_empty() => Ok((parse_name(name)?, count(copies)?)),
        _ => wrong(format!("`{part}` is not like dc1:3")),
    };
    copies.split(',').map(named).collect::<Result<_, _>>().map(Replication::Named)
}

#[cfg(test)]
mod tests;
