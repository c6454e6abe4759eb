//! What an enterprise says of itself: read by others as far as it is public, changed by its administrator. Its identifier
//! never changes; its name stays unique.
//!
//! **Source**: SPEC 4; D-44 for what may be changed.

use storage::ids::EnterpriseId;
use storage::{Ack, Applied, Expect, Hidden, Op, Read, StoreError};

use crate::accounts::Accounts;
use crate::claim::{claim, release, version};
use crate::error::{Error, Result};
use crate::kind::Kind;
use crate::registration::table::{
    EnterpriseDetailKey, EnterpriseDetailPart, EnterpriseDetailRow, EnterpriseDetails, EnterpriseNameKey,
    EnterpriseNamePart, EnterpriseNameRow, EnterpriseNames,
};
use crate::registration::{Entry, name};
use crate::table::{
    Directory, DirectoryKey, DirectoryPart, DirectoryRow, EnterpriseRow, Enterprises, EnterprisesKey, EnterprisesPart,
};

/// An enterprise with all that it said, as it stood when it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Company {
    /// Which.
    pub id: EnterpriseId,
    row: EnterpriseRow,
    details: Option<EnterpriseDetailRow>,
    /// Opened; for other enterprises.
    contact_info: Option<String>,
}

/// What is to stand from now on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    /// 企业名称.
    pub name: String,
    /// 企业英文名称.
    pub name_en: Option<String>,
    /// 注册地, a code of the regions.
    pub place: String,
    /// Its address there.
    pub address: String,
    /// 所属行业, a code of the industries.
    pub industry: String,
    /// 感兴趣的行业领域, codes of the interests.
    pub interests: Vec<String>,
    /// 联系信息, shown to other enterprises.
    pub contact_info: Option<String>,
}

/// The fields that its names are.
const NAMES: [&str; 2] = ["name", "name_en"];

/// What was done of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The names of the fields that are other than before.
    pub fields: Vec<&'static str>,
    /// Which version it is now: of its names, and of the rest.
    pub version: (i64, i64),
}

impl Company {
    /// The names of the fields that a change would make other than they are.
    #[must_use]
    pub fn differing(&self, change: &Change) -> Vec<&'static str> {
        let said = self.said();
        let fields = [
            ("name", said.name != change.name),
            ("name_en", said.name_en != change.name_en),
            ("place", said.place != change.place),
            ("address", said.address != change.address),
            ("industry", said.industry != change.industry),
            ("interests", said.interests != change.interests),
            ("contact_info", said.contact_info != change.contact_info),
        ];
        fields.into_iter().filter_map(|(field, differs)| differs.then_some(field)).collect()
    }

    fn version(&self) -> (i64, i64) {
        (self.row.v, self.details.as_ref().map_or(0, |details| details.v))
    }

    /// Its class.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.row.kind
    }

    /// 企业/机构标识.
    #[must_use]
    pub fn identifier(&self) -> &str {
        &self.row.identifier
    }

    /// Through which door it came; none: it was made by the operator.
    #[must_use]
    pub fn entry(&self) -> Option<Entry> {
        self.details.as_ref().map(|details| details.entry)
    }

    /// What may be changed of it, as it stands.
    #[must_use]
    pub fn said(&self) -> Change {
        let of =
            |read: fn(&EnterpriseDetailRow) -> &String| self.details.as_ref().map(read).cloned().unwrap_or_default();
        Change {
            name: self.row.name.clone(),
            name_en: self.row.name_en.clone(),
            place: of(|details| &details.place),
            address: of(|details| &details.address),
            industry: of(|details| &details.industry),
            interests: serde_json::from_str(&of(|details| &details.interests)).unwrap_or_default(),
            contact_info: self.contact_info.clone(),
        }
    }
}

impl Accounts {
    /// An enterprise with all that it said.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`], [`Error::Internal`] when something does not open.
    pub async fn company(&self, id: EnterpriseId) -> Result<Company> {
        let part = EnterprisesPart { id };
        let row = self.store().get::<Enterprises>(part, EnterprisesKey {}, Read::Serial).await?;
        let row = row.ok_or(Error::NotFound)?;
        let part = EnterpriseDetailPart { id };
        let details = self.store().get::<EnterpriseDetails>(part, EnterpriseDetailKey {}, Read::Serial).await?;
        let contact_info = match details.as_ref().and_then(|details| details.contact_info.as_ref()) {
            Some(Hidden(sealed)) => Some(open_contact(self, id, sealed)?),
            None => None,
        };
        Ok(Company { id, row, details, contact_info })
    }

    /// What an enterprise says of itself when it comes; what stands already stays.
    ///
    /// # Errors
    /// [`Error::Store`] (repeat it), [`Error::Internal`].
    pub async fn introduce(&self, id: EnterpriseId, entry: Entry, said: &Change) -> Result<()> {
        let contact_info = said.contact_info.as_deref().map(|text| seal_contact(self, id, text)).transpose()?;
        let row = row_of(said, 1, entry, contact_info.map(Hidden))?;
        let (part, absent) = (EnterpriseDetailPart { id }, vec![Expect::Absent(EnterpriseDetailKey {})]);
        let put = vec![Op::Put { c: EnterpriseDetailKey {}, row, at: None }];
        match self.store().write_if::<EnterpriseDetails>(part.clone(), absent, put).await {
            Ok(Applied::Yes | Applied::No { .. }) => Ok(()),
            Err(StoreError::Unknown) => {
                let stands = self.store().get::<EnterpriseDetails>(part, EnterpriseDetailKey {}, Read::Serial).await?;
                if stands.is_some() { Ok(()) } else { Err(StoreError::Unknown.into()) }
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Changes what an enterprise says, if it still stands as it was read. Its names and the rest are a row each: what was
    /// done of it is told also where it was not done to the end.
    ///
    /// # Errors
    /// [`Error::Taken`] for another's name, [`Error::Stale`] when another was first, [`Error::Store`] (some of it may
    /// have been done: read it again).
    pub async fn change_company(&self, company: &Company, change: &Change) -> (Done, Result<()>) {
        let mut done = Done { fields: Vec::new(), version: company.version() };
        let ended = self.change_rows(company, change, &mut done).await;
        (done, ended)
    }

    async fn change_rows(&self, company: &Company, change: &Change, done: &mut Done) -> Result<()> {
        let Company { id, row, details, .. } = company;
        let differ = company.differing(change);
        let (names, rest): (Vec<_>, Vec<_>) = differ.into_iter().partition(|field| NAMES.contains(field));
        if !names.is_empty() {
            let new = EnterpriseRow { name: change.name.clone(), name_en: change.name_en.clone(), ..row.clone() };
            self.rename(*id, row, EnterpriseRow { v: row.v + 1, ..new }).await?;
            done.fields.extend(names);
            done.version.0 += 1;
        }
        if rest.is_empty() {
            return Ok(());
        }
        let contact_info = match &change.contact_info {
            // What says the same is not sealed anew: it would be another row.
            Some(text) if company.contact_info.as_ref() == Some(text) => {
                details.as_ref().and_then(|details| details.contact_info.clone())
            }
            Some(text) => Some(Hidden(seal_contact(self, *id, text)?)),
            None => None,
        };
        let v = details.as_ref().map_or(0, |details| details.v);
        let entry = company.entry().unwrap_or(Entry::Exhibitor);
        let said = row_of(change, v, entry, contact_info)?;
        let expect = match details {
            Some(_) => Expect::Version(EnterpriseDetailKey {}, v),
            None => Expect::Absent(EnterpriseDetailKey {}),
        };
        let put = Op::Put { c: EnterpriseDetailKey {}, row: EnterpriseDetailRow { v: v + 1, ..said }, at: None };
        let written =
            self.store().write_if::<EnterpriseDetails>(EnterpriseDetailPart { id: *id }, vec![expect], vec![put]);
        settled(written.await?)?;
        done.fields.extend(rest);
        done.version.1 += 1;
        Ok(())
    }

    async fn rename(&self, id: EnterpriseId, old: &EnterpriseRow, new: EnterpriseRow) -> Result<()> {
        let (old_key, new_key) = (name::key(&old.name), name::key(&new.name));
        if !self.claim_name(id, &new_key).await? {
            return Err(Error::Taken("/name"));
        }
        let put = Op::Put { c: EnterprisesKey {}, row: new.clone(), at: None };
        let expect = vec![Expect::Version(EnterprisesKey {}, old.v)];
        let part = EnterprisesPart { id };
        match self.store().write_if::<Enterprises>(part, expect, vec![put]).await {
            Ok(Applied::Yes) => {}
            Ok(Applied::No { .. }) => {
                // Not when it is the old one, or what another changed it to.
                let stands = self.company(id).await?.row.name;
                if name::key(&stands) != new_key {
                    self.release_name(id, &new_key).await?;
                }
                return Err(Error::Stale);
            }
            Err(other) => return Err(other.into()),
        }
        self.list_anew(id, old, &new).await?;
        if old_key == new_key { Ok(()) } else { self.release_name(id, &old_key).await }
    }

    /// The directory finds it by its new names only.
    async fn list_anew(&self, id: EnterpriseId, old: &EnterpriseRow, new: &EnterpriseRow) -> Result<()> {
        self.list_in_directory(id, new).await?;
        let keys = |row: &EnterpriseRow| {
            crate::accounts::directory_keys(&DirectoryRow {
                identifier: row.identifier.clone(),
                shown: row.name.clone(),
                shown_en: row.name_en.clone(),
                role: row.role,
            })
        };
        let kept = keys(new);
        let gone: Vec<_> = keys(old).into_iter().filter(|name| !kept.contains(name)).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let delete = gone.into_iter().map(|name| Op::Delete { c: DirectoryKey { name, id } }).collect();
        Ok(self.store().write::<Directory>(DirectoryPart { kind: new.kind }, delete, Ack::Durable).await?)
    }

    /// Whether an enterprise's name is its own from now on.
    pub(crate) async fn claim_name(&self, enterprise: EnterpriseId, key: &str) -> Result<bool> {
        let part = EnterpriseNamePart { name: key.to_owned() };
        let new = EnterpriseNameRow { v: version(self.entropy()), enterprise };
        claim::<EnterpriseNames>(self.store(), part, EnterpriseNameKey {}, new).await
    }

    async fn release_name(&self, enterprise: EnterpriseId, key: &str) -> Result<()> {
        let part = EnterpriseNamePart { name: key.to_owned() };
        release::<EnterpriseNames>(self.store(), part, EnterpriseNameKey {}, enterprise.0).await
    }
}

fn row_of(said: &Change, v: i64, entry: Entry, contact_info: Option<Hidden<Vec<u8>>>) -> Result<EnterpriseDetailRow> {
    Ok(EnterpriseDetailRow {
        v,
        entry,
        place: said.place.clone(),
        address: said.address.clone(),
        industry: said.industry.clone(),
        interests: serde_json::to_string(&said.interests).map_err(|_encoding| Error::Internal("interests"))?,
        contact_info,
    })
}

fn settled<T: storage::Table>(applied: Applied<T>) -> Result<()> {
    match applied {
        Applied::Yes => Ok(()),
        Applied::No { .. } => Err(Error::Stale),
    }
}

fn place(id: EnterpriseId) -> Vec<u8> {
    [b"enterprise/".as_slice(), &id.0.to_be_bytes()].concat()
}

fn seal_contact(accounts: &Accounts, id: EnterpriseId, text: &str) -> Result<Vec<u8>> {
    accounts.sealer().seal_bytes(&place(id), text.as_bytes())
}

fn open_contact(accounts: &Accounts, id: EnterpriseId, sealed: &[u8]) -> Result<String> {
    let plain = accounts.sealer().open_bytes(&place(id), sealed)?;
    String::from_utf8(plain).map_err(|_not_text| Error::Internal("sealed contact information does not open"))
}

#[cfg(test)]
mod tests;
