//! One integration binary; its modules mirror routes and operations. Everything runs on a real hub on a free port.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod socket;
mod startup;
