//! Where uploaded files lie: a folder, or a bucket of an S3-compatible server. Moves bytes in pieces of bounded size, and
//! says nothing of what they are. What is being written has no name yet; it gets one when it is whole.

mod address;
mod writing;

use std::fmt;
use std::io;
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::multipart::MultipartStore;
use object_store::path::Path as Place;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt as _};
use storage::StoreError;
use storage::ids::UploadId;

pub use address::{Address, BadAddress, Bucket, Secret};
pub use writing::Writing;

use crate::error::{Error, Result};

/// The folder of files inside a data folder.
pub const FOLDER: &str = "uploads";
/// A folder's mode.
const OWNER: u32 = 0o700;
/// Pieces that a folder is written and read in. **Units**: bytes.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces that a bucket is written in: all but the last of S3's parts have at least so much. **Units**: bytes.
const PART_BYTES: usize = 5 << 20;

/// A file's bytes, piece by piece.
pub type Pieces = BoxStream<'static, Result<Bytes>>;

/// See the module. Cloning shares it.
#[derive(Clone)]
pub struct Files {
    objects: Arc<dyn ObjectStore>,
    /// Where parts are written by themselves, so that another process can give up what this one began.
    parts: Option<Arc<dyn MultipartStore>>,
    piece_bytes: usize,
    local: Option<Arc<Local>>,
}

#[derive(Debug)]
struct Local {
    files: LocalFileSystem,
    folder: PathBuf,
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.objects)
    }
}

impl Files {
    /// In a folder, which is made for its owner alone when something is written.
    ///
    /// # Errors
    /// What keeps the folder above it from being used.
    pub fn folder(folder: &Path) -> io::Result<Self> {
        let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = above.canonicalize()?.join(folder.file_name().unwrap_or(FOLDER.as_ref()));
        let files = LocalFileSystem::new().with_fsync(true);
        let local = Local { files: files.clone(), folder };
        Ok(Self { objects: Arc::new(files), parts: None, piece_bytes: PIECE_BYTES, local: Some(Arc::new(local)) })
    }

    /// In memory, for tests and simulations; in parts like a bucket.
    #[must_use]
    pub fn memory() -> Self {
        let memory = Arc::new(InMemory::new());
        Self { objects: Arc::clone(&memory) as _, parts: Some(memory), piece_bytes: PIECE_BYTES, local: None }
    }

    /// Where an address says. `secret` is a bucket's.
    ///
    /// # Errors
    /// [`BadAddress`] says in one line what is wrong with it.
    pub fn at(address: &Address, secret: Option<&Secret>) -> Result<Self, BadAddress> {
        match address {
            Address::Folder(folder) => Self::folder(folder).map_err(|error| BadAddress(error.to_string())),
            #[cfg(feature = "s3")]
            Address::Bucket(bucket) => {
                let bucket = Arc::new(bucket.open(secret)?);
                Ok(Self {
                    objects: Arc::clone(&bucket) as _,
                    parts: Some(bucket),
                    piece_bytes: PART_BYTES,
                    local: None,
                })
            }
            #[cfg(not(feature = "s3"))]
            Address::Bucket(_) => {
                let _unused = (secret, PART_BYTES);
                Err(BadAddress("this program was built without S3".to_owned()))
            }
        }
    }

    /// Begins a file. Nobody sees it before [`Writing::finish`].
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn begin(&self, id: UploadId) -> Result<Writing> {
        let place = self.place(id)?;
        self.make_folder()?;
        match &self.parts {
            Some(parts) => {
                let token = parts.create_multipart(&place).await.map_err(failed)?;
                Ok(Writing::in_parts(Arc::clone(parts), place, token, self.piece_bytes))
            }
            None => Ok(Writing::whole(self.objects.put_multipart(&place).await.map_err(failed)?, self.piece_bytes)),
        }
    }

    /// Writes a short file at once.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn put(&self, id: UploadId, bytes: Vec<u8>) -> Result<()> {
        self.make_folder()?;
        self.objects.put(&self.place(id)?, bytes.into()).await.map_err(failed)?;
        Ok(())
    }

    /// The same of a file's small form.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn put_small(&self, id: UploadId, bytes: Vec<u8>) -> Result<()> {
        self.make_folder()?;
        self.objects.put(&self.small_place(id)?, bytes.into()).await.map_err(failed)?;
        Ok(())
    }

    /// The bytes of a range, which is not beyond its end.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`]; those of later pieces come with them.
    pub async fn read(&self, id: UploadId, range: Range<u64>) -> Result<Pieces> {
        self.read_at(self.place(id)?, range).await
    }

    /// The same of its small form.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`]; those of later pieces come with them.
    pub async fn read_small(&self, id: UploadId, range: Range<u64>) -> Result<Pieces> {
        self.read_at(self.small_place(id)?, range).await
    }

    async fn read_at(&self, place: Place, range: Range<u64>) -> Result<Pieces> {
        if range.is_empty() {
            return Ok(stream::empty().boxed());
        }
        if self.local.is_some() {
            return self.read_in_steps(place, range).await;
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range)), ..GetOptions::default() };
        let got = self.objects.get_opts(&place, options).await.map_err(failed)?;
        Ok(got.into_stream().map_err(failed).boxed())
    }

    /// A folder's own stream takes a thread for every 8 KiB. The first step is done here, so that a file that is not there
    /// is not found before anybody is answered.
    async fn read_in_steps(&self, place: Place, range: Range<u64>) -> Result<Pieces> {
        let step = |from: u64| from..range.end.min(from + PIECE_BYTES as u64);
        let first = self.objects.get_range(&place, step(range.start)).await.map_err(failed)?;
        let (objects, end) = (Arc::clone(&self.objects), range.end);
        let rest = stream::try_unfold(step(range.start).end, move |from| {
            let (objects, place) = (Arc::clone(&objects), place.clone());
            async move {
                if from >= end {
                    return Ok(None);
                }
                let to = end.min(from + PIECE_BYTES as u64);
                let piece = objects.get_range(&place, from..to).await.map_err(failed)?;
                Ok(Some((piece, to)))
            }
        });
        Ok(stream::once(std::future::ready(Ok(first))).chain(rest).boxed())
    }

    /// Removes a file, whole or begun (`token`: by whomever). Twice is once.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn discard(&self, id: UploadId, token: Option<&str>) -> Result<()> {
        let place = self.place(id)?;
        if let (Some(parts), Some(token)) = (&self.parts, token) {
            absent_is_gone(parts.abort_multipart(&place, &token.to_owned()).await)?;
        }
        if let Some(local) = &self.local {
            local.remove_begun(&place)?;
        }
        absent_is_gone(self.objects.delete(&self.small_place(id)?).await)?;
        absent_is_gone(self.objects.delete(&place).await)
    }

    /// Removes what an earlier life of this hub had begun in a folder: only where no other hub writes there.
    ///
    /// # Errors
    /// The file system's.
    pub fn forget_begun(&self) -> io::Result<usize> {
        self.local.as_ref().map_or(Ok(0), |local| local.forget_begun())
    }

    /// How many files there are, whole ones; for tests and operators.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn count(&self) -> Result<usize> {
        let prefix = match &self.local {
            Some(local) if !local.folder.exists() => return Ok(0),
            Some(local) => Some(local.prefix()?),
            None => None,
        };
        let listed: Vec<_> = self.objects.list(prefix.as_ref()).try_collect().await.map_err(failed)?;
        Ok(listed.len())
    }

    fn place(&self, id: UploadId) -> Result<Place> {
        self.named(id, &id.to_string())
    }

    fn small_place(&self, id: UploadId) -> Result<Place> {
        self.named(id, &format!("{id}-small"))
    }

    fn named(&self, id: UploadId, name: &str) -> Result<Place> {
        let id = id.to_string();
        // Some thousand folders, so that none has too many files: the first letter of an id says little.
        let spread = id.get(1..3).unwrap_or_default();
        let base = self.local.as_ref().map_or(Ok(Place::from(FOLDER)), |local| local.prefix())?;
        Ok(base.join(spread).join(name))
    }

    fn make_folder(&self) -> Result<()> {
        let Some(local) = &self.local else { return Ok(()) };
        match std::fs::DirBuilder::new().mode(OWNER).create(&local.folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(of_io(&error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Local {
    fn prefix(&self) -> Result<Place> {
        Place::from_absolute_path(&self.folder).map_err(|_unnameable| Error::Internal("a folder that has no name"))
    }

    /// What is begun lies beside its place, with a number behind its name.
    fn remove_begun(&self, place: &Place) -> Result<()> {
        let mut begun = self.files.path_to_filesystem(place).map_err(failed)?.into_os_string();
        begun.push("#1");
        match std::fs::remove_file(&begun) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(of_io(&error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn forget_begun(&self) -> io::Result<usize> {
        if !self.folder.exists() {
            return Ok(0);
        }
        let mut forgotten = 0;
        for spread in std::fs::read_dir(&self.folder)? {
            let spread = spread?;
            if !spread.file_type()?.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(spread.path())? {
                let path = file?.path();
                if path.to_str().is_some_and(|path| path.ends_with("#1")) {
                    std::fs::remove_file(&path)?;
                    forgotten += 1;
                }
            }
        }
        Ok(forgotten)
    }
}

fn absent_is_gone(removed: object_store::Result<()>) -> Result<()> {
    match removed {
        // Memory, which fails in no other way, has no better word for parts that were given up before.
        Ok(()) | Err(object_store::Error::NotFound { .. } | object_store::Error::Generic { store: "InMemory", .. }) => {
            Ok(())
        }
        Err(error) => Err(failed(error)),
    }
}

/// What a failure is for whoever asked: no space, or not answering; logged here, told nobody in its own words.
#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn failed(error: object_store::Error) -> Error {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return Error::NotFound;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(one) = cause {
        if one.downcast_ref::<io::Error>().is_some_and(is_full) {
            return StoreError::Full.into();
        }
        cause = one.source();
    }
    tracing::error!(%error, "uploaded files");
    StoreError::Unavailable.into()
}

fn of_io(error: &io::Error) -> Error {
    if is_full(error) {
        return StoreError::Full.into();
    }
    tracing::error!(%error, "uploaded files");
    StoreError::Unavailable.into()
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests;
