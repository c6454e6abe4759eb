//! A real hub in this process, the people of its fair, and small clients that speak to it. Asserts only that what it
//! was asked to do was done; what the hub must do is said in the modules that use this.

pub(crate) mod http;
pub(crate) mod socket;
pub(crate) mod stand;

use std::net::SocketAddr;
use std::path::Path;

use fair::{Contact, Duty, Keys, Kind, NewEnterprise, NewUser, User};
use hub::config::{Config, Flags};
use hub::run::Running;
use secrecy::SecretString;
use storage::ids::{EnterpriseId, Millis};
use storage::{Clock, Store};
use tempfile::TempDir;

pub(crate) use socket::Socket;

pub(crate) const SECRET: &str = "a-secret-of-at-least-32-bytes-for-tests";
const MINUTES_15: i64 = 15 * 60;

/// A hub on a free loopback port and a fresh folder.
pub(crate) struct TestHub {
    pub(crate) running: Running,
    config: Config,
    clock: Clock,
    folder: TempDir,
}

/// What a hub that is stopped leaves.
pub(crate) struct Stopped {
    config: Config,
    clock: Clock,
    folder: TempDir,
}

impl Stopped {
    pub(crate) async fn start(self) -> TestHub {
        let Self { config, clock, folder } = self;
        let running = Running::start(&config, clock.clone()).await.unwrap();
        TestHub { running, config, clock, folder }
    }
}

/// An account, and an access token of it.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) token: String,
}

impl Person {
    pub(crate) fn id(&self) -> String {
        self.user.id.to_string()
    }

    pub(crate) fn team(&self) -> EnterpriseId {
        self.user.enterprise.unwrap()
    }
}

impl TestHub {
    /// With limits that no test meets by accident.
    pub(crate) async fn start() -> Self {
        Self::with(&[("limits_messages_per_s", "100000"), ("limits_messages_burst", "100000")]).await
    }

    /// With these keys set; the limits are those that clients meet.
    pub(crate) async fn with(more: &[(&'static str, &str)]) -> Self {
        Self::at(Clock::system(), more).await
    }

    /// The same by another clock.
    pub(crate) async fn at(clock: Clock, more: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let set =
            [("data", data), ("listen", "127.0.0.1:0"), ("drain_s", "0"), ("lanes", "2"), ("limits_per_ip", "1000")];
        let set = [&set[..], more].concat();
        let secret = |name: &str| (name == "FAIRHUB_SECRET").then(|| SECRET.to_owned());
        let config = Config::from_sources(&Flags::of(&set), secret).unwrap();
        let running = Running::start(&config, clock.clone()).await.unwrap();
        Self { running, config, clock, folder }
    }

    /// Stops it; its folder waits for the next one.
    pub(crate) async fn stop(self) -> Stopped {
        let Self { running, config, clock, folder } = self;
        running.stop().await;
        Stopped { config, clock, folder }
    }

    /// Another life of it on the same folder.
    pub(crate) async fn restart(self) -> Self {
        self.stop().await.start().await
    }

    /// Where its database is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn store(&self) -> &Store {
        self.running.hub().ground.store()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    pub(crate) fn accounts(&self) -> &fair::Accounts {
        &self.running.hub().accounts
    }

    pub(crate) async fn enterprise(&self, identifier: &str) -> EnterpriseId {
        let new = NewEnterprise {
            kind: Kind::Enterprise,
            identifier: identifier.to_owned(),
            name: format!("{identifier} Ltd"),
            name_en: None,
        };
        self.accounts().create_enterprise(new).await.unwrap().id
    }

    /// An account without a password. Of no team: an individual.
    pub(crate) async fn person(&self, team: Option<EnterpriseId>, username: &str, duty: Option<Duty>) -> Person {
        self.account(team, username, duty, false).await
    }

    pub(crate) async fn admin(&self, team: EnterpriseId) -> Person {
        self.account(Some(team), "chief", Some(Duty::Representative), true).await
    }

    /// Somebody of the organising committee.
    pub(crate) async fn committee(&self) -> Person {
        let (identifier, name) = ("committee".to_owned(), "组织委员会".to_owned());
        let new = NewEnterprise { kind: Kind::Committee, identifier, name, name_en: None };
        let team = self.accounts().create_enterprise(new).await.unwrap().id;
        self.account(Some(team), "chair", None, true).await
    }

    async fn account(&self, team: Option<EnterpriseId>, username: &str, duty: Option<Duty>, admin: bool) -> Person {
        let contact = Contact { mobile: Some("13800138000".to_owned()), email: None };
        let (username, name) = (username.to_owned(), Some(format!("Name of {username}")));
        let new = NewUser { enterprise: team, username, name, duty, admin, password: None, contact };
        let user = self.accounts().create_user(new).await.unwrap();
        let token = self.mint(&user, MINUTES_15);
        Person { user, token }
    }

    pub(crate) fn mint(&self, user: &User, ttl_s: i64) -> String {
        self.accounts().mint(user, ttl_s).unwrap()
    }

    /// A representative each of two enterprises.
    pub(crate) async fn pair(&self) -> (Person, Person) {
        let (buyers, sellers) = (self.enterprise("buyers").await, self.enterprise("sellers").await);
        let buyer = self.person(Some(buyers), "buyer", Some(Duty::Representative)).await;
        let seller = self.person(Some(sellers), "seller", Some(Duty::Representative)).await;
        (buyer, seller)
    }

    /// A socket on which `person`'s session is open.
    pub(crate) async fn connect(&self, person: &Person) -> Socket {
        let mut socket = Socket::connect(self.address()).await;
        socket.ok("session.open", serde_json::json!({ "token": person.token })).await;
        socket
    }

    /// The person's token, signed with the key of `secret` at another time.
    pub(crate) fn signed_with(&self, secret: &str, person: &Person, from: Millis, to: Millis) -> String {
        let mut principal = self.accounts().authenticate(&person.token).unwrap();
        principal.expires_at = to;
        Keys::derive(&SecretString::from(secret)).unwrap().sign(&principal, from).unwrap()
    }

    pub(crate) fn now(&self) -> Millis {
        self.running.hub().site.clock.now()
    }
}
