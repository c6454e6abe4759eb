//! Any text as an export, as it is and with right marks: read or refused, never a panic; and what is accepted, with one
//! line less, is not.
#![no_main]

use hub::opening;
use libfuzzer_sys::fuzz_target;
use storage::transfer::{check, seal};

fuzz_target!(|text: &str| {
    let tables = opening::tables();
    let _read_or_refused = check(text.as_bytes(), &tables);
    let sealed = seal(text.lines());
    if check(sealed.as_bytes(), &tables).is_err() {
        return;
    }
    for left_out in 0..text.lines().count() {
        let rest = sealed.split_inclusive('\n').enumerate().filter(|(at, _)| *at != left_out);
        let rest: String = rest.map(|(_, line)| line).collect();
        assert!(check(rest.as_bytes(), &tables).is_err(), "line {left_out} is not missed");
    }
});
