//! A file of lines, read and written one by one with the place where each ends. Knows nothing of tables.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::line::{FORMAT_VERSION, LINE_BYTES_MAX, Line, Mark, decode, encode, version};
use super::{TransferError, percent};
use crate::private;

/// **Units**: bytes.
const BUFFER_BYTES: usize = 1 << 16;

/// Behind a line: where the next one begins, and what its mark builds on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) mark: Mark,
}

/// Lines as they come.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    place: Place,
    /// Of all lines, where that is known. **Units**: bytes.
    length: u64,
}

impl Lines<BufReader<File>> {
    pub(super) fn open(path: &Path) -> Result<Self, TransferError> {
        let file = File::open(path).map_err(TransferError::file("opening"))?;
        let length = file.metadata().map_err(TransferError::file("opening"))?.len();
        Ok(Self { length, ..Self::new(BufReader::with_capacity(BUFFER_BYTES, file)) })
    }

    /// Goes on behind another line.
    pub(super) fn skip_to(&mut self, place: Place) -> Result<(), TransferError> {
        self.input.seek(SeekFrom::Start(place.offset)).map_err(TransferError::file("reading"))?;
        self.place = place;
        Ok(())
    }
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), place: Place::default(), length: 0 }
    }

    /// Behind the last line that was read.
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// How much of all lines has been read. **Units**: percent.
    pub(super) fn percent(&self) -> Option<u8> {
        percent(self.place.offset, self.length)
    }

    /// The next line; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Line>, TransferError> {
        self.buffer.clear();
        let at_most = LINE_BYTES_MAX as u64 + 1;
        let read = (&mut self.input).take(at_most).read_until(b'\n', &mut self.buffer);
        let length = read.map_err(TransferError::file("reading"))?;
        if length == 0 {
            return Ok(None);
        }
        let number = self.place.line + 1;
        if self.buffer.pop_if(|last| *last == b'\n').is_none() {
            return Err(self.unended(number, length));
        }
        if let Some(newer) = self.newer() {
            return Err(TransferError::Line { line: number, problem: newer });
        }
        let decoded = decode(&mut self.buffer, self.place.mark);
        let (line, mark) = decoded.map_err(|problem| TransferError::Line { line: number, problem })?;
        self.place = Place { offset: self.place.offset + length as u64, line: number, mark };
        Ok(Some(line))
    }

    fn unended(&self, line: u64, length: usize) -> TransferError {
        if length > LINE_BYTES_MAX {
            return TransferError::Line { line, problem: format!("longer than {LINE_BYTES_MAX} bytes") };
        }
        TransferError::Torn(line)
    }

    /// A newer program may have marked its lines otherwise: it is named before the mark is looked at.
    fn newer(&self) -> Option<String> {
        let found = (self.place.line == 0).then(|| version(&self.buffer)).flatten();
        let newer = found.filter(|found| *found > FORMAT_VERSION)?;
        Some(format!("this export has version {newer}, this program knows {FORMAT_VERSION}"))
    }
}

/// Appends lines to a file.
#[derive(Debug)]
pub(super) struct LineWriter {
    output: BufWriter<File>,
    place: Place,
}

impl LineWriter {
    /// Goes on behind `place`; what stands there is cut off. The file is its owner's alone: it holds personal data.
    pub(super) fn open(path: &Path, place: Place) -> Result<Self, TransferError> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let opened = private::open(&mut options, path).and_then(|mut file| {
            file.set_len(place.offset)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        });
        let file = opened.map_err(TransferError::file("opening"))?;
        Ok(Self { output: BufWriter::with_capacity(BUFFER_BYTES, file), place })
    }

    pub(super) fn write(&mut self, line: &Line) -> Result<(), TransferError> {
        let failed = TransferError::file("writing");
        let (text, mark) = encode(line, self.place.mark).map_err(|error| failed(error.into()))?;
        if text.len() > LINE_BYTES_MAX {
            let problem = format!("this row would take more than {LINE_BYTES_MAX} bytes");
            return Err(TransferError::Line { line: self.place.line + 1, problem });
        }
        self.output.write_all(text.as_bytes()).map_err(&failed)?;
        self.place = Place { offset: self.place.offset + text.len() as u64, line: self.place.line + 1, mark };
        Ok(())
    }

    /// Where the next line begins.
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// Hands what is buffered to the system: it outlives this process.
    pub(super) fn flush(&mut self) -> Result<(), TransferError> {
        self.output.flush().map_err(TransferError::file("writing"))
    }

    /// Puts everything on the disk: it outlives a power cut.
    pub(super) fn sync(&mut self) -> Result<(), TransferError> {
        self.flush()?;
        self.output.get_ref().sync_data().map_err(TransferError::file("writing"))
    }
}
