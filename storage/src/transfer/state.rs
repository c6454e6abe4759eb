//! How far an import came, in a small file beside the export. Replaced as a whole, never half written.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TransferError;
use super::lines::Place;
use crate::private;

/// A longer file is no state of ours. **Units**: bytes.
const STATE_BYTES_MAX: u64 = 4_096;

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// [`super::End::name`] of the store that is filled.
    pub(super) store: String,
    /// Behind the first line of the file: no two exports share its mark.
    pub(super) header: Place,
    /// Behind the last row that is durable in the store.
    pub(super) place: Place,
    /// Rows up to there that were written.
    pub(super) rows: u64,
    /// Rows up to there that had expired.
    pub(super) expired: u64,
    /// Nothing is left to write.
    pub(super) is_done: bool,
}

/// `FILE.import`.
pub(super) fn path_of(export: &Path) -> PathBuf {
    let mut name = export.as_os_str().to_owned();
    name.push(".import");
    PathBuf::from(name)
}

impl State {
    /// The state that lies there, if any.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, TransferError> {
        let failed = TransferError::file("state file");
        let text = match fs::metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Ok(metadata) if metadata.len() <= STATE_BYTES_MAX => fs::read_to_string(path).map_err(failed)?,
            Ok(_) => String::new(),
            Err(error) => return Err(failed(error)),
        };
        let state = serde_json::from_str(&text);
        state.map(Some).map_err(|_not_ours| {
            TransferError::Refused(format!("{} is no state of an import: remove it", path.display()))
        })
    }

    /// Remembers it, through a power cut.
    pub(super) fn save(&self, path: &Path) -> Result<(), TransferError> {
        self.replace(path).map_err(TransferError::file("state file"))
    }

    fn replace(&self, path: &Path) -> std::io::Result<()> {
        let draft = path.with_extension("import-draft");
        let mut file = private::open(File::options().write(true).create(true).truncate(true), &draft)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&draft, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
    }
}
