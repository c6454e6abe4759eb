//! The installation's one secret, from which [`crate::Keys`] are derived: the sample, and the demo's own. Reads no
//! environment: what the operator gives comes through the hub's configuration.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretString};

/// The secret of the documentation's examples; nothing but a demo may run with it.
pub const SAMPLE_SECRET: &str = "fairhub-sample-secret-not-for-production-0000";
/// The demo's secret inside its data folder.
pub const FILE: &str = "demo-secret";
/// A longer file is not a secret of ours. **Units**: bytes.
const FILE_BYTES_MAX: u64 = 4_096;

/// Whether a secret is the documentation's.
#[must_use]
pub fn is_sample(secret: &SecretString) -> bool {
    secret.expose_secret().trim() == SAMPLE_SECRET
}

/// The demo's secret: kept in the data folder, random at first, so that tokens and sealed data survive a restart.
///
/// # Errors
/// Whatever the file system answers.
pub fn load_or_create(data: &Path) -> io::Result<SecretString> {
    let path = data.join(FILE);
    match create(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    let mut text = String::new();
    storage::private::open(File::options().read(true), &path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.trim().to_owned().into())
}

/// Written beside and linked into place, so that a crash leaves either no secret or a whole one.
fn create(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = storage::private::open(&mut options, &draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    linked
}

#[cfg(test)]
mod tests;
