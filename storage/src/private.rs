//! Files that are their owner's alone, whatever the umask: everything that lasts holds personal data. Knows nothing of
//! what stands in them.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

/// Reading and writing, for the owner.
const OWNER: u32 = 0o600;
/// What group and others may do.
const OTHERS: u32 = 0o077;

/// Opens a file as `options` say; a new one is made for its owner alone, one that is there is closed to others.
///
/// # Errors
/// The file system's, also when a file is open to others and not ours to close.
pub fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.mode(OWNER).open(path)?;
    if let Some(closed) = closed(&file.metadata()?) {
        file.set_permissions(closed).map_err(not_ours)?;
    }
    Ok(file)
}

/// Closes a file or folder to others, by its name: to open and close a database's file would end the locks that this
/// process holds on it.
///
/// # Errors
/// As [`open`]; that there is none is no error.
pub fn close(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(metadata) => closed(&metadata).map_or(Ok(()), |closed| fs::set_permissions(path, closed).map_err(not_ours)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Without what others may do; none when that is nothing.
fn closed(metadata: &Metadata) -> Option<Permissions> {
    let mode = metadata.permissions().mode();
    (mode & OTHERS != 0).then(|| Permissions::from_mode(mode & !OTHERS))
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn not_ours(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("open to others and not ours to close: {error}"))
}
