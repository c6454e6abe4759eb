//! Carrying a registration on from wherever it is to its end. Every step may be done twice, and by two at once.

use storage::ids::Millis;
use storage::{Applied, Expect, Guarded, Hidden, Op, Read, StoreError, Table};

use super::table::{RegistrantKey, RegistrantPart, RegistrantRow, Registrants, RegistrationKey};
use super::{AGREEMENT, Draft, Ended, Entry, RegistrationRow, Registrations, STEPS_MAX, Step, Team};
use crate::attendance;
use crate::enterprise::Change;
use crate::error::{Error, Result};
use crate::kind::{Duty, Kind, State};
use crate::table::{EnterpriseRow, Enterprises, EnterprisesKey, EnterprisesPart, UserRow, Users, UsersKey, UsersPart};

/// The fields whose names are claimed.
const CLAIMED: [&str; 3] = ["/identifier", "/enterprise_name", "/username"];

impl Registrations {
    /// To its end.
    pub(super) async fn finish(&self, id: &str) -> Result<Ended> {
        for _ in 0..STEPS_MAX {
            let Some(row) = self.row(id).await? else { return Ok(Ended::Gone) };
            match row.step {
                Step::Pending => self.claim_or_refuse(id, &row).await?,
                Step::Claimed => {
                    self.write_all(&row, &self.open(id, &row)?).await?;
                    self.go(id, &row, RegistrationRow { step: Step::Done, sealed: None, ..row.clone() }).await?;
                }
                Step::Refused => {
                    self.release_all(&row, &self.open(id, &row)?).await?;
                    self.go(id, &row, RegistrationRow { step: Step::Released, sealed: None, ..row.clone() }).await?;
                }
                Step::Done => return Ok(Ended::Done(row)),
                Step::Released => return Ok(Ended::Refused(field(row.taken.as_deref()))),
            }
        }
        Err(Error::Conflict("the registration is being changed by others"))
    }

    async fn claim_or_refuse(&self, id: &str, row: &RegistrationRow) -> Result<()> {
        let draft = self.open(id, row)?;
        let taken = self.claim_all(row, &draft).await?;
        let step = if taken.is_some() { Step::Refused } else { Step::Claimed };
        let next = RegistrationRow { step, taken: taken.map(str::to_owned), ..row.clone() };
        if self.go(id, row, next).await? {
            return Ok(());
        }
        // Another decided meanwhile. If it was against, what was claimed here behind it would be held for ever.
        let stands = self.row(id).await?;
        let is_to_be = stands.is_some_and(|now| now.user == row.user && matches!(now.step, Step::Claimed | Step::Done));
        if is_to_be { Ok(()) } else { self.release_all(row, &draft).await }
    }

    /// The next step, unless another was first.
    async fn go(&self, id: &str, from: &RegistrationRow, to: RegistrationRow) -> Result<bool> {
        let to = RegistrationRow { v: from.v + 1, ..to };
        self.write(id, Expect::Version(RegistrationKey {}, from.v), &to).await
    }

    async fn write_all(&self, row: &RegistrationRow, draft: &Draft) -> Result<()> {
        if let Some((team, enterprise)) = draft.team.as_ref().zip(row.enterprise) {
            let new = EnterpriseRow {
                v: 1,
                kind: Kind::Enterprise,
                identifier: team.identifier.clone(),
                name: team.enterprise_name.clone(),
                name_en: None,
                created: Millis(draft.at),
                role: None,
            };
            self.keep::<Enterprises>(EnterprisesPart { id: enterprise }, EnterprisesKey {}, new.clone()).await?;
            self.accounts.list_in_directory(enterprise, &new).await?;
            self.accounts.introduce(enterprise, team.entry, &said(team)).await?;
        }
        let registrant = RegistrantRow {
            v: 1,
            agreement: AGREEMENT.to_owned(),
            agreed: Millis(draft.at),
            organisation: draft.organisation.clone(),
        };
        self.keep::<Registrants>(RegistrantPart { user: row.user }, RegistrantKey {}, registrant).await?;
        // Last: from here on one can sign in.
        let user = self.user(row, draft)?;
        self.keep::<Users>(UsersPart { id: row.user }, UsersKey {}, user.clone()).await?;
        self.accounts.list_in_team(row.user, &user).await?;
        let is_attending = draft.team.as_ref().is_some_and(|team| team.entry == Entry::Attending);
        if let Some(enterprise) = row.enterprise.filter(|_| is_attending) {
            attendance::submit(&self.flows, enterprise, self.approves_attending).await?;
        }
        Ok(())
    }

    fn user(&self, row: &RegistrationRow, draft: &Draft) -> Result<UserRow> {
        let is_team = draft.team.is_some();
        let contact = self.accounts.sealer().seal(row.user, &draft.contact)?;
        Ok(UserRow {
            v: 1,
            kind: draft.kind,
            enterprise: row.enterprise,
            username: draft.username.clone(),
            name: draft.name.clone(),
            duty: is_team.then_some(Duty::Representative),
            admin: is_team,
            password: Some(Hidden(draft.password.clone())),
            contact: Some(Hidden(contact)),
            person: None,
            state: State::Active,
            rights: 1,
            created: Millis(draft.at),
        })
    }

    /// Writes a row unless it stands already: then whoever carried this on before wrote it.
    async fn keep<T>(&self, part: T::P, c: T::C, row: T::Row) -> Result<()>
    where
        T: Table + Guarded,
    {
        let store = self.accounts.store();
        let put = Op::Put { c: c.clone(), row, at: None };
        match store.write_if::<T>(part.clone(), vec![Expect::Absent(c.clone())], vec![put]).await {
            Ok(Applied::Yes | Applied::No { .. }) => Ok(()),
            Err(StoreError::Unknown) => {
                let stands = store.get::<T>(part, c, Read::Serial).await?;
                if stands.is_some() { Ok(()) } else { Err(StoreError::Unknown.into()) }
            }
            Err(other) => Err(other.into()),
        }
    }
}

fn said(team: &Team) -> Change {
    Change {
        name: team.enterprise_name.clone(),
        name_en: None,
        place: team.place.clone(),
        address: team.address.clone(),
        industry: team.industry.clone(),
        interests: team.interests.clone(),
        contact_info: team.contact_info.clone(),
    }
}

fn field(taken: Option<&str>) -> &'static str {
    CLAIMED.into_iter().find(|field| Some(*field) == taken).unwrap_or("/username")
}
