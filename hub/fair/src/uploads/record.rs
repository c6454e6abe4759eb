//! An upload as it is kept, whose it is, and who may see it.

use storage::ids::{EnterpriseId, UploadId, UserId};
use storage::{Hidden, vocabulary};

use super::format::Format;
use super::uses::Use;
use crate::kind::Kind;
use crate::table::UploadRow;

vocabulary! {
    /// How far an upload is.
    UploadState {
        /// Its bytes are coming.
        Receiving = "receiving",
        /// It is there.
        Stored = "stored",
        /// It is being removed, and never comes back.
        Removing = "removing",
    }
}

/// Whose uploads count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// An enterprise, institution or the committee.
    Team(EnterpriseId),
    /// Somebody who belongs to none.
    Person(UserId),
}

impl Owner {
    /// By what it is kept.
    pub(super) fn text(self) -> String {
        match self {
            Self::Team(id) => format!("team/{id}"),
            Self::Person(id) => format!("person/{id}"),
        }
    }

    /// Whose it is, by what it is kept as.
    pub(super) fn of(text: &str) -> Option<Self> {
        let person = || text.strip_prefix("person/")?.parse().ok().map(Self::Person);
        Self::team(text).map(Self::Team).or_else(person)
    }

    fn team(text: &str) -> Option<EnterpriseId> {
        text.strip_prefix("team/")?.parse().ok()
    }
}

/// Who asks for an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// The account.
    pub user: UserId,
    /// Its class.
    pub kind: Kind,
    /// Its team.
    pub enterprise: Option<EnterpriseId>,
    /// Whether it administers its team.
    pub admin: bool,
}

impl Viewer {
    /// Whose uploads theirs count as.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.enterprise.map_or(Owner::Person(self.user), Owner::Team)
    }
}

/// An upload that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Which.
    pub id: UploadId,
    /// What for.
    pub used_for: Use,
    /// What it is now.
    pub format: Format,
    /// Its length. **Units**: bytes.
    pub bytes: u64,
    /// A picture's. **Units**: pixels.
    pub width: Option<u32>,
    /// A picture's. **Units**: pixels.
    pub height: Option<u32>,
    /// SHA-256 of its bytes.
    pub digest: Vec<u8>,
    /// What its owner calls the file.
    pub name: Option<Hidden<String>>,
    /// Longer than is asked for.
    pub is_large: bool,
    /// The record that it belongs to.
    pub record: Option<String>,
}

impl Upload {
    /// From its row; none while it is not there.
    pub(super) fn of(id: UploadId, row: &UploadRow) -> Option<Self> {
        let bytes = u64::try_from(row.bytes).ok()?;
        let side = |side: Option<i64>| side.and_then(|side| u32::try_from(side).ok());
        (row.state == UploadState::Stored).then_some(())?;
        Some(Self {
            id,
            used_for: row.used_for,
            format: row.format?,
            bytes,
            width: side(row.width),
            height: side(row.height),
            digest: row.digest.clone().unwrap_or_default(),
            name: row.name.clone(),
            is_large: row.used_for.rule().warns_above.is_some_and(|limit| bytes > limit),
            record: row.record.clone(),
        })
    }

    /// Whether anybody may read it.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        !self.used_for.rule().private
    }
}

/// Whether somebody has to do with an upload: its administrator and who uploaded it, the institution that its record is
/// reviewed by, the committee.
pub(super) fn concerns(row: &UploadRow, viewer: &Viewer) -> bool {
    let is_own = row.owner == viewer.owner().text() && (viewer.admin || viewer.user == row.by);
    let is_reader = row.reader.is_some() && row.reader == viewer.enterprise;
    is_own || is_reader || viewer.kind == Kind::Committee
}

/// Whose person's likeness it is; none for other uploads, and for one that no person's record has taken.
pub(super) fn team_of_likeness(row: &UploadRow) -> Option<EnterpriseId> {
    let is_one = row.used_for == Use::IdPhoto && row.record.is_some();
    Owner::team(&row.owner).filter(|_team| is_one)
}
