//! One integration binary; its modules mirror routes and operations. Everything runs on a real hub on a free port.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail like tests")]

mod access;
mod applications;
mod audit;
mod bad_input;
mod blocks;
mod company;
mod contexts;
mod cql;
mod deadlines;
mod demo;
mod event;
mod flow;
mod folder;
mod guide;
mod harness;
mod inbox;
mod live;
mod messages;
mod negotiation;
mod people;
mod personnel;
mod photo;
mod places;
mod planted;
mod portrait;
mod process;
mod races;
mod rest;
mod reviews;
mod session;
mod socket;
mod startup;
mod transfer;
mod uploads;
