//! Exhibitor applications: an enterprise asks to exhibit, the institution that invited it decides.
//!
//! **Source**: SPEC 6; D-04 (the inviting institution reviews, the committee may override), D-44 (what is locked once it is
//! approved).

mod flow;

pub use flow::FLOW;
