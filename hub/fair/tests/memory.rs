//! What hashing keeps of memory, measured in a process of its own: two buffers, whatever the storm.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail like tests")]

use std::net::{IpAddr, Ipv4Addr};

use fair::{Accounts, Keys, Login};
use secrecy::SecretString;
use storage::{Clock, Store};

const MIB: u64 = 1 << 20;
/// What a process may hold that has filled a demo and signed people in; it is 49 MiB. **Units**: bytes.
const RESIDENT_MAX: u64 = 60 * MIB;

/// **Units**: bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

async fn sign_in(accounts: Accounts, index: u8) -> bool {
    let people = fair::demo::accounts();
    let person = &people[usize::from(index) % people.len()];
    let login = Login {
        identifier: person.identifier.map(str::to_owned),
        username: person.username.to_owned(),
        password: person.password.into(),
        device: None,
    };
    // Each from an address of its own, so that no limit stands in the way of the hashing.
    accounts.login(login, IpAddr::V4(Ipv4Addr::new(10, index, 0, 1))).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_demo_and_storms_of_sign_ins_leave_two_buffers_behind() {
    let clock = Clock::system();
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let accounts = Accounts::new(Store::model(clock.clone()), clock, keys);
    fair::demo::fill(&accounts).await.unwrap();
    let filled = resident();
    assert!(filled <= RESIDENT_MAX, "a fresh demo holds {} MiB", filled / MIB);
    for _storm in 0..3 {
        let mut storm = tokio::task::JoinSet::new();
        for index in 0..40 {
            storm.spawn(sign_in(accounts.clone(), index));
        }
        let signed_in = storm.join_all().await.into_iter().filter(|&in_| in_).count();
        assert_eq!(signed_in, 40);
        let now = resident();
        assert!(now <= RESIDENT_MAX, "{} MiB after a storm, {} before", now / MIB, filled / MIB);
    }
    assert_eq!(accounts.hashes_computed(), 1 + 120, "the demo has one password");
}
