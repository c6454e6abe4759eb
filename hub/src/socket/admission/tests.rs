//! Places are counted, refused at the limit and given back.

use super::*;

#[test]
fn places_are_limited_per_address_and_given_back() {
    let admissions = Admissions::new(3, 2);
    let here: IpAddr = "127.0.0.1".parse().unwrap();
    let there: IpAddr = "2001:db8::1".parse().unwrap();
    let neighbour: IpAddr = "2001:db8::ffff:1".parse().unwrap();
    let first = admissions.admit(here).unwrap();
    let _second = admissions.admit("::ffff:127.0.0.1".parse().unwrap()).unwrap();
    assert_eq!(admissions.admit(here).unwrap_err(), NoPlace::PerIp);
    let _third = admissions.admit(there).unwrap();
    assert_eq!(admissions.admit(neighbour).unwrap_err(), NoPlace::Total);
    drop(first);
    let _fourth = admissions.admit(neighbour).unwrap();
    assert_eq!(admissions.0.counts.lock().unwrap().per_ip.len(), 2, "one /64 is one address");
}
