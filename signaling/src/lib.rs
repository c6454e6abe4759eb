//! Meetings: seats and roles, as pure state machines.
