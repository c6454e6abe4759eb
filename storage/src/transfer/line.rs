//! One line of an export: what it can say, as JSON, and the mark at its end. Reads and writes no file.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::checksum::Tally;
use crate::store::WRITE_BYTES_MAX;
use crate::table::Value;

/// The version of the format that is written; newer ones are refused.
pub const FORMAT_VERSION: u32 = 1;
/// A longer line is refused: JSON writes a byte as six at most. **Units**: bytes.
pub const LINE_BYTES_MAX: usize = 6 * WRITE_BYTES_MAX + 65_536;

/// `,"sum":"` and 16 digits and `"}`.
const MARK_BYTES: usize = 26;

/// What a line says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    FairhubExport(Header),
    Row(Row),
    Table(TableEnd),
    Total(Tally),
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) made: i64,
    pub(super) store: String,
    pub(super) key: String,
    pub(super) tables: Vec<TableHead>,
}

/// A table of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableHead {
    pub(super) name: String,
    pub(super) version: u16,
}

/// A row: the cells of its key, partition first, and of the columns that its table had.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) table: String,
    pub(super) key: Vec<Cell>,
    pub(super) cells: Vec<Cell>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<i64>,
}

/// The end of a table.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TableEnd {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) tally: Tally,
}

/// A cell: `null`, a number (whole, 64 bits: many readers of JSON would round it), a text, or `{"b64":"..."}`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell(pub(super) Value);

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Value::Null => s.serialize_unit(),
            Value::Int(int) => s.serialize_i64(*int),
            Value::Text(text) => s.serialize_str(text),
            Value::Blob(blob) => {
                let mut map = s.serialize_map(Some(1))?;
                map.serialize_entry("b64", &STANDARD.encode(blob))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(CellVisitor).map(Self)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a whole number of 64 bits, a text or {\"b64\":\"...\"}")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E: de::Error>(self, int: i64) -> Result<Value, E> {
        Ok(Value::Int(int))
    }

    fn visit_u64<E: de::Error>(self, int: u64) -> Result<Value, E> {
        i64::try_from(int).map(Value::Int).map_err(|_above| E::custom("a number above 63 bits"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let entry = map.next_entry::<String, String>()?;
        let Some((_, text)) = entry.filter(|(key, _)| key == "b64") else {
            return Err(de::Error::custom("a cell that is neither null, number, text nor b64"));
        };
        let blob = STANDARD.decode(text).map_err(|_not_base64| de::Error::custom("b64 is not base64"))?;
        match map.next_key::<String>()? {
            None => Ok(Value::Blob(blob)),
            Some(_) => Err(de::Error::custom("more than b64 in a cell")),
        }
    }
}

/// The mark of a line: of its text and of the mark before it. **Shape**: 16 hexadecimal digits, small letters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Mark {
    /// The mark of the line with this text (without its own mark) behind the line with this mark.
    fn next(self, text: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(self.0.to_be_bytes()).chain_update(text).finalize();
        let first = hash.first_chunk().copied().unwrap_or_default();
        Self(u64::from_be_bytes(first))
    }

    fn end(self) -> String {
        format!(",\"sum\":\"{self}\"}}")
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        u64::from_str_radix(&text, 16).map(Self).map_err(|_not_hex| de::Error::custom("not a mark"))
    }
}

/// The line as it stands in the file, with its end, and its mark.
pub(super) fn encode(line: &Line, before: Mark) -> serde_json::Result<(String, Mark)> {
    let mut text = serde_json::to_string(line)?;
    text.pop();
    let mark = before.next(text.as_bytes());
    text.push_str(&mark.end());
    text.push('\n');
    Ok((text, mark))
}

/// What a line says and its mark, from its text without the line's end. The text is used up.
pub(super) fn decode(text: &mut Vec<u8>, before: Mark) -> Result<(Line, Mark), String> {
    let Some((body, end)) = text.len().checked_sub(MARK_BYTES).and_then(|at| text.split_at_checked(at)) else {
        return Err("too short".to_owned());
    };
    let mark = before.next(body);
    if end != mark.end().as_bytes() {
        return Err("damaged: its sum does not fit it and the lines before".to_owned());
    }
    text.truncate(text.len() - MARK_BYTES);
    text.push(b'}');
    let line = serde_json::from_slice(text).map_err(|error| format!("not a line of an export: {error}"))?;
    Ok((line, mark))
}

/// The version that a first line claims, whatever else it says.
pub(super) fn version(text: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    #[derive(Deserialize)]
    struct First {
        fairhub_export: Version,
    }
    serde_json::from_slice::<First>(text).ok().map(|first| first.fairhub_export.version)
}

/// A file of these lines, each a JSON object without its mark: for tests, and for programs that write what a hub shall
/// import. What is no object stays as it is.
#[must_use]
pub fn seal<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let (mut file, mut mark) = (String::new(), Mark::default());
    for line in lines {
        let text = line.strip_suffix('}').unwrap_or(line);
        mark = mark.next(text.as_bytes());
        file.push_str(text);
        file.push_str(&mark.end());
        file.push('\n');
    }
    file
}
