//! The data folder: its owner's alone, and who works in it. Knows nothing of what the files in it say.
//!
//! Two locks: `hub.lock` is its hub's, `command.lock` is shared by what `hub admin` does beside one; who needs the folder
//! alone has both. Their contents mean nothing; that they are locked does, and the system unlocks them when their holder
//! dies.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use storage::private;

/// The embedded database; SQLite keeps files of longer names beside it.
pub const DATABASE: &str = "fairhub.sqlite";
const HUB: &str = "hub.lock";
const COMMAND: &str = "command.lock";

/// A folder's mode.
const OWNER: u32 = 0o700;
const OTHERS: u32 = 0o077;
/// The bit of folders that are everybody's, as the one for temporary files.
const EVERYBODYS: u32 = 0o1000;

/// A hub looks so often whether its place is free: a command that only looks whether a hub is there has it for a moment.
const LOOKS_MAX: u32 = 10;
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// Why there is no place in a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The file system's.
    #[error("data: {}: {error}", folder.display())]
    Io {
        /// Which.
        folder: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// For another hub.
    #[error("data: {}: another hub runs on this data folder", .0.display())]
    Taken(PathBuf),
    /// For who needs it alone.
    #[error("data: {}: a hub runs on this data folder: stop it first", .0.display())]
    Hub(PathBuf),
    /// For who needs it alone.
    #[error("data: {}: another `hub admin` command is at work on this data folder", .0.display())]
    Command(PathBuf),
    /// For everybody.
    #[error("data: {}: an import or `hub admin restored` is at work on this data folder", .0.display())]
    Alone(PathBuf),
}

/// A place in a data folder, kept until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _files: Vec<File>,
}

impl FolderLock {
    /// A hub's. One hub has the folder, unless its store is `shared` with other hubs anyway.
    ///
    /// # Errors
    /// [`FolderError::Taken`], [`FolderError::Alone`], the file system's.
    pub async fn hub(folder: &Path, shared: bool) -> Result<Self, FolderError> {
        make(folder)?;
        name_if_open(folder);
        for look in 1.. {
            let file = open(folder, HUB)?;
            let locked = if shared { file.try_lock_shared() } else { file.try_lock() };
            if is_locked(folder, locked)? {
                return Ok(Self { _files: vec![file] });
            }
            if look == LOOKS_MAX {
                break;
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        Self::beside(folder)?;
        Err(FolderError::Taken(folder.to_owned()))
    }

    /// A command's that may run beside a hub.
    ///
    /// # Errors
    /// [`FolderError::Alone`], the file system's.
    pub fn beside(folder: &Path) -> Result<Self, FolderError> {
        make(folder)?;
        let file = open(folder, COMMAND)?;
        let locked = is_locked(folder, file.try_lock_shared())?;
        if locked { Ok(Self { _files: vec![file] }) } else { Err(FolderError::Alone(folder.to_owned())) }
    }

    /// A command's that nobody may run beside.
    ///
    /// # Errors
    /// [`FolderError::Hub`], [`FolderError::Command`], the file system's.
    pub fn alone(folder: &Path) -> Result<Self, FolderError> {
        make(folder)?;
        let [hub, command] = [open(folder, HUB)?, open(folder, COMMAND)?];
        if !is_locked(folder, command.try_lock())? {
            return Err(FolderError::Command(folder.to_owned()));
        }
        if !is_locked(folder, hub.try_lock())? {
            return Err(FolderError::Hub(folder.to_owned()));
        }
        Ok(Self { _files: vec![hub, command] })
    }

    /// Whether a hub has a place there now.
    ///
    /// # Errors
    /// The file system's.
    pub fn has_hub(folder: &Path) -> Result<bool, FolderError> {
        Ok(!is_locked(folder, open(folder, HUB)?.try_lock())?)
    }
}

/// Makes the folder where it is missing, for its owner alone. One that is there is closed to others, unless it holds
/// other things than a hub's or is made for everybody: then only what the hub itself puts there is closed.
///
/// # Errors
/// The file system's.
pub fn make(folder: &Path) -> Result<(), FolderError> {
    make_private(folder).map_err(|error| FolderError::Io { folder: folder.to_owned(), error })
}

fn make_private(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(OWNER).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    if open_to_others(folder)? & EVERYBODYS == 0 && holds_only_ours(folder)? {
        // Not ours to close: the hub's start names it.
        return private::close(folder).or(Ok(()));
    }
    Ok(())
}

/// The folder's mode when others may do something there.
fn open_to_others(folder: &Path) -> io::Result<u32> {
    let mode = fs::metadata(folder)?.permissions().mode();
    Ok(if mode & OTHERS == 0 { 0 } else { mode })
}

fn name_if_open(folder: &Path) {
    match open_to_others(folder) {
        Ok(0) => {}
        Ok(mode) => {
            let (folder, mode) = (folder.display(), mode & 0o7777);
            tracing::warn!(
                "data: {folder} is open to others (mode {mode:o}): they see what is there, and read no data"
            );
        }
        Err(error) => tracing::warn!(%error, "data: {}", folder.display()),
    }
}

fn holds_only_ours(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if !is_ours(&entry?.file_name()) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_ours(name: &OsStr) -> bool {
    let beside_database = name.to_str().is_some_and(|name| name.starts_with(DATABASE));
    beside_database || [HUB, COMMAND, fair::secret::FILE, fair::uploads::files::FOLDER].iter().any(|ours| name == *ours)
}

fn open(folder: &Path, name: &str) -> Result<File, FolderError> {
    let opened = private::open(File::options().write(true).create(true).truncate(false), &folder.join(name));
    opened.map_err(|error| FolderError::Io { folder: folder.join(name), error })
}

fn is_locked(folder: &Path, locked: Result<(), TryLockError>) -> Result<bool, FolderError> {
    match locked {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(FolderError::Io { folder: folder.to_owned(), error }),
    }
}

#[cfg(test)]
mod tests;
