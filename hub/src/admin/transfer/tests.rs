use super::*;

#[test]
fn progress_says_what_is_done_how_much_of_it_and_how_fast() {
    let tables = opening::tables();
    let table = tables[1].name;
    let of = tables.len();
    let half = Progress { step: Step::Importing, table, rows: 3_000, percent: Some(42) };
    assert_eq!(words(half, 1_500, &tables), format!("importing: 42 %, 3000 rows, 1500 rows/s, {table} (2 of {of})"));
    let unknown = Progress { step: Step::Exporting, percent: None, ..half };
    assert_eq!(words(unknown, 1_500, &tables), format!("exporting: 3000 rows, 1500 rows/s, {table} (2 of {of})"));
}

#[test]
fn the_rate_is_of_this_run_and_never_of_no_time() {
    assert_eq!((rate(3_000, 2_000), rate(3_000, 0), rate(0, -5)), (1_500, 3_000_000, 0));
}
