//! Changing what a team's people may do. The account's row is the truth and is written first; then the revocation, then the
//! team's view. Every call may be repeated until it is answered: a crash in between leaves nothing half done for good.

use storage::ids::{EnterpriseId, UserId};

use super::{Accounts, User, user};
use crate::error::{Error, Result};
use crate::kind::{Duty, Kind, State};
use crate::revocation::{Ending, Revoked};
use crate::table::UserRow;

impl Accounts {
    /// Gives a member of `enterprise` another duty; open sockets lose the old one within a second.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are not a member, [`Error::Conflict`], [`Error::Store`].
    pub async fn change_duty(&self, enterprise: EnterpriseId, id: UserId, duty: Duty) -> Result<User> {
        let change = |row: &mut UserRow| {
            member_of(enterprise, row)?;
            if row.kind != Kind::Enterprise {
                return Err(Error::Conflict("only enterprise accounts have a duty"));
            }
            if row.duty != Some(duty) {
                row.duty = Some(duty);
                row.rights += 1;
            }
            Ok(())
        };
        let row = self.update_user(id, change).await?;
        self.end_rights(id, &row, Ending::Refresh).await?;
        self.list_in_team(id, &row).await?;
        Ok(user(id, row))
    }

    /// Gives a person another display name, if it still is the one they saw.
    ///
    /// # Errors
    /// [`Error::Invalid`], [`Error::Stale`], [`Error::NotFound`], [`Error::Store`].
    pub async fn change_name(&self, id: UserId, seen: &str, name: &str) -> Result<()> {
        let name = crate::field::display_name(name).map_err(|code| Error::invalid("/name", code))?;
        let change = |row: &mut UserRow| {
            if row.name != seen {
                return Err(Error::Stale);
            }
            row.name.clone_from(&name);
            Ok(())
        };
        let row = self.update_user(id, change).await?;
        self.list_in_team(id, &row).await
    }

    /// Deletes a member of `enterprise`: their record stays, their sessions and personal data end.
    ///
    /// # Errors
    /// [`Error::NotFound`] when they are not a member, [`Error::Conflict`] for an administrator, [`Error::Store`].
    pub async fn delete_user(&self, enterprise: EnterpriseId, id: UserId) -> Result<()> {
        let change = |row: &mut UserRow| {
            if row.enterprise != Some(enterprise) {
                return Err(Error::NotFound);
            }
            if row.admin {
                return Err(Error::Conflict("the administrator's account stays"));
            }
            if row.state == State::Active {
                row.state = State::Deleted;
                row.rights += 1;
                row.password = None;
                row.contact = None;
            }
            Ok(())
        };
        let row = self.update_user(id, change).await?;
        self.end_rights(id, &row, Ending::Revoked).await?;
        self.list_in_team(id, &row).await?;
        self.forget_sessions(id).await
    }

    /// Ends every token that carries older rights than the row.
    pub(super) async fn end_rights(&self, id: UserId, row: &UserRow, ending: Ending) -> Result<()> {
        self.revoke(Revoked { user: id, session: None, rights: row.rights, ending }, false).await
    }
}

/// Not theirs to see, when it is another team's or deleted.
pub(super) fn member_of(enterprise: EnterpriseId, row: &UserRow) -> Result<()> {
    if row.enterprise == Some(enterprise) && row.state == State::Active { Ok(()) } else { Err(Error::NotFound) }
}
