//! What a bench event carries: when it was meant to be sent and its number in its room, at fixed places behind a marker.
//!
//! Pure. Read without parsing JSON and without allocating, since it happens once a delivery.

/// Begins a stamp; no event has it elsewhere.
const MARKER: &[u8] = b"~@~";
const DIGITS: usize = 16;
/// Marker and two numbers.
pub const STAMP_BYTES: usize = 3 + 2 * DIGITS;

/// One publish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// When it should have been sent. **Units**: nanoseconds of the run's clock.
    pub intended_ns: u64,
    /// Its number in its room: 1, 2, 3 ...
    pub number: u64,
}

impl Stamp {
    /// Appends the stamp, then fills up to `bytes`.
    pub fn push(self, out: &mut Vec<u8>, bytes: usize) {
        out.extend_from_slice(MARKER);
        for value in [self.intended_ns, self.number] {
            let mut digits = [b'0'; DIGITS];
            let mut rest = value;
            for digit in digits.iter_mut().rev() {
                *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
            }
            out.extend_from_slice(&digits);
        }
        out.resize(out.len() + bytes.saturating_sub(STAMP_BYTES), b'x');
    }
}

/// Finds stamps; remembers where the last one was, since all events of a run look alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct Finder {
    place: usize,
}

impl Finder {
    /// The stamp of one event; none when the line is something else.
    pub fn find(&mut self, line: &[u8]) -> Option<Stamp> {
        let at_place = line.get(self.place..).filter(|rest| rest.starts_with(MARKER));
        let found = if let Some(rest) = at_place {
            rest
        } else {
            self.place = memchr::memmem::find(line, MARKER)?;
            line.get(self.place..)?
        };
        let (intended, rest) = found.get(MARKER.len()..)?.split_first_chunk::<DIGITS>()?;
        let (number, _) = rest.split_first_chunk::<DIGITS>()?;
        Some(Stamp { intended_ns: value(intended)?, number: value(number)? })
    }
}

fn value(digits: &[u8; DIGITS]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |value, digit| match digit {
        b'0'..=b'9' => Some(value * 10 + u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
