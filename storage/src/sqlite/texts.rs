//! The SQL of a table, made from its [`Spec`] once. Never runs it.
//!
//! Parameters are positional: partition cells, clustering cells, then what each text says. Two hidden columns exist
//! where they are needed: `_at` in tables without conditions (of two writes the later wins; 0 in plain ones) and `_expires` in tables with a TTL.

use std::collections::HashMap;
use std::ops::Bound;

use crate::names::{key_columns, list, marks, matches, names};
use crate::request::Cells;
use crate::table::{ColumnSpec, Kind, Layout, Spec, Value, Writes};

/// All tables of a database.
pub(super) struct Tables {
    by_name: HashMap<&'static str, Texts>,
}

impl Tables {
    pub(super) fn new(specs: &[&'static Spec]) -> Self {
        Self { by_name: specs.iter().map(|spec| (spec.name, Texts::new(spec))).collect() }
    }

    pub(super) fn texts(&self, spec: &Spec) -> Option<&Texts> {
        self.by_name.get(spec.name)
    }

    pub(super) fn expiring(&self) -> impl Iterator<Item = &Texts> {
        self.by_name.values().filter(|texts| texts.spec.ttl.is_some())
    }
}

/// The statements of one table. `[now]` and the like stand for the parameters behind the key.
pub(super) struct Texts {
    pub(super) spec: &'static Spec,
    /// Clustering and column cells of the row at a key `[now if it expires]`.
    pub(super) one: String,
    /// Writes a row `[cells, at if plain, expires if it expires, now if both]`.
    pub(super) put: String,
    /// The same, leaving a row that stands there alone; for tables that do not expire.
    pub(super) insert: String,
    /// Removes the row at a key.
    pub(super) delete: String,
    /// The first partition `[now if it expires]`.
    pub(super) partition_first: String,
    /// The first partition behind one `[now if it expires]`.
    pub(super) partition_after: String,
}

impl Texts {
    fn new(spec: &'static Spec) -> Self {
        let table = spec.name;
        let partition = list(&names(spec.partition));
        let cells = [names(spec.clustering), names(spec.columns)].concat();
        let at_key = matches(&key_columns(spec));
        let live = if spec.ttl.is_some() { " AND \"_expires\" > ?" } else { "" };
        let behind = format!("({partition}) > ({})", marks(spec.partition.len()));
        let partition_at = |condition: &str| {
            format!("SELECT {partition} FROM \"{table}\" WHERE {condition}{live} ORDER BY {partition} LIMIT 1")
        };
        Self {
            spec,
            one: format!("SELECT {} FROM \"{table}\" WHERE {at_key}{live}", list(&cells)),
            put: put(spec),
            insert: format!("{} ON CONFLICT DO NOTHING", insert(spec)),
            delete: format!("DELETE FROM \"{table}\" WHERE {at_key}"),
            partition_first: partition_at("1"),
            partition_after: partition_at(&behind),
        }
    }

    /// Sets some columns of a row: their cells come before the key, its expiry behind them if it is renewed
    /// `[now if it expires]`.
    pub(super) fn patch(&self, set: &[(usize, Value)], renew: bool) -> String {
        let column = |(at, _): &(usize, Value)| self.spec.columns.get(*at).map(|column| column.name);
        let renewed = renew.then_some("_expires");
        let set = set.iter().filter_map(column).chain(renewed);
        let set: Vec<String> = set.map(|name| format!("\"{name}\" = ?")).collect();
        let live = if self.spec.ttl.is_some() { " AND \"_expires\" > ?" } else { "" };
        let at_key = matches(&key_columns(self.spec));
        format!("UPDATE \"{}\" SET {} WHERE {at_key}{live}", self.spec.name, set.join(", "))
    }

    /// Primary keys and expiry in key order, behind a key if one is given `[limit]`.
    pub(super) fn expiry(&self, behind: bool) -> String {
        let columns = key_columns(self.spec);
        let key = list(&columns);
        let behind = if behind { format!("WHERE ({key}) > ({})", marks(columns.len())) } else { String::new() };
        format!("SELECT {key}, \"_expires\" FROM \"{}\" {behind} ORDER BY {key} LIMIT ?", self.spec.name)
    }

    /// Rows of a partition with what is hidden, behind a key if one is given `[now if it expires, key, limit]`.
    pub(super) fn raw(&self, behind: bool) -> String {
        let spec = self.spec;
        let at = (spec.writes == Writes::Ordered).then_some("_at");
        let expires = spec.ttl.map(|_| "_expires");
        let clustering = names(spec.clustering);
        let mut cells = [clustering.clone(), names(spec.columns)].concat();
        cells.extend(at.into_iter().chain(expires));
        let live = if expires.is_some() { " AND \"_expires\" > ?" } else { "" };
        let (key, marks) = (list(&clustering), marks(clustering.len()));
        let behind = if behind { format!(" AND ({key}) > ({marks})") } else { String::new() };
        let order = if clustering.is_empty() { String::new() } else { format!(" ORDER BY {key}") };
        let at_part = matches(&names(spec.partition));
        format!("SELECT {} FROM \"{}\" WHERE {at_part}{live}{behind}{order} LIMIT ?", list(&cells), spec.name)
    }

    /// A range inside a partition `[now if it expires, cells of the ends that are given, limit]`.
    pub(super) fn range(&self, from: &Bound<Cells>, to: &Bound<Cells>, rev: bool) -> String {
        let spec = self.spec;
        let clustering = names(spec.clustering);
        let cells = list(&[clustering.clone(), names(spec.columns)].concat());
        let mut text = format!("SELECT {cells} FROM \"{}\" WHERE {}", spec.name, matches(&names(spec.partition)));
        if spec.ttl.is_some() {
            text.push_str(" AND \"_expires\" > ?");
        }
        if clustering.is_empty() {
            return text + " LIMIT ?";
        }
        for (bound, included, excluded) in [(from, ">=", ">"), (to, "<=", "<")] {
            let comparison = match bound {
                Bound::Unbounded => continue,
                Bound::Included(_) => included,
                Bound::Excluded(_) => excluded,
            };
            let (columns, marks) = (list(&clustering), marks(clustering.len()));
            text = format!("{text} AND ({columns}) {comparison} ({marks})");
        }
        let direction = if rev { " DESC" } else { "" };
        let order: Vec<String> = clustering.iter().map(|name| format!("\"{name}\"{direction}")).collect();
        format!("{text} ORDER BY {} LIMIT ?", order.join(", "))
    }
}

/// The statements that make a new table.
pub(super) fn create(spec: &Spec) -> String {
    let columns = [spec.partition, spec.clustering, spec.columns].concat();
    let mut lines: Vec<String> = columns.iter().map(column_definition).collect();
    if spec.writes != Writes::Guarded {
        lines.push("\"_at\" INTEGER NOT NULL".into());
    }
    if spec.ttl.is_some() {
        lines.push("\"_expires\" INTEGER NOT NULL".into());
    }
    let (table, key) = (spec.name, list(&key_columns(spec)));
    match spec.layout {
        Layout::Clustered => {
            lines.push(format!("PRIMARY KEY ({key})"));
            format!("CREATE TABLE \"{table}\" ({}) STRICT, WITHOUT ROWID;", lines.join(", "))
        }
        Layout::Log => format!(
            "CREATE TABLE \"{table}\" ({}) STRICT; CREATE UNIQUE INDEX \"{table}_key\" ON \"{table}\" ({key});",
            lines.join(", ")
        ),
    }
}

/// The statement that adds a later version's column.
pub(super) fn add_column(spec: &Spec, column: &ColumnSpec) -> String {
    format!("ALTER TABLE \"{}\" ADD COLUMN {};", spec.name, column_definition(column))
}

fn column_definition(column: &ColumnSpec) -> String {
    let kind = match column.kind {
        Kind::Int => "INTEGER",
        Kind::Text => "TEXT",
        Kind::Blob => "BLOB",
    };
    format!("\"{}\" {kind}{}", column.name, if column.nullable { "" } else { " NOT NULL" })
}

fn insert(spec: &Spec) -> String {
    let mut columns = [key_columns(spec), names(spec.columns)].concat();
    if spec.writes != Writes::Guarded {
        columns.push("_at");
    }
    if spec.ttl.is_some() {
        columns.push("_expires");
    }
    format!("INSERT INTO \"{}\" ({}) VALUES ({})", spec.name, list(&columns), marks(columns.len()))
}

fn put(spec: &Spec) -> String {
    let mut set = names(spec.columns);
    let mut condition = String::new();
    if spec.writes != Writes::Guarded {
        set.push("_at");
        condition = format!(" WHERE excluded.\"_at\" >= \"{}\".\"_at\"", spec.name);
    }
    if spec.ttl.is_some() {
        set.push("_expires");
        if !condition.is_empty() {
            condition = format!("{condition} OR \"{}\".\"_expires\" <= ?", spec.name);
        }
    }
    let set: Vec<String> = set.iter().map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect();
    let key = list(&key_columns(spec));
    format!("{} ON CONFLICT ({key}) DO UPDATE SET {}{condition}", insert(spec), set.join(", "))
}
