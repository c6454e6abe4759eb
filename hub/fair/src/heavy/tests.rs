use super::*;

fn nice() -> i32 {
    rustix::process::getpriority_process(None).unwrap_or(i32::MAX)
}

#[tokio::test]
async fn heavy_work_gives_way_and_leaves_no_thread_of_the_runtime_behind_that_does() {
    let before = nice();
    for gives_way in [true, false, true, false] {
        let expected = before + if gives_way { NICE } else { 0 };
        assert_eq!(run_beside(gives_way, nice).await.unwrap(), expected);
    }
    assert_eq!(tokio::task::spawn_blocking(nice).await.unwrap(), before, "files are read there");
}

#[tokio::test]
async fn a_panic_of_heavy_work_is_told() {
    for gives_way in [true, false] {
        let panicked = run_beside(gives_way, || -> () { panic!("heavy") }).await;
        assert!(panicked.unwrap_err().is_panic());
    }
}
