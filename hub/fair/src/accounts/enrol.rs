//! Making enterprises and accounts. Each name is claimed first and the record written second, both only if absent: after a
//! crash between them whoever asks again finishes with the claimed id, and of two racers one wins.

use secrecy::{ExposeSecret, SecretString};
use storage::ids::{EnterpriseId, UserId};
use storage::{Ack, Applied, Expect, Hidden, Op, Read, Scan};

use super::{Accounts, Enterprise, TEAM_MAX, User, enterprise, user};
use crate::error::{Error, FieldError, Result};
use crate::field;
use crate::kind::{Duty, Kind, Role, State};
use crate::registration::name;
use crate::seal::Contact;
use crate::table::{
    Directory, DirectoryKey, DirectoryPart, DirectoryRow, EnterpriseRow, Enterprises, EnterprisesKey, EnterprisesPart,
    IdentifierRow, Identifiers, IdentifiersKey, IdentifiersPart, LoginRow, Logins, LoginsKey, LoginsPart, MemberRow,
    Members, MembersKey, MembersPart, UserRow, Users, UsersKey, UsersPart,
};

/// An enterprise, institution or committee to make.
#[derive(Debug, Clone)]
pub struct NewEnterprise {
    /// Not [`Kind::Individual`].
    pub kind: Kind,
    /// 企业/机构标识. **Source**: SPEC 4, L190-192; immutable.
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// Its English name.
    pub name_en: Option<String>,
}

/// An account to make.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The team; none for an individual.
    pub enterprise: Option<EnterpriseId>,
    /// Unique in its team, without regard to case. **Source**: SPEC 4, L151; SPEC 7, L390 for sub-users.
    pub username: String,
    /// 对外显示名; the username when none.
    pub name: Option<String>,
    /// Enterprise accounts only, and needed there unless `admin`, who starts as a representative.
    pub duty: Option<Duty>,
    /// Administers the team.
    pub admin: bool,
    /// None: no login by password.
    pub password: Option<SecretString>,
    /// How to reach the person.
    pub contact: Contact,
}

/// An account that is ready to be written.
pub(crate) struct Reserved {
    id: UserId,
    row: UserRow,
}

impl Reserved {
    /// The id that its name stands for.
    pub(crate) const fn id(&self) -> UserId {
        self.id
    }

    /// With a password that is hashed already.
    pub(crate) fn with_password(mut self, hashed: &str) -> Self {
        self.row.password = Some(Hidden(hashed.to_owned()));
        self
    }
}

/// Gathers broken rules, so that a form shows all of them at once.
#[derive(Default)]
struct Checks(Vec<FieldError>);

impl Checks {
    fn field<T: Default>(&mut self, at: &'static str, checked: Result<T, field::Broken>) -> T {
        checked.unwrap_or_else(|code| {
            self.0.push(FieldError::new(at, code));
            T::default()
        })
    }

    fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

impl Accounts {
    /// Makes an enterprise, institution or committee.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Conflict`] when the identifier is taken, [`Error::Taken`] for an enterprise's name that is
    /// another's, [`Error::Store`].
    pub async fn create_enterprise(&self, new: NewEnterprise) -> Result<Enterprise> {
        self.create_team(new, None).await
    }

    /// The same, of an institution with what it is to the fair.
    pub(crate) async fn create_team(&self, new: NewEnterprise, role: Option<Role>) -> Result<Enterprise> {
        let mut checks = Checks::default();
        let identifier = checks.field("/identifier", field::username(&new.identifier));
        let name = checks.field("/name", field::display_name(&new.name));
        let name_en = new.name_en.map(|name| checks.field("/name_en", field::display_name(&name)));
        if matches!(new.kind, Kind::Individual | Kind::Media) {
            checks.field("/kind", Err::<(), _>("unsupported"));
        }
        checks.done()?;
        let id = self.claim_identifier(&field::login_key(&identifier)).await?;
        if new.kind == Kind::Enterprise && !self.claim_name(id, &name::key(&name)).await? {
            return Err(Error::Taken("/name"));
        }
        let row = EnterpriseRow { v: 1, kind: new.kind, identifier, name, name_en, created: self.now(), role };
        let put = Op::Put { c: EnterprisesKey {}, row: row.clone(), at: None };
        let absent = vec![Expect::Absent(EnterprisesKey {})];
        match self.0.store.write_if::<Enterprises>(EnterprisesPart { id }, absent, vec![put]).await? {
            Applied::Yes => {}
            Applied::No { .. } => return Err(Error::Conflict("identifier taken")),
        }
        self.list_in_directory(id, &row).await?;
        Ok(enterprise(id, row))
    }

    async fn claim_identifier(&self, identifier: &str) -> Result<EnterpriseId> {
        let part = IdentifiersPart { identifier: identifier.to_owned() };
        let id = EnterpriseId::random(&mut &self.0.entropy);
        let put = Op::Put { c: IdentifiersKey {}, row: IdentifierRow { v: 1, enterprise: id }, at: None };
        let absent = vec![Expect::Absent(IdentifiersKey {})];
        match self.0.store.write_if::<Identifiers>(part, absent, vec![put]).await? {
            Applied::Yes => Ok(id),
            Applied::No { current } => {
                let holder = current.first().map(|(_, row)| row.enterprise);
                holder.ok_or(Error::Conflict("identifier taken"))
            }
        }
    }

    pub(crate) async fn list_in_directory(&self, id: EnterpriseId, row: &EnterpriseRow) -> Result<()> {
        let EnterpriseRow { identifier, name, name_en, role, .. } = row.clone();
        let shown = DirectoryRow { identifier, shown: name, shown_en: name_en, role };
        let ops = super::directory::keys_of(&shown)
            .into_iter()
            .map(|name| Op::Put { c: DirectoryKey { name, id }, row: shown.clone(), at: None })
            .collect();
        Ok(self.0.store.write::<Directory>(DirectoryPart { kind: row.kind }, ops, Ack::Durable).await?)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::NotFound`] for an unknown team, [`Error::Conflict`] when the username is taken or the
    /// team full, [`Error::Overloaded`], [`Error::Store`].
    pub async fn create_user(&self, new: NewUser) -> Result<User> {
        let reserved = self.reserve(new).await?;
        self.finish(reserved, None).await
    }

    /// An account that is ready to be written under its claimed name.
    pub(crate) async fn reserve(&self, new: NewUser) -> Result<Reserved> {
        let team = match new.enterprise {
            Some(id) => Some(self.enterprise(id).await?),
            None => None,
        };
        let kind = team.as_ref().map_or(Kind::Individual, |team| team.kind);
        let draft = self.checked_user(&new, kind)?;
        if let Some(team) = &team {
            self.check_room_in(team.id).await?;
        }
        let password = match new.password {
            Some(password) => Some(Hidden(self.hash(password).await?)),
            None => None,
        };
        let identifier = team.as_ref().map_or("", |team| team.identifier.as_str());
        let id = self.claim_login(identifier, &draft.username).await?;
        let contact = Some(new.contact).filter(|contact| !contact.is_empty());
        let contact = contact.map(|contact| self.0.keys.sealer().seal(id, &contact)).transpose()?.map(Hidden);
        Ok(Reserved { id, row: UserRow { password, contact, ..draft } })
    }

    /// Writes it, with a sealed person where that is known.
    pub(crate) async fn finish(&self, reserved: Reserved, person: Option<Hidden<Vec<u8>>>) -> Result<User> {
        self.write_user(reserved.id, UserRow { person, ..reserved.row }).await
    }

    /// Whether an account of a team of this class could be made so.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every wrong field.
    pub(crate) fn check_user(&self, new: &NewUser, kind: Kind) -> Result<()> {
        self.checked_user(new, kind).map(|_row| ())
    }

    async fn write_user(&self, id: UserId, row: UserRow) -> Result<User> {
        let put = Op::Put { c: UsersKey {}, row: row.clone(), at: None };
        let absent = vec![Expect::Absent(UsersKey {})];
        match self.0.store.write_if::<Users>(UsersPart { id }, absent, vec![put]).await? {
            Applied::Yes => {}
            Applied::No { .. } => return Err(Error::Conflict("username taken")),
        }
        self.list_in_team(id, &row).await?;
        Ok(user(id, row))
    }

    /// The row as it will be, without what must be computed.
    fn checked_user(&self, new: &NewUser, kind: Kind) -> Result<UserRow> {
        let mut checks = Checks::default();
        let sub_user = new.enterprise.is_some() && !new.admin;
        let rule = if sub_user { field::sub_username } else { field::username };
        let username = checks.field("/username", rule(&new.username));
        let name = checks.field("/name", field::display_name(new.name.as_deref().unwrap_or(&new.username)));
        let duty = checks.field("/duty", duty_of(kind, new.duty, new.admin));
        if let Some(password) = &new.password {
            checks.field("/password", field::password(password.expose_secret()));
        }
        if let Some(mobile) = &new.contact.mobile {
            checks.field("/mobile", field::mobile(mobile));
        }
        if let Some(email) = &new.contact.email {
            checks.field("/email", field::email(email));
        }
        checks.done()?;
        Ok(UserRow {
            v: 1,
            kind,
            enterprise: new.enterprise,
            username,
            name,
            duty,
            admin: new.admin,
            password: None,
            contact: None,
            state: State::Active,
            rights: 1,
            created: self.now(),
            person: None,
        })
    }

    /// Best effort: two at once may exceed the limit by one, which harms nobody.
    async fn check_room_in(&self, enterprise: EnterpriseId) -> Result<()> {
        let part = MembersPart { enterprise };
        let rows = self.0.store.scan::<Members>(part, Scan::first(TEAM_MAX), Read::Fast).await?;
        if rows.len() < TEAM_MAX as usize { Ok(()) } else { Err(Error::Conflict("team is full")) }
    }

    async fn claim_login(&self, identifier: &str, username: &str) -> Result<UserId> {
        let part = LoginsPart { identifier: field::login_key(identifier), username: field::login_key(username) };
        let id = UserId::random(&mut &self.0.entropy);
        let put = Op::Put { c: LoginsKey {}, row: LoginRow { v: 1, user: id }, at: None };
        match self.0.store.write_if::<Logins>(part, vec![Expect::Absent(LoginsKey {})], vec![put]).await? {
            Applied::Yes => Ok(id),
            Applied::No { current } => {
                let holder = current.first().map(|(_, row)| row.user);
                holder.ok_or(Error::Conflict("username taken"))
            }
        }
    }

    /// Brings the team's view up to the account's row; a later row is never undone by an earlier one.
    pub(crate) async fn list_in_team(&self, user: UserId, row: &UserRow) -> Result<()> {
        let Some(enterprise) = row.enterprise else { return Ok(()) };
        let member = MemberRow {
            username: row.username.clone(),
            name: row.name.clone(),
            duty: row.duty,
            admin: row.admin,
            active: row.state == State::Active,
        };
        let put = Op::Put { c: MembersKey { user }, row: member, at: Some(row.v) };
        Ok(self.0.store.write::<Members>(MembersPart { enterprise }, vec![put], Ack::Durable).await?)
    }
}

/// The duty of an account of this class: an enterprise's has one, its administrator starts as a representative.
pub(super) fn duty_of(kind: Kind, duty: Option<Duty>, admin: bool) -> Result<Option<Duty>, field::Broken> {
    match (kind, duty) {
        (Kind::Enterprise, None) if admin => Ok(Some(Duty::Representative)),
        (Kind::Enterprise, None) => Err("required"),
        (Kind::Enterprise, Some(duty)) => Ok(Some(duty)),
        (Kind::Individual | Kind::Media | Kind::Institution | Kind::Committee, None) => Ok(None),
        (Kind::Individual | Kind::Media | Kind::Institution | Kind::Committee, Some(_)) => Err("unsupported"),
    }
}
