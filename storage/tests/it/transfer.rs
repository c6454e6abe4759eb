//! The file of an export: cut off, spoilt, mistaken, taken up again. What moves through it is the conformance suite's.

use std::fs;
use std::path::Path;

use storage::ids::Millis;
use storage::transfer::{Contents, End, Progress, Step, TransferError, check, export, import, seal, verify};
use storage::{Ack, Clock, Faults, Faulty, Op, Read, Spec, Store, Table as _};

use crate::conformance::transfer::{Move, fill};
use crate::rig::SPECS;
use crate::tables::{Marks, Passing, WordRow, Words, WordsKey, WordsPart};

fn clock() -> Clock {
    Clock::manual(Millis(1_000_000))
}

/// A few tables, for files that are tried at every byte.
const FEW: &[&Spec] = &[Words::SPEC, Marks::SPEC, Passing::SPEC];

async fn few_exported(moved: &Move, name: &str) -> Vec<u8> {
    let end = End { tables: FEW, ..moved.end(&moved.source) };
    export(&end, &moved.file(name), false, &mut |_| {}).await.unwrap();
    fs::read(moved.file(name)).unwrap()
}

/// A small fair, and its whole export.
async fn exported(moved: &Move, rows: usize) -> Vec<u8> {
    fill(&moved.source, rows).await.unwrap();
    moved.export(&moved.source, "whole").await.unwrap();
    fs::read(moved.file("whole")).unwrap()
}

fn checked(bytes: &[u8]) -> Result<Contents, TransferError> {
    check(bytes, SPECS)
}

async fn is_empty(store: &Store) -> bool {
    store.partitions::<Words>(None, 1).await.unwrap().is_empty()
}

async fn put_word(store: &Store, word: &str) {
    let put = Op::Put { c: WordsKey { word: word.into() }, row: WordRow { uses: None }, at: None };
    store.write::<Words>(WordsPart { book: 77 }, vec![put], Ack::Durable).await.unwrap();
}

#[tokio::test]
async fn an_export_cut_off_at_any_byte_goes_on_to_the_very_same_file() {
    let moved = Move::new(&clock());
    fill(&moved.source, 2).await.unwrap();
    let whole = few_exported(&moved, "whole").await;
    for length in 0..whole.len() {
        fs::write(moved.file("cut"), &whole[..length]).unwrap();
        assert!(few_exported(&moved, "cut").await == whole, "cut at {length}");
    }
}

#[tokio::test]
async fn a_cut_export_keeps_what_it_had_and_says_so() {
    let moved = Move::new(&clock());
    let whole = exported(&moved, 40).await;
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let half = lines[..lines.len() / 2].concat();
    fs::write(moved.file("cut"), &half).unwrap();
    put_word(&moved.source, "a word that came later").await;
    let went_on = moved.export(&moved.source, "cut").await.unwrap();
    assert!(went_on.resumed > 10 && went_on.resumed < went_on.total.rows, "{went_on:?}");
    let bytes = fs::read(moved.file("cut")).unwrap();
    assert!(bytes.starts_with(&half), "nothing of it was written anew");
    assert_eq!(checked(&bytes).unwrap().total, went_on.total);
}

#[tokio::test]
async fn every_changed_byte_is_found_and_nothing_of_the_file_imported() {
    let moved = Move::new(&clock());
    fill(&moved.source, 1).await.unwrap();
    let whole = few_exported(&moved, "whole").await;
    let store = Store::model(clock());
    checked(&whole).unwrap();
    for at in 0..whole.len() {
        for changed in [whole[at] ^ 1, whole[at] ^ 0x20, b'\n', b' '] {
            let mut spoilt = whole.clone();
            spoilt[at] = changed;
            if changed == whole[at] {
                continue;
            }
            let found = checked(&spoilt);
            assert!(found.is_err(), "byte {at} as {changed}: {found:?}");
        }
        let mut spoilt = whole.clone();
        spoilt[at] ^= 4;
        fs::write(moved.file("spoilt"), &spoilt).unwrap();
        assert!(moved.import(&store, "spoilt").await.is_err(), "byte {at}");
    }
    assert!(is_empty(&store).await);
}

#[tokio::test]
async fn lost_doubled_and_moved_lines_are_found() {
    let moved = Move::new(&clock());
    let whole = exported(&moved, 3).await;
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for at in 0..lines.len() {
        let (mut lost, mut doubled, mut swapped) = (lines.clone(), lines.clone(), lines.clone());
        lost.remove(at);
        doubled.insert(at, lines[at]);
        swapped.swap(at, (at + 1) % lines.len());
        for spoilt in [lost, doubled, swapped] {
            assert!(checked(&spoilt.concat()).is_err(), "line {}", at + 1);
        }
        let cut = checked(&lines[..at].concat());
        assert!(matches!(cut, Err(TransferError::Torn(line)) if line == at as u64 + 1), "{cut:?}");
    }
    let behind = [whole.as_slice(), b"\n"].concat();
    assert!(checked(&behind).is_err());
}

const HEADER: &str = r#"{"fairhub_export":{"version":1,"made":1,"store":"s","key":"key","tables":[{"name":"words","version":1},{"name":"marks","version":1}]}}"#;
const WORD: &str = r#"{"row":{"table":"words","key":[1,"a"],"cells":[2]}}"#;

/// What the lines behind the header are refused for, and at which.
fn refusal(lines: &[&str]) -> (u64, String) {
    let file = seal([HEADER].iter().chain(lines).copied());
    match checked(file.as_bytes()) {
        Err(TransferError::Line { line, problem }) => (line, problem),
        other => panic!("{lines:?}: {other:?}"),
    }
}

#[test]
fn lines_that_say_something_wrong_are_refused_by_number_and_reason() {
    let cases: &[(&[&str], u64, &str)] = &[
        (&[r#"{"row":{"table":"prices","key":[],"cells":[]}}"#], 2, "unknown table prices"),
        (&[WORD, r#"{"row":{"table":"words","key":[1],"cells":[2]}}"#], 3, "no cell for word"),
        (&[r#"{"row":{"table":"words","key":[1,"a",2],"cells":[2]}}"#], 2, "too many cells"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":[2,3]}}"#], 2, "too many cells"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":["2"]}}"#], 2, "another kind for uses"),
        (&[r#"{"row":{"table":"words","key":[1,2],"cells":[2]}}"#], 2, "another kind for word"),
        (&[r#"{"row":{"table":"words","key":[null,"a"],"cells":[2]}}"#], 2, "another kind for book"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":[2.5]}}"#], 2, "floating point"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":[9223372036854775808]}}"#], 2, "above 63 bits"),
        (&[r#"{"row":{"table":"words","key":[1,{"b64":"?"}],"cells":[2]}}"#], 2, "not base64"),
        (&[r#"{"row":{"table":"words","key":[1,{"b64":"","b":1}],"cells":[2]}}"#], 2, "not a line"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":[2],"at":1}}"#], 2, "`at` do not fit"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":[2],"expires":1}}"#], 2, "`expires` do not fit"),
        (&[r#"{"row":{"table":"words","key":[1,"a"],"cells":[2],"color":1}}"#], 2, "unknown field"),
        (&[r#"{"row":{"table":"marks","key":[1,1],"cells":[2,null],"at":1}}"#], 2, "out of turn"),
        (&[r#"{"table":{"name":"marks","rows":0,"checksum":"00"}}"#], 2, "not a checksum"),
        (&[r#"{"surprise":1}"#], 2, "not a line of an export"),
        (&["[]"], 2, "not a line of an export"),
        (&[HEADER], 2, "second header"),
        (&[&zero("table", Some("words"), 1)], 2, "has 0 rows"),
        (&[&zero("table", Some("marks"), 0)], 2, "expected that of words"),
        (&[&zero("total", None, 0)], 2, "the end before the end"),
        (&[WORD, &zero("table", Some("words"), 1)], 3, "its end says 1 rows"),
    ];
    for (lines, number, reason) in cases {
        let (line, problem) = refusal(lines);
        assert!(line == *number && problem.contains(reason), "{lines:?}: line {line}: {problem}");
    }
}

/// The end of a table or of the file, over nothing.
fn zero(what: &str, name: Option<&str>, rows: u64) -> String {
    let name = name.map(|name| format!("\"name\":\"{name}\",")).unwrap_or_default();
    format!("{{\"{what}\":{{{name}\"rows\":{rows},\"checksum\":\"{}\"}}}}", "0".repeat(64))
}

#[test]
fn headers_of_other_programs_are_refused_by_name() {
    for (from, to, reason) in [
        ("\"version\":1,\"made\"", "\"version\":2,\"made\"", "this export has version 2, this program knows 1"),
        ("\"words\",\"version\":1", "\"words\",\"version\":2", "table words has version 2, this program knows 1"),
        ("\"words\",\"version\":1", "\"words\",\"version\":0", "table words has version 0"),
        ("\"words\"", "\"prices\"", "unknown table prices"),
        ("\"words\"", "\"marks\"", "table marks twice"),
        ("fairhub_export", "other_export", "not a line of an export"),
    ] {
        let file = seal([HEADER.replace(from, to).as_str()]);
        let end = checked(file.as_bytes()).unwrap_err().to_string();
        assert!(end.starts_with("line 1: ") && end.contains(reason), "{end}");
    }
    let newer = format!("{{\"fairhub_export\":{{\"version\":9,\"all\":\"{}\"}},\"mark\":\"new\"}}\n", "new");
    assert!(
        checked(newer.as_bytes()).unwrap_err().to_string().contains("version 9"),
        "even with marks of another kind"
    );
}

#[test]
fn a_line_without_end_is_refused_before_memory_is() {
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let end = check(endless, SPECS).unwrap_err().to_string();
    assert!(end.contains("line 1: longer than"), "{end}");
}

#[tokio::test]
async fn rows_of_an_older_version_get_null_where_they_lack_a_column() {
    storage::table! {
        /// With a later column in the middle.
        pub Notes: plain, clustered, "notes", version 2;
        partition NotesPart { id: i64 }
        clustering NotesKey {}
        row NoteRow { first: i64, later: Option<String> [since 2], last: String }
        patch NotePatch
    }
    let header = HEADER
        .replace(r#"{"name":"words","version":1},{"name":"marks","version":1}"#, r#"{"name":"notes","version":1}"#);
    let row = r#"{"row":{"table":"notes","key":[1],"cells":[2,"z"]}}"#;
    let specs = &[Notes::SPEC];
    let with_end = |checksum: &str| {
        let end = format!("{{\"table\":{{\"name\":\"notes\",\"rows\":1,\"checksum\":\"{checksum}\"}}}}");
        let total = format!("{{\"total\":{{\"rows\":1,\"checksum\":\"{checksum}\"}}}}");
        seal([header.as_str(), row, &end, &total])
    };
    let said = check(with_end(&"0".repeat(64)).as_bytes(), specs).unwrap_err().to_string();
    let checksum = said.split("checksum ").nth(1).unwrap().split(',').next().unwrap();

    let (folder, store, clock) = (tempfile::tempdir().unwrap(), Store::model(clock()), clock());
    let path = folder.path().join("old");
    fs::write(&path, with_end(checksum)).unwrap();
    let end = End { store: &store, tables: specs, clock: &clock, name: "s".into(), key: "key".into() };
    import(&end, &path, false, &mut |_| {}).await.unwrap();
    let found = store.get::<Notes>(NotesPart { id: 1 }, NotesKey {}, Read::Fast).await.unwrap();
    assert_eq!(found, Some(NoteRow { first: 2, later: None, last: "z".into() }));
}

async fn fails<T: std::fmt::Debug>(attempt: impl Future<Output = Result<T, TransferError>>, reason: &str) {
    let end = attempt.await.unwrap_err().to_string();
    assert!(end.contains(reason), "{end}");
}

async fn export_anew(end: &End<'_>, path: &Path) -> Result<u64, TransferError> {
    export(end, path, true, &mut |_| {}).await.map(|exported| exported.total.rows)
}

#[tokio::test]
async fn an_export_never_overwrites_what_is_not_its_own() {
    let moved = Move::new(&clock());
    let whole = exported(&moved, 3).await;
    fails(moved.export(&moved.source, "whole"), "finished export").await;
    fs::write(moved.file("letter"), "Dear committee").unwrap();
    fails(moved.export(&moved.source, "letter"), "no export").await;
    fails(export_anew(&moved.end(&moved.source), &moved.file("letter")), "no export").await;
    assert_eq!(fs::read(moved.file("letter")).unwrap(), b"Dear committee");

    fs::write(moved.file("cut"), &whole[..whole.len() - 1]).unwrap();
    let other = End { name: "store:other".into(), ..moved.end(&moved.source) };
    fails(export(&other, &moved.file("cut"), false, &mut |_| {}), "another store").await;
    put_word(&moved.source, "one more").await;
    let rows = export_anew(&other, &moved.file("cut")).await.unwrap();
    assert_eq!(rows, checked(&whole).unwrap().total.rows + 1);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(moved.file("damaged"), &damaged[..whole.len() - 1]).unwrap();
    fails(moved.export(&moved.source, "damaged"), "damaged").await;
}

#[cfg(unix)]
#[tokio::test]
async fn an_export_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let moved = Move::new(&clock());
    exported(&moved, 1).await;
    assert_eq!(fs::metadata(moved.file("whole")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_import_refuses_a_used_store_another_secret_and_an_unfinished_file() {
    let moved = Move::new(&clock());
    let whole = exported(&moved, 3).await;
    let used = Store::model(clock());
    put_word(&used, "mine").await;
    fails(moved.import(&used, "whole"), "not empty: table words").await;
    fails(import(&moved.end(&used), &moved.file("whole"), true, &mut |_| {}), "not empty: table words").await;

    let store = Store::model(clock());
    let other = End { key: "other".into(), ..moved.end(&store) };
    fails(import(&other, &moved.file("whole"), false, &mut |_| {}), "another secret").await;
    fs::write(moved.file("cut"), &whole[..whole.len() - 9]).unwrap();
    fails(moved.import(&store, "cut"), "not finished").await;
    fs::write(moved.file("empty"), "").unwrap();
    fails(moved.import(&store, "empty"), "not finished").await;
    fails(moved.import(&store, "missing"), "opening").await;
    assert!(is_empty(&store).await);
}

/// A crash of the store at each write; the next import goes on and leaves nothing out.
#[tokio::test(start_paused = true)]
async fn an_import_that_failed_anywhere_goes_on() {
    let moved = Move::new(&clock());
    exported(&moved, 300).await;
    let mut went_on_late = 0;
    for write in (1..1_200).step_by(109) {
        let truth = Store::model(clock());
        let faulty = Faulty::new(truth.clone(), write, Faults { delay_ms_max: 2, ..Faults::default() });
        let store = Store::Faulty(faulty.clone());
        faulty.crash_at_write(write);
        let first = moved.import(&store, "whole").await;
        let has_failed = faulty.crashed();
        assert_eq!(first.is_err(), has_failed, "{first:?}");
        faulty.revive();
        let second = moved.import(&store, "whole").await.unwrap();
        went_on_late += u64::from(has_failed && second.resumed > 0);
        assert_eq!(second.rows, checked(&fs::read(moved.file("whole")).unwrap()).unwrap().total.rows);
        fs::remove_file(moved.file("whole.import")).unwrap();
    }
    assert!(went_on_late > 1, "some crashes came behind the first page");
}

#[tokio::test(start_paused = true)]
async fn faults_that_pass_are_waited_out() {
    let moved = Move::new(&clock());
    exported(&moved, 100).await;
    let faults = Faults { delay_ms_max: 5, unavailable: 0.2, unknown_done: 0.1, unknown_lost: 0.1 };
    let store = Store::Faulty(Faulty::new(Store::model(clock()), 3, faults));
    moved.import(&store, "whole").await.unwrap();
    let back = moved.export(&store, "back").await.unwrap();
    assert_eq!(back.tables, checked(&fs::read(moved.file("whole")).unwrap()).unwrap().tables);
}

#[tokio::test]
async fn an_import_remembers_which_file_and_store_it_was() {
    let moved = Move::new(&clock());
    exported(&moved, 3).await;
    let store = Store::model(clock());
    let first = moved.import(&store, "whole").await.unwrap();
    let again = moved.import(&store, "whole").await.unwrap();
    assert_eq!((again.rows, again.resumed), (first.rows, first.rows), "nothing was left to do");

    let fresh = Store::model(clock());
    fails(moved.import(&fresh, "whole"), "the store is empty now").await;
    let other = End { name: "store:other".into(), ..moved.end(&fresh) };
    fails(import(&other, &moved.file("whole"), false, &mut |_| {}), "another file or store").await;
    let anew = import(&other, &moved.file("whole"), true, &mut |_| {}).await.unwrap();
    assert_eq!((anew.rows, anew.resumed), (first.rows, 0));
    fs::write(moved.file("whole.import"), "{}").unwrap();
    fails(moved.import(&fresh, "whole"), "no state of an import").await;
}

#[tokio::test]
async fn verifying_names_the_tables_that_differ() {
    let moved = Move::new(&clock());
    exported(&moved, 5).await;
    let verified = verify(&moved.end(&moved.source), &moved.file("whole"), &mut |_| {}).await.unwrap();
    assert!(verified.total.rows > 20 && verified.left_out == 10, "{verified:?}");
    put_word(&moved.source, "one more").await;
    let differs = verify(&moved.end(&moved.source), &moved.file("whole"), &mut |_| {}).await.unwrap_err().to_string();
    assert!(differs.contains("table words: the file has") && !differs.contains("marks"), "{differs}");
}

#[tokio::test]
async fn progress_is_in_percent_wherever_the_end_is_known() {
    let moved = Move::new(&clock());
    let whole = exported(&moved, 40).await;
    let (mut said, to) = (Vec::<Progress>::new(), Store::model(clock()));
    import(&moved.end(&to), &moved.file("whole"), false, &mut |progress| said.push(progress)).await.unwrap();
    for step in [Step::Checking, Step::Importing, Step::Verifying] {
        let percents: Vec<_> = said.iter().filter(|said| said.step == step).map(|said| said.percent.unwrap()).collect();
        assert!(percents.iter().all(|percent| *percent <= 100), "{step:?}: {percents:?}");
        assert!(*percents.last().unwrap() > 95, "{step:?}: {percents:?}");
    }
    let checked: Vec<_> = said.iter().filter(|said| said.step == Step::Checking).take(2).collect();
    assert!(checked[0].percent < Some(10) && checked[0].rows == 1, "{checked:?}");
    assert!(whole.len() > 1_000);

    let mut said = Vec::new();
    export(&moved.end(&to), &moved.file("again"), false, &mut |progress: Progress| said.push(progress)).await.unwrap();
    assert!(said.iter().all(|said| said.percent.is_none()), "nobody counts a store's rows before they are read");
}
