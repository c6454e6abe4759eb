use super::*;

#[tokio::test]
async fn who_may_work_beside_whom() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hub = FolderLock::hub(folder, false).await.unwrap();
    for shared in [false, true] {
        assert!(matches!(FolderLock::hub(folder, shared).await, Err(FolderError::Taken(_))));
    }
    assert!(matches!(FolderLock::alone(folder), Err(FolderError::Hub(_))));
    let commands = [FolderLock::beside(folder).unwrap(), FolderLock::beside(folder).unwrap()];
    drop(hub);
    assert!(matches!(FolderLock::alone(folder), Err(FolderError::Command(_))));
    drop(commands);

    let alone = FolderLock::alone(folder).unwrap();
    for shared in [false, true] {
        assert!(matches!(FolderLock::hub(folder, shared).await, Err(FolderError::Alone(_))));
    }
    assert!(matches!(FolderLock::beside(folder), Err(FolderError::Alone(_))));
    assert!(matches!(FolderLock::alone(folder), Err(FolderError::Command(_))));
    drop(alone);

    let _sharing = [FolderLock::hub(folder, true).await.unwrap(), FolderLock::hub(folder, true).await.unwrap()];
    assert!(FolderLock::has_hub(folder).unwrap());
    assert!(matches!(FolderLock::hub(folder, false).await, Err(FolderError::Taken(_))));
    assert!(matches!(FolderLock::alone(folder), Err(FolderError::Hub(_))));
}

#[tokio::test]
async fn who_only_looks_for_a_hub_keeps_none_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path()).unwrap();
    let looking = open(folder.path(), HUB).unwrap();
    looking.lock().unwrap();
    let starting = FolderLock::hub(folder.path(), false);
    let looked = async {
        tokio::task::yield_now().await;
        drop(looking);
    };
    let (hub, ()) = tokio::join!(starting, looked);
    hub.unwrap();
    assert!(!FolderLock::has_hub(folder.path()).unwrap());
}
