use super::*;

#[test]
fn a_demo_secret_is_made_once_and_strong() {
    let folder = tempfile::tempdir().unwrap();
    let first = load_or_create(folder.path()).unwrap();
    let again = load_or_create(folder.path()).unwrap();
    assert_eq!(first.expose_secret(), again.expose_secret());
    assert_eq!(first.expose_secret().len(), 64);
    assert!(crate::Keys::derive(&first).is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no draft stays");
    let other = tempfile::tempdir().unwrap();
    assert_ne!(first.expose_secret(), load_or_create(other.path()).unwrap().expose_secret());
}

#[test]
fn the_sample_is_recognised_and_long_enough_to_run_a_demo() {
    assert!(is_sample(&SecretString::from(format!("{SAMPLE_SECRET}\n"))));
    assert!(!is_sample(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")));
    assert!(crate::Keys::derive(&SecretString::from(SAMPLE_SECRET)).is_ok());
}

#[test]
fn a_demo_secret_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let first = load_or_create(folder.path()).unwrap();
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(load_or_create(folder.path()).unwrap().expose_secret(), first.expose_secret());
    assert_eq!(mode(), 0o600, "whatever a copy made of it");
}
