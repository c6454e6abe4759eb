//! The claims of a registration: all of its names, or in the end none.

use storage::ids::EnterpriseId;

use super::table::{EnterpriseNameKey, EnterpriseNamePart, EnterpriseNameRow, EnterpriseNames};
use super::{Draft, RegistrationRow, Registrations, name};
use crate::claim::{claim, release, version};
use crate::error::Result;
use crate::field::login_key;
use crate::table::{
    IdentifierRow, Identifiers, IdentifiersKey, IdentifiersPart, LoginRow, Logins, LoginsKey, LoginsPart,
};

/// Where the claims of a draft lie.
struct Places {
    team: Option<(IdentifiersPart, EnterpriseNamePart, EnterpriseId)>,
    login: LoginsPart,
}

impl Places {
    fn of(row: &RegistrationRow, draft: &Draft) -> Self {
        let team = draft.team.as_ref().zip(row.enterprise).map(|(team, id)| {
            let identifier = IdentifiersPart { identifier: login_key(&team.identifier) };
            (identifier, EnterpriseNamePart { name: name::key(&team.enterprise_name) }, id)
        });
        let identifier = draft.team.as_ref().map_or_else(String::new, |team| login_key(&team.identifier));
        Self { team, login: LoginsPart { identifier, username: login_key(&draft.username) } }
    }
}

impl Registrations {
    /// Claims every name. Says which field's is another's.
    pub(super) async fn claim_all(&self, row: &RegistrationRow, draft: &Draft) -> Result<Option<&'static str>> {
        let (store, v) = (self.accounts.store(), version(self.accounts.entropy()));
        let Places { team, login } = Places::of(row, draft);
        if let Some((identifier, name, enterprise)) = team {
            let held = IdentifierRow { v, enterprise };
            if !claim::<Identifiers>(store, identifier, IdentifiersKey {}, held).await? {
                return Ok(Some("/identifier"));
            }
            let held = EnterpriseNameRow { v, enterprise };
            if !claim::<EnterpriseNames>(store, name, EnterpriseNameKey {}, held).await? {
                return Ok(Some("/enterprise_name"));
            }
        }
        let is_ours = claim::<Logins>(store, login, LoginsKey {}, LoginRow { v, user: row.user }).await?;
        Ok((!is_ours).then_some("/username"))
    }

    /// Gives back what is held of them.
    pub(super) async fn release_all(&self, row: &RegistrationRow, draft: &Draft) -> Result<()> {
        let store = self.accounts.store();
        let Places { team, login } = Places::of(row, draft);
        release::<Logins>(store, login, LoginsKey {}, row.user.0).await?;
        if let Some((identifier, name, enterprise)) = team {
            release::<EnterpriseNames>(store, name, EnterpriseNameKey {}, enterprise.0).await?;
            release::<Identifiers>(store, identifier, IdentifiersKey {}, enterprise.0).await?;
        }
        Ok(())
    }
}
