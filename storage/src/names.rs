//! Column names as statements spell them, in SQL and CQL alike. Makes no statement.

use crate::table::{ColumnSpec, Spec};

/// The names of columns.
pub(crate) fn names(columns: &[ColumnSpec]) -> Vec<&'static str> {
    columns.iter().map(|column| column.name).collect()
}

/// The primary key's columns, the partition's first.
pub(crate) fn key_columns(spec: &Spec) -> Vec<&'static str> {
    [names(spec.partition), names(spec.clustering)].concat()
}

/// Quoted names between commas.
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

/// `"a" = ? AND "b" = ?`.
pub(crate) fn matches(names: &[&str]) -> String {
    let terms: Vec<String> = names.iter().map(|name| format!("\"{name}\" = ?")).collect();
    terms.join(" AND ")
}

/// So many placeholders between commas.
pub(crate) fn marks(count: usize) -> String {
    vec!["?"; count].join(", ")
}
