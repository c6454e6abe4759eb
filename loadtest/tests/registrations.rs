//! Registrations and sign-ins beside negotiations, in short: everything is answered well and found again.

use loadtest::registrations::{RegistrationsArgs, run};

#[test]
fn registrations_beside_negotiations_are_all_answered() {
    let args = RegistrationsArgs {
        registrations: 2.0,
        logins: 3.0,
        conversations: 4,
        chat: 20.0,
        seconds: 2,
        runs: 1,
        // What counts here is that each is done, not when.
        share_min: 0.0,
        ratio_max: None,
    };
    let outcome = run(&args, None, false).unwrap();
    assert_eq!(outcome.findings, [""; 0], "{}", outcome.figures);
    assert!(outcome.figures["registrations_per_s"]["min"].as_f64().unwrap() > 0.0, "{}", outcome.figures);
}
