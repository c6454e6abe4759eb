//! A backend that lost, made up or cut off something is accused.

use super::*;

fn args() -> BackendsArgs {
    let load = LoadArgs { messages: 1_005, conversations: 10, seconds: 1, in_flight: vec![1], body: 10 };
    BackendsArgs { store: String::new(), load, full_body: 10 }
}

fn figures() -> Figures {
    let full_rows = BUCKET_ENTRIES.unsigned_abs() - 1;
    Figures {
        backend: "planted",
        fill_per_s: 1.0,
        filled: 1_000,
        stored: 1_200,
        phases: vec![Phase { in_flight: 1, appends_per_s: 200.0, append_ms: Percentiles::default() }],
        last_50_read_ms: Percentiles::default(),
        short_pages: 0,
        partitions: Partitions {
            seen: 10,
            rows: 1_200,
            rows_mean: 120,
            rows_max: 120,
            bytes_mean: 1,
            bytes_max: 1,
            full_rows,
            full_bytes: 1,
        },
    }
}

#[test]
fn a_store_that_kept_everything_is_not_accused() {
    assert_eq!(findings(&args(), &figures()), [""; 0]);
}

#[test]
fn each_way_of_lacking_something_is_found() {
    let spoil: [fn(&mut Figures); 6] = [
        |figures| figures.filled = 999,
        |figures| figures.partitions.rows = 1_199,
        |figures| figures.partitions.full_rows -= 1,
        |figures| figures.short_pages = 1,
        |figures| figures.phases[0].appends_per_s = 0.0,
        |figures| (figures.stored, figures.partitions.rows) = (0, 0),
    ];
    for (at, spoil) in spoil.iter().enumerate() {
        let mut figures = figures();
        spoil(&mut figures);
        assert_eq!(findings(&args(), &figures).len(), 1, "{at}");
    }
}

#[tokio::test]
async fn the_last_page_ends_at_the_head_and_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).unwrap();
    let heads = Heads::load(&store, 2).await.unwrap();
    fill(&store, &heads, 140, 10).await.unwrap();
    let page: Vec<_> = (21..=70).rev().map(storage::ids::Seq).collect();
    assert!(heads.is_last_page(1, &page, 50));
    assert!(!heads.is_last_page(1, &page[1..], 50) && !heads.is_last_page(1, &page[..49], 50));
    let (_, short) = last_reads(&store, &heads, 2).await.unwrap();
    assert_eq!(short, 0);
    // Acknowledged, says the load, and the store does not have it.
    let more = Heads::load(&store, 2).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fill(&sqlite(elsewhere.path()).unwrap(), &more, 142, 10).await.unwrap();
    let (_, short) = last_reads(&store, &more, 2).await.unwrap();
    assert!(short > 1_000, "{short}");
}
