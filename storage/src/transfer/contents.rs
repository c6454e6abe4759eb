//! What a file says as a whole: which tables, in which order, how many rows. Holds lines to it one by one.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::TransferError;
use super::checksum::Tally;
use super::line::{Cell, FORMAT_VERSION, Header, Line, Row, TableEnd, TableHead};
use super::lines::Lines;
use crate::ids::Millis;
use crate::request::{Cells, Raw};
use crate::table::{ColumnSpec, Kind, Spec, Value, Writes};

/// A row and where it belongs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    pub(super) spec: &'static Spec,
    pub(super) p: Cells,
    pub(super) raw: Raw,
}

impl Record {
    /// As a line says it.
    pub(super) fn into_row(self) -> Row {
        let Self { spec, p, raw } = self;
        let cells = |cells: Cells| cells.into_iter().map(Cell);
        Row {
            table: spec.name.to_owned(),
            key: cells(p).chain(cells(raw.c)).collect(),
            cells: cells(raw.row).collect(),
            at: raw.at,
            expires: raw.expires.map(|expires| expires.0),
        }
    }
}

/// What a file holds, counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// By table.
    pub tables: BTreeMap<&'static str, Tally>,
    /// Of all tables.
    pub total: Tally,
}

/// Reads a whole file and holds it to everything that an export promises; needs no store.
///
/// # Errors
/// [`TransferError::Line`] with the first line that is wrong, [`TransferError::Torn`] when the last one is missing.
pub fn check(input: impl BufRead, tables: &[&'static Spec]) -> Result<Contents, TransferError> {
    read(&mut Lines::new(input), tables, |_record, _percent| {})
}

/// As [`check`], showing every row, and how much of the file has been read.
pub(super) fn read(
    lines: &mut Lines<impl BufRead>,
    tables: &[&'static Spec],
    mut see: impl FnMut(&Record, Option<u8>),
) -> Result<Contents, TransferError> {
    let mut reading = Reading::begin(lines, tables)?;
    while let Some(line) = lines.next()? {
        if let Some(record) = reading.take(line).map_err(|problem| wrong(lines, problem))? {
            see(record, lines.percent());
        }
    }
    reading.contents().ok_or_else(|| TransferError::Torn(lines.place().line + 1))
}

/// The line that was just read is wrong.
pub(super) fn wrong(lines: &Lines<impl BufRead>, problem: String) -> TransferError {
    TransferError::Line { line: lines.place().line, problem }
}

/// The tables of a file, known to this program.
#[derive(Debug)]
pub(super) struct Tables(Vec<FileTable>);

#[derive(Debug)]
struct FileTable {
    spec: &'static Spec,
    version: u16,
}

impl Tables {
    pub(super) fn of(header: &Header, specs: &[&'static Spec]) -> Result<Self, String> {
        let mut tables: Vec<FileTable> = Vec::new();
        for TableHead { name, version } in &header.tables {
            let spec = specs.iter().find(|spec| spec.name == name).ok_or_else(|| format!("unknown table {name}"))?;
            if tables.iter().any(|table| table.spec.name == spec.name) {
                return Err(format!("table {name} twice"));
            }
            if *version == 0 || *version > spec.version {
                return Err(format!("table {name} has version {version}, this program knows {}", spec.version));
            }
            tables.push(FileTable { spec, version: *version });
        }
        Ok(Self(tables))
    }

    /// The row that a line says.
    pub(super) fn record(&self, row: Row) -> Result<Record, String> {
        let table = self.0.iter().find(|table| table.spec.name == row.table);
        table.ok_or_else(|| format!("unknown table {}", row.table))?.record(row)
    }
}

impl FileTable {
    fn record(&self, row: Row) -> Result<Record, String> {
        let spec = self.spec;
        let mut key = row.key.into_iter();
        let p = take(spec.partition, &mut key)?;
        let c = take(spec.clustering, &mut key)?;
        let mut cells = row.cells.into_iter();
        let mut columns = Cells::with_capacity(spec.columns.len());
        for column in spec.columns {
            let is_there = column.since <= self.version;
            columns.push(if is_there { take_one(column, &mut cells)? } else { Value::Null });
        }
        if key.next().is_some() || cells.next().is_some() {
            return Err(format!("too many cells for table {}", spec.name));
        }
        let has_at = matches!(row.at, Some(0..));
        if has_at != (spec.writes == Writes::Ordered) || (row.at.is_some() && !has_at) {
            return Err(format!("table {} and `at` do not fit", spec.name));
        }
        if row.expires.is_some() != spec.ttl.is_some() {
            return Err(format!("table {} and `expires` do not fit", spec.name));
        }
        Ok(Record { spec, p, raw: Raw { c, row: columns, at: row.at, expires: row.expires.map(Millis) } })
    }
}

fn take(columns: &[ColumnSpec], cells: &mut impl Iterator<Item = Cell>) -> Result<Cells, String> {
    columns.iter().map(|column| take_one(column, cells)).collect()
}

fn take_one(column: &ColumnSpec, cells: &mut impl Iterator<Item = Cell>) -> Result<Value, String> {
    let Cell(cell) = cells.next().ok_or_else(|| format!("no cell for {}", column.name))?;
    let fits = match &cell {
        Value::Null => column.nullable,
        Value::Int(_) => column.kind == Kind::Int,
        Value::Text(_) => column.kind == Kind::Text,
        Value::Blob(_) => column.kind == Kind::Blob,
    };
    if fits { Ok(cell) } else { Err(format!("a cell of another kind for {}", column.name)) }
}

/// A file while it is read from its beginning.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) header: Header,
    tables: Tables,
    tallies: Vec<Tally>,
    /// The table whose rows come now.
    pub(super) table: usize,
    /// The last row of that table.
    pub(super) last: Option<Record>,
    is_whole: bool,
}

impl Reading {
    /// Reads the first line.
    pub(super) fn begin(lines: &mut Lines<impl BufRead>, specs: &[&'static Spec]) -> Result<Self, TransferError> {
        let header = header(lines)?;
        let tables = Tables::of(&header, specs).map_err(|problem| wrong(lines, problem))?;
        let tallies = vec![Tally::default(); tables.0.len()];
        Ok(Self { header, tables, tallies, table: 0, last: None, is_whole: false })
    }

    /// Takes the next line; the row when it is one.
    pub(super) fn take(&mut self, line: Line) -> Result<Option<&Record>, String> {
        if self.is_whole {
            return Err("something behind the end".to_owned());
        }
        match line {
            Line::FairhubExport(_) => Err("a second header".to_owned()),
            Line::Row(row) => self.row(row).map(Some),
            Line::Table(end) => self.end_table(&end).map(|()| None),
            Line::Total(total) => self.end(&total).map(|()| None),
        }
    }

    fn row(&mut self, row: Row) -> Result<&Record, String> {
        let record = self.tables.record(row)?;
        let is_its_turn = self.tables.0.get(self.table).is_some_and(|table| table.spec.name == record.spec.name);
        let tally = self.tallies.get_mut(self.table).filter(|_| is_its_turn);
        let tally = tally.ok_or_else(|| format!("a row of table {} out of turn", record.spec.name))?;
        tally.count(&record);
        Ok(self.last.insert(record))
    }

    fn end_table(&mut self, end: &TableEnd) -> Result<(), String> {
        let (Some(table), Some(tally)) = (self.tables.0.get(self.table), self.tallies.get(self.table)) else {
            return Err(format!("the end of table {} out of turn", end.name));
        };
        if table.spec.name != end.name {
            return Err(format!("the end of table {}, expected that of {}", end.name, table.spec.name));
        }
        if *tally != end.tally {
            return Err(format!("table {} has {tally}, its end says {}", end.name, end.tally));
        }
        (self.table, self.last) = (self.table + 1, None);
        Ok(())
    }

    fn end(&mut self, total: &Tally) -> Result<(), String> {
        if self.table < self.tables.0.len() {
            return Err("the end before the end of every table".to_owned());
        }
        let counted = self.total();
        if counted != *total {
            return Err(format!("the file has {counted}, its end says {total}"));
        }
        self.is_whole = true;
        Ok(())
    }

    /// Rows so far, by table of the header.
    pub(super) fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.tallies.iter().for_each(|tally| total.join(tally));
        total
    }

    /// Everything, when the last line has been read.
    pub(super) fn contents(&self) -> Option<Contents> {
        let named = self.tables.0.iter().map(|table| table.spec.name).zip(self.tallies.iter().copied());
        self.is_whole.then(|| Contents { tables: named.collect(), total: self.total() })
    }
}

/// The first line.
pub(super) fn header(lines: &mut Lines<impl BufRead>) -> Result<Header, TransferError> {
    match lines.next()? {
        Some(Line::FairhubExport(header)) if header.version == FORMAT_VERSION => Ok(header),
        Some(_) => Err(wrong(lines, "not the header of an export".to_owned())),
        None => Err(TransferError::Torn(1)),
    }
}
