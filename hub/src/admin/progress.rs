//! How far long work is, said on standard error: on a terminal as one line that is written over again and again, else as
//! plain lines now and then. Owns how often and in which form; never what is said.

use std::io::{IsTerminal as _, Stderr, Write};

use storage::{Clock, Making, Tick};

/// Between two lines. **Units**: milliseconds.
const LINES_EVERY_MS: i64 = 2_000;
/// Between two writings of the one line of a terminal. **Units**: milliseconds.
const REWRITTEN_EVERY_MS: i64 = 200;
/// What fits into a line of any terminal: one that is broken could not be written over.
const COLUMNS: usize = 79;
/// To the line's beginning, and away with what stands there.
const CLEAR: &str = "\r\x1b[K";

/// Shows how far something is. Dropping it takes the line of a terminal away.
#[derive(Debug)]
pub struct Progress<W: Write = Stderr> {
    output: W,
    is_terminal: bool,
    clock: Clock,
    next: Tick,
    /// The terminal's line is ours at present.
    is_shown: bool,
}

impl Progress {
    /// On standard error.
    #[must_use]
    pub fn on_stderr(clock: &Clock) -> Self {
        let stderr = std::io::stderr();
        let is_terminal = stderr.is_terminal();
        Self::new(stderr, is_terminal, clock)
    }
}

impl<W: Write> Progress<W> {
    fn new(output: W, is_terminal: bool, clock: &Clock) -> Self {
        // What is done at once says nothing in a pipe.
        let next = clock.tick().plus_ms(if is_terminal { 0 } else { LINES_EVERY_MS });
        Self { output, is_terminal, clock: clock.clone(), next, is_shown: false }
    }

    /// Says how far it is, unless that was said a moment ago.
    pub fn show(&mut self, words: impl FnOnce() -> String) {
        let now = self.clock.tick();
        if now < self.next {
            return;
        }
        self.next = now.plus_ms(if self.is_terminal { REWRITTEN_EVERY_MS } else { LINES_EVERY_MS });
        let line = format!("hub: {}", words());
        if self.is_terminal {
            let fits: String = line.chars().take(COLUMNS).collect();
            self.write(&format!("{CLEAR}{fits}"));
            self.is_shown = true;
        } else {
            self.write(&format!("{line}\n"));
        }
    }

    /// Says something that stays.
    pub fn tell(&mut self, words: &str) {
        self.clear();
        self.write(&format!("hub: {words}\n"));
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.write(CLEAR);
        }
    }

    fn write(&mut self, text: &str) {
        let written = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
        if written.is_err() {
            tracing::trace!("nobody reads standard error");
        }
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// How far the making of a store is.
#[must_use]
pub fn making(making: Making) -> String {
    match making {
        Making::Keyspace => "making the keyspace".to_owned(),
        Making::Waiting => "waiting for another program that changes the tables".to_owned(),
        Making::Table { name, number, of } => format!("making tables: {name} ({number} of {of})"),
    }
}

#[cfg(test)]
mod tests;
