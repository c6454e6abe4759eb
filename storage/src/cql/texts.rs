//! The CQL of a table, made from its [`Spec`]. Never runs it.
//!
//! Parameters are positional, in the order in which a text is read. Two hidden columns exist where they are needed:
//! `_expires` in tables with a TTL (the hub's clock decides; the server's own TTL only clears up behind it) and `_op` in
//! guarded tables (which conditional write was the last to touch a row, should nobody have heard how it ended).

use std::ops::Bound;

use crate::names::{key_columns, list, marks, matches, names};
use crate::request::Cells;
use crate::table::{Spec, Writes};

/// When a row of the hub's clock has expired it may stay this long on the server. **Units**: seconds.
const TTL_SLACK_S: u64 = 3_600;

/// The longest TTL that a server takes, 20 years; what lives longer is not cleared up by it. **Source**: CQL.
const SERVER_TTL_S_MAX: u64 = 630_720_000;

/// What must hold of a row for a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Always,
    /// Nothing stands there.
    Absent,
    /// It has a version `[version, now if it expires]`.
    Version,
    /// It is the expired one that was seen `[its expiry]`.
    Stale,
}

/// The texts of one table in one keyspace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts<'k> {
    pub(super) keyspace: &'k str,
    pub(super) spec: &'static Spec,
}

impl Texts<'_> {
    /// Its full name.
    pub(super) fn table(&self) -> String {
        format!("\"{}\".\"{}\"", self.keyspace, self.spec.name)
    }

    fn cells(&self) -> String {
        list(&[names(self.spec.clustering), names(self.spec.columns)].concat())
    }

    /// What keeps expired rows out, behind all other terms of a `WHERE`.
    const fn live(&self) -> &'static str {
        if self.spec.ttl.is_some() { " AND \"_expires\" > ?" } else { "" }
    }

    const fn filtering(&self) -> &'static str {
        if self.spec.ttl.is_some() { " ALLOW FILTERING" } else { "" }
    }

    /// Clustering and column cells of the row at a key `[key, now if it expires]`.
    pub(super) fn one(&self) -> String {
        let at_key = matches(&key_columns(self.spec));
        format!("SELECT {} FROM {} WHERE {at_key}{}{}", self.cells(), self.table(), self.live(), self.filtering())
    }

    /// A range inside a partition `[partition, cells of the ends that are given, now if it expires]`.
    pub(super) fn range(&self, from: &Bound<Cells>, to: &Bound<Cells>, rev: bool) -> String {
        let clustering = names(self.spec.clustering);
        let mut text =
            format!("SELECT {} FROM {} WHERE {}", self.cells(), self.table(), matches(&names(self.spec.partition)));
        for (bound, included, excluded) in [(from, ">=", ">"), (to, "<=", "<")] {
            let comparison = match bound {
                Bound::Unbounded => continue,
                Bound::Included(_) => included,
                Bound::Excluded(_) => excluded,
            };
            if !clustering.is_empty() {
                text = format!("{text} AND ({}) {comparison} ({})", list(&clustering), marks(clustering.len()));
            }
        }
        text.push_str(self.live());
        if rev && !clustering.is_empty() {
            let order: Vec<String> = clustering.iter().map(|name| format!("\"{name}\" DESC")).collect();
            text = format!("{text} ORDER BY {}", order.join(", "));
        }
        text + self.filtering()
    }

    /// Rows of a partition, then the position of each in an ordered table and its expiry where rows expire
    /// `[partition, key if they stand behind one, now if it expires]`.
    pub(super) fn raw(&self, behind: bool) -> String {
        let (clustering, partition) = (names(self.spec.clustering), matches(&names(self.spec.partition)));
        let (key, marks) = (list(&clustering), marks(clustering.len()));
        let behind = if behind { format!(" AND ({key}) > ({marks})") } else { String::new() };
        let at = self.spec.columns.iter().find(|column| !column.nullable).map(|column| column.name);
        let at = at.filter(|_| self.spec.writes == Writes::Ordered);
        let at = at.map(|name| format!(", WRITETIME(\"{name}\")")).unwrap_or_default();
        let expires = if self.spec.ttl.is_some() { ", \"_expires\"" } else { "" };
        let (cells, live) = (self.cells(), [self.live(), self.filtering()].concat());
        format!("SELECT {cells}{at}{expires} FROM {} WHERE {partition}{behind}{live}", self.table())
    }

    /// Puts back a row, at a time of the caller's `[key, columns, expiry where rows expire, time]`.
    pub(super) fn restore(&self) -> String {
        let mut all = [key_columns(self.spec), names(self.spec.columns)].concat();
        all.extend(self.spec.ttl.map(|_| "_expires"));
        let (all, marks) = (list(&all), marks(all.len()));
        format!("INSERT INTO {} ({all}) VALUES ({marks}) USING TIMESTAMP ?", self.table())
    }

    /// The rows at some keys as they stand, expired ones too, then `_op` where no column of theirs says it, and `_expires`
    /// `[partition, clustering keys]`.
    pub(super) fn standing(&self, keys: usize) -> String {
        let clustering = names(self.spec.clustering);
        let expires = if self.spec.ttl.is_some() { ", \"_expires\"" } else { "" };
        let op = if self.spec.op.is_some() { "" } else { ", \"_op\"" };
        let text = format!(
            "SELECT {}{op}{expires} FROM {} WHERE {}",
            self.cells(),
            self.table(),
            matches(&names(self.spec.partition))
        );
        if clustering.is_empty() {
            return text;
        }
        let key = format!("({})", marks(clustering.len()));
        format!("{text} AND ({}) IN ({})", list(&clustering), vec![key; keys].join(", "))
    }

    /// Partition keys in the order of their tokens, behind one if it is given `[partition]`.
    pub(super) fn partitions(&self, behind: bool) -> String {
        let partition = list(&names(self.spec.partition));
        let marks = marks(self.spec.partition.len());
        let behind = if behind { format!(" WHERE token({partition}) > token({marks})") } else { String::new() };
        format!("SELECT DISTINCT {partition} FROM {}{behind}", self.table())
    }

    /// Whether a partition has a row that has not expired `[partition, now]`.
    pub(super) fn any_live(&self) -> String {
        let partition = matches(&names(self.spec.partition));
        format!(
            "SELECT \"_expires\" FROM {} WHERE {partition}{} LIMIT 1{}",
            self.table(),
            self.live(),
            self.filtering()
        )
    }

    /// Writes columns of a row, which exists afterwards whatever they hold `[key, columns, at in an ordered table]`.
    pub(super) fn insert(&self, columns: &[&str], when: When) -> String {
        let all = [&key_columns(self.spec), columns].concat();
        let condition = if when == When::Absent { " IF NOT EXISTS" } else { "" };
        let order = if self.spec.writes == Writes::Ordered { " USING TIMESTAMP ?" } else { "" };
        format!("INSERT INTO {} ({}) VALUES ({}){condition}{order}", self.table(), list(&all), marks(all.len()))
    }

    /// Changes columns of a row `[columns, key, condition]`.
    pub(super) fn update(&self, columns: &[&str], when: When) -> String {
        let set: Vec<String> = columns.iter().map(|name| format!("\"{name}\" = ?")).collect();
        let at_key = matches(&key_columns(self.spec));
        format!("UPDATE {} SET {} WHERE {at_key}{}", self.table(), set.join(", "), self.condition(when))
    }

    /// Removes a row `[key, condition]`.
    pub(super) fn delete(&self, when: When) -> String {
        format!("DELETE FROM {} WHERE {}{}", self.table(), matches(&key_columns(self.spec)), self.condition(when))
    }

    const fn condition(&self, when: When) -> &'static str {
        match when {
            When::Always => "",
            When::Absent => " IF \"v\" = null",
            When::Version if self.spec.ttl.is_some() => " IF \"v\" = ? AND \"_expires\" > ?",
            When::Version => " IF \"v\" = ?",
            When::Stale => " IF \"_expires\" = ?",
        }
    }

    /// How long the server keeps a cell. **Units**: seconds; 0: for ever.
    pub(super) fn server_ttl_s(&self) -> u64 {
        let ttl_s = self.spec.ttl.map_or(0, |ttl| ttl.as_secs() + TTL_SLACK_S);
        if ttl_s > SERVER_TTL_S_MAX { 0 } else { ttl_s }
    }
}
