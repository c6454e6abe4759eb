//! Who works in a data folder: any number of hubs, or one import alone. Knows nothing of what lies there.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Its content means nothing; that it is locked does, and the system unlocks it when its holder dies.
const FILE: &str = "hub.lock";

/// A place in a data folder, kept until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// A hub's; none while somebody has the folder alone.
    ///
    /// # Errors
    /// The file system's.
    pub fn shared(folder: &Path) -> io::Result<Option<Self>> {
        let file = open(folder)?;
        let locked = file.try_lock_shared();
        taken(file, locked)
    }

    /// An import's; none while a hub is there.
    ///
    /// # Errors
    /// The file system's.
    pub fn alone(folder: &Path) -> io::Result<Option<Self>> {
        let file = open(folder)?;
        let locked = file.try_lock();
        taken(file, locked)
    }
}

fn open(folder: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(false).open(folder.join(FILE))
}

fn taken(file: File, locked: Result<(), TryLockError>) -> io::Result<Option<FolderLock>> {
    match locked {
        Ok(()) => Ok(Some(FolderLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
