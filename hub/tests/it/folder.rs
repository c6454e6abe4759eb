//! The data folder as an operator meets it: one hub in it, nobody beside who needs it alone, and nothing in it that
//! others could read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::harness::http;
use crate::process::Site;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The files in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

/// A site whose data folder is not there yet.
fn fresh() -> (Site, tempfile::TempDir, PathBuf) {
    let above = tempfile::tempdir().unwrap();
    let data = above.path().join("some/data");
    (Site::with(&[format!("--data={}", data.display())]), above, data)
}

#[tokio::test]
async fn a_second_hub_on_one_folder_is_refused_by_name_until_the_first_is_killed() {
    let site = Site::new();
    let first = site.serve();
    let said = site.refused(&["--listen=127.0.0.1:0"], &[]);
    assert!(said.contains("another hub runs on this data folder"), "{said}");
    assert!(said.contains(site.data().to_str().unwrap()), "{said}");
    assert_eq!(http::ask(first.address, "GET /readyz", None, "", None).await.status, 200, "it is not disturbed");
    first.kill();
    site.serve();
}

#[tokio::test]
async fn restored_beside_a_hub_is_refused_and_account_commands_are_not() {
    let site = Site::new();
    let serving = site.serve();
    let said = site.refused(&["admin", "restored"], &[]);
    assert!(said.contains("a hub runs on this data folder: stop it first"), "{said}");
    site.admin(&["create-enterprise", "acme", "Acme Ltd"], "");
    serving.kill();
    assert_eq!(site.admin(&["restored"], "")[0]["conversations"], 0);
}

#[tokio::test]
async fn nothing_a_hub_leaves_can_be_read_by_others() {
    let (site, above, data) = fresh();
    let export = above.path().join("fair.jsonl");
    let serving = site.serve();
    let there = names(&data);
    for name in ["fairhub.sqlite", "fairhub.sqlite-shm", "fairhub.sqlite-wal", "hub.lock"] {
        assert!(there.iter().any(|file| file == name), "{name} is not in {there:?}");
    }
    fs::write(&export, "").unwrap();
    set_mode(&export, 0o644);
    site.admin(&["export", "--restart", export.to_str().unwrap()], "");
    let closed = || {
        assert_eq!(mode(&data), 0o700);
        for file in files(&data).iter().chain([&export]) {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
    };
    closed();
    // As an older hub left them.
    serving.kill();
    fs::remove_file(data.join("command.lock")).unwrap();
    set_mode(&data, 0o755);
    files(&data).iter().for_each(|file| set_mode(file, 0o644));
    let _serving = site.serve();
    closed();
}

#[tokio::test]
async fn a_folder_with_other_things_stays_open_and_is_named_but_what_is_the_hub_s_is_closed() {
    let site = Site::new();
    let other = site.data().join("other.txt");
    fs::write(&other, "").unwrap();
    set_mode(&other, 0o644);
    set_mode(site.data(), 0o755);
    let serving = site.serve();
    assert_eq!((mode(site.data()), mode(&other)), (0o755, 0o644));
    for file in files(site.data()).into_iter().filter(|file| *file != other) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert!(serving.said("is open to others (mode 755)"));
}

#[tokio::test]
async fn a_folder_for_everybody_stays_so() {
    let site = Site::new();
    set_mode(site.data(), 0o1777);
    let _serving = site.serve();
    assert_eq!(mode(site.data()), 0o1777);
}
