use std::sync::atomic::Ordering;

use super::*;
use crate::sqlite::SqliteOptions;
use crate::sqlite::connection::{Role, make_private, open};

#[test]
fn a_helper_that_panicked_moves_the_log_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fairhub.db");
    make_private(&path).unwrap();
    let open = |role| open(&path, role, &SqliteOptions::default()).unwrap();
    let writer = open(Role::Writer);
    writer.execute_batch("CREATE TABLE things (id INTEGER)").unwrap();
    let (checkpointer, thread) = Checkpointer::start(open(Role::Checkpoint)).unwrap();
    checkpointer.planted.store(true, Ordering::Relaxed);
    while measure(&writer).unwrap().moved == 0 {
        assert!(!thread.is_finished(), "it goes on");
        checkpointer.ask();
        thread::yield_now();
    }
    assert!(!checkpointer.planted.load(Ordering::Relaxed), "it had panicked");
    drop(checkpointer);
    thread.join().unwrap();
}
