//! README's figures are those of the kept reports; `loadtest/measure` makes both.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::path::{Path, PathBuf};

use loadtest::figures::{FiguresArgs, run};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

#[test]
fn readme_says_what_the_reports_say() {
    let outcome = run(&FiguresArgs { write: false, list: false, root: root() }).unwrap();
    assert_eq!(outcome.findings, [""; 0], "`loadtest figures --write` writes the rows anew");
}
