//! What stands on a terminal and in a pipe.

use storage::ids::Millis;

use super::*;

fn clock() -> Clock {
    Clock::manual(Millis(1_000_000))
}

/// Ten seconds of work that says every 50 ms how far it is; what was written.
fn written(is_terminal: bool) -> String {
    let (clock, mut output) = (clock(), Vec::new());
    let mut progress = Progress::new(&mut output, is_terminal, &clock);
    for step in 0..200 {
        progress.show(|| format!("step {step}"));
        clock.advance_ms(50);
    }
    drop(progress);
    String::from_utf8(output).unwrap()
}

#[test]
fn a_terminal_has_one_line_that_is_written_over_and_goes_in_the_end() {
    let written = written(true);
    assert!(!written.contains('\n'), "{written:?}");
    let shown: Vec<_> = written.split(CLEAR).collect();
    assert_eq!(&shown[..3], ["", "hub: step 0", "hub: step 4"]);
    assert_eq!(shown.len(), 1 + 50 + 1, "five times a second");
    assert_eq!(shown.last(), Some(&""), "nothing is left of it");
}

#[test]
fn a_pipe_has_plain_lines_now_and_then_and_none_for_what_is_done_at_once() {
    assert_eq!(written(false), "hub: step 40\nhub: step 80\nhub: step 120\nhub: step 160\n");
}

#[test]
fn a_line_fits_into_a_terminal_and_what_is_told_stays() {
    let (clock, mut output) = (clock(), Vec::new());
    let mut progress = Progress::new(&mut output, true, &clock);
    progress.show(|| "展".repeat(100));
    progress.tell("a hub runs meanwhile");
    drop(progress);
    let written = String::from_utf8(output).unwrap();
    assert_eq!(written, format!("{CLEAR}hub: {}{CLEAR}hub: a hub runs meanwhile\n", "展".repeat(74)));
}

#[test]
fn a_clock_that_is_set_back_keeps_nobody_waiting() {
    let (clock, mut output) = (clock(), Vec::new());
    let mut progress = Progress::new(&mut output, false, &clock);
    clock.step_ms(-3_600_000);
    clock.advance_ms(2_000);
    progress.show(|| "on".to_owned());
    drop(progress);
    assert_eq!(output, b"hub: on\n");
}
