use std::os::unix::fs::PermissionsExt as _;

use secrecy::ExposeSecret as _;

use super::*;

const ID: UploadId = UploadId(7);

/// A folder inside one that is there, and one in memory, which is written in parts.
fn both() -> (tempfile::TempDir, [Files; 2]) {
    let data = tempfile::tempdir().unwrap();
    let folder = Files::folder(&data.path().join(FOLDER)).unwrap();
    (data, [folder, Files::memory()])
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at / 7).to_le_bytes()[0]).collect()
}

async fn written(files: &Files, content: &[u8]) {
    let mut writing = files.begin(ID).await.unwrap();
    for piece in content.chunks(100_001) {
        writing.write(piece).await.unwrap();
    }
    writing.finish().await.unwrap();
}

async fn read(files: &Files, range: Range<u64>) -> Vec<u8> {
    let pieces: Vec<_> = files.read(ID, range).await.unwrap().try_collect().await.unwrap();
    pieces.concat()
}

/// Everything on the disk below a folder, also what is no object.
fn on_disk(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { on_disk(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn what_was_written_is_read_whole_and_in_parts() {
    let (_data, all) = both();
    let content = bytes(3 * PIECE_BYTES + 12_345);
    for files in all {
        written(&files, &content).await;
        let end = content.len() as u64;
        for (from, to) in
            [(0, end), (0, 1), (end - 1, end), (5, 5), (PIECE_BYTES as u64 - 1, 2 * PIECE_BYTES as u64 + 1)]
        {
            let expected = &content[usize::try_from(from).unwrap()..usize::try_from(to).unwrap()];
            assert!(read(&files, from..to).await == expected, "{from}..{to}");
        }
        assert_eq!(files.count().await.unwrap(), 1);
        files.discard(ID, None).await.unwrap();
        files.discard(ID, None).await.unwrap();
        assert_eq!(files.count().await.unwrap(), 0);
        assert!(matches!(files.read(ID, 0..1).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn nobody_sees_what_is_not_finished_and_given_up_it_leaves_nothing() {
    let (data, all) = both();
    for files in all {
        let mut writing = files.begin(ID).await.unwrap();
        writing.write(&bytes(2 * PIECE_BYTES + 1)).await.unwrap();
        assert!(matches!(files.read(ID, 0..1).await, Err(Error::NotFound)));
        let token = writing.token().map(str::to_owned);
        files.discard(ID, token.as_deref()).await.unwrap();
        assert!(on_disk(data.path()).is_empty());
        assert!(
            token.is_none() || writing.write(&bytes(PIECE_BYTES)).await.is_err(),
            "parts that were given up are gone"
        );
    }
}

#[tokio::test]
async fn a_start_forgets_what_was_begun_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let files = Files::folder(&data.path().join(FOLDER)).unwrap();
    assert_eq!(files.forget_begun().unwrap(), 0);
    files.put(ID, bytes(10)).await.unwrap();
    let mut writing = files.begin(UploadId(8)).await.unwrap();
    writing.write(&bytes(PIECE_BYTES)).await.unwrap();
    // As a process that is killed leaves it.
    std::mem::forget(writing);
    assert_eq!(on_disk(data.path()).len(), 2);
    assert_eq!(files.forget_begun().unwrap(), 1);
    assert_eq!((on_disk(data.path()).len(), read(&files, 0..10).await), (1, bytes(10)));
}

#[tokio::test]
async fn a_folder_is_its_owner_s_alone_and_made_when_it_is_needed() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join(FOLDER);
    let files = Files::folder(&folder).unwrap();
    assert!(!folder.exists());
    files.put(ID, bytes(10)).await.unwrap();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
}

/// As a folder's store wraps what the system says.
#[derive(Debug, thiserror::Error)]
#[error("unable to write")]
struct Unwritten(#[source] io::Error);

#[test]
fn a_full_disk_is_told_from_one_that_fails() {
    let wrapped =
        |kind| object_store::Error::Generic { store: "test", source: Box::new(Unwritten(io::Error::from(kind))) };
    assert_eq!(failed(wrapped(io::ErrorKind::StorageFull)), StoreError::Full.into());
    assert_eq!(failed(wrapped(io::ErrorKind::QuotaExceeded)), StoreError::Full.into());
    assert_eq!(failed(wrapped(io::ErrorKind::PermissionDenied)), StoreError::Unavailable.into());
}

#[test]
fn addresses_are_folders_or_buckets() {
    assert_eq!(Address::parse("fair/files").unwrap(), Address::Folder("fair/files".into()));
    let Address::Bucket(bucket) =
        Address::parse("s3://fair-files?endpoint=http://127.0.0.1:9000/&region=cn-1").unwrap()
    else {
        panic!("a bucket")
    };
    assert_eq!(bucket.name, "fair-files");
    assert_eq!((bucket.endpoint.as_deref(), bucket.region.as_deref()), (Some("http://127.0.0.1:9000"), Some("cn-1")));
    for wrong in
        ["s3://", "s3://ab", "s3://UPPER", "ftp://fair", "s3://fair?key=1", "s3://fair?endpoint=host", "s3://fair?x"]
    {
        assert!(Address::parse(wrong).is_err(), "{wrong}");
    }
    let secret = Secret::parse(" id:se:cret\n").unwrap();
    assert_eq!((secret.key_id.expose_secret(), secret.key.expose_secret()), ("id", "se:cret"));
    assert!(!format!("{secret:?}").contains("cret\""));
    assert!(["", "id", "id:", ":key"].iter().all(|text| Secret::parse(text).is_none()));
    assert!(Files::at(&Address::Bucket(bucket), None).is_err(), "a bucket without keys");
}
