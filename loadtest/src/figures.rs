//! README's table of figures, rendered from the reports that `loadtest/measure` keeps in `loadtest/results`.
//!
//! Owns which report belongs to which row, and when a row may stay as it is. It measures nothing.

pub mod rows;
pub mod template;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::rows::{ROWS, Row};
use crate::report::Outcome;

const HEAD: &str = "| what | figure | command |";
const RESULTS: &str = "loadtest/results";
/// A row without a report of the newest tree says so, and of when it is.
const KEPT: &str = " (kept from ";

/// What is rendered.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct FiguresArgs {
    /// Writes the rows into README instead of comparing them
    #[arg(long)]
    pub write: bool,
    /// Only prints each row's name, what it needs (`own`: nothing, `cql`: a server) and its command, tabs between
    #[arg(long)]
    pub list: bool,
    /// The folder of README.md
    #[arg(long, default_value = ".")]
    pub root: PathBuf,
}

/// A report that was kept.
#[derive(Debug, Clone, Deserialize)]
pub struct Kept {
    /// When it was measured. **Shape**: `2026-01-31T12:00Z`.
    pub date: String,
    /// The tree that was measured.
    pub commit: String,
    /// With what command.
    pub command: String,
    /// What the command wrote with `--json`.
    pub outcome: Value,
}

/// Reports by the name of their row.
pub type Reports = BTreeMap<String, Kept>;

/// The rows, one a line: name, what it needs, command, tabs between.
#[must_use]
pub fn list() -> String {
    let line = |row: &Row| {
        let needs = if row.needs_cql() { "cql" } else { "own" };
        format!("{}\t{needs}\t{}\n", row.name, row.command)
    };
    ROWS.iter().map(line).collect()
}

/// Compares README with the reports, or writes it.
///
/// # Errors
/// When a file cannot be read or written, or a report lacks what its row shows.
pub fn run(args: &FiguresArgs) -> anyhow::Result<Outcome> {
    let path = args.root.join("README.md");
    let readme = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let reports = read(&args.root)?;
    let rendered = render(&readme, &reports)?;
    if args.write {
        std::fs::write(&path, &rendered.readme)?;
    }
    let mut findings = rendered.findings;
    if !args.write {
        findings.extend(differences(&readme, &rendered.readme));
    }
    Ok(Outcome { scenario: "figures", findings, figures: json!({ "rows": ROWS.len(), "reports": reports.len() }) })
}

/// The reports that are kept under this root.
///
/// # Errors
/// When one of them cannot be read.
pub fn read(root: &Path) -> anyhow::Result<Reports> {
    let folder = root.join(RESULTS);
    let mut reports = Reports::new();
    for file in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path)?;
        reports.insert(name, serde_json::from_str(&text).with_context(|| path.display().to_string())?);
    }
    Ok(reports)
}

/// README as the reports have it, and what is wrong beside the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The whole text.
    pub readme: String,
    /// Rows without a report that do not say so, reports without a row.
    pub findings: Vec<String>,
}

/// Puts the reports' numbers into README's table. A row without a report stays as it is, and must say since when; one
/// that has neither is left out.
///
/// # Errors
/// When README has no such table, or a report lacks what its row shows.
pub fn render(readme: &str, reports: &Reports) -> anyhow::Result<Rendered> {
    let (before, table) = readme.split_once(HEAD).context("README has no table of figures")?;
    let length = table.lines().skip(1).take_while(|line| line.starts_with('|')).map(|line| line.len() + 1);
    let (table, after) = table.split_at(1 + length.sum::<usize>().min(table.len() - 1));
    let newest = reports.values().max_by(|one, other| one.date.cmp(&other.date));
    let (mut lines, mut findings) = (String::new(), Vec::new());
    for row in ROWS {
        let ending = format!("| `{}` |", row.command);
        let old = table.lines().find(|line| line.ends_with(&ending));
        match (reports.get(row.name), old) {
            (Some(report), _) => {
                if report.command != row.command {
                    findings.push(format!("the report {} was measured with: {}", row.name, report.command));
                }
                let is_kept = newest.is_some_and(|newest| newest.commit != report.commit);
                lines += &(cells(row, report, is_kept).with_context(|| format!("the row {}", row.name))? + "\n");
            }
            (None, Some(old)) => {
                if !old.contains(KEPT) {
                    findings.push(format!(
                        "the row {} has no report and does not say `{}DATE)`",
                        row.name,
                        KEPT.trim()
                    ));
                }
                lines += &format!("{old}\n");
            }
            (None, None) => {}
        }
    }
    let unknown = reports.keys().filter(|name| ROWS.iter().all(|row| row.name != name.as_str()));
    findings.extend(unknown.map(|name| format!("the report {name} belongs to no row")));
    Ok(Rendered { readme: format!("{before}{HEAD}\n|---|---|---|\n{lines}{after}"), findings })
}

/// One line of the table; a report's findings are never left out of it.
fn cells(row: &Row, report: &Kept, is_kept: bool) -> anyhow::Result<String> {
    let what = template::fill(row.what, &report.outcome)?;
    let mut figure = template::fill(row.figure, &report.outcome)?;
    let findings = report.outcome.get("findings").and_then(Value::as_array).context("a report without findings")?;
    if let Some(first) = findings.first().and_then(Value::as_str) {
        figure += &format!("; **{} findings**, the first: {}", findings.len(), first.replace('|', "/"));
    }
    if is_kept {
        let day = report.date.split('T').next().unwrap_or_default();
        figure += &format!("{KEPT}{day}, {})", report.commit);
    }
    Ok(format!("| {what} | {figure} | `{}` |", row.command))
}

fn differences(readme: &str, rendered: &str) -> Vec<String> {
    let lacking = rendered.lines().filter(|line| !readme.lines().any(|old| old == *line));
    let mut findings: Vec<_> = lacking.map(|line| format!("README is to have the row: {line}")).collect();
    let wrong = readme.lines().filter(|line| !rendered.lines().any(|new| new == *line));
    findings.extend(wrong.map(|line| format!("README has a row that no report says: {line}")));
    if findings.is_empty() && readme != rendered {
        findings.push("README has the rows in another order".to_owned());
    }
    findings
}

#[cfg(test)]
mod tests;
