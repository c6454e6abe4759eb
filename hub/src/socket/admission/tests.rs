//! Places are counted, refused at the limit and given back.

use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn admit(admissions: &Admissions, ip: &str) -> Result<Admission, NoPlace> {
    let mut admission = admissions.admit()?;
    admission.charge(address(ip))?;
    Ok(admission)
}

#[test]
fn places_are_limited_per_address_and_given_back() {
    let admissions = Admissions::new(3, 2);
    let first = admit(&admissions, "127.0.0.1").unwrap();
    let _second = admit(&admissions, "::ffff:127.0.0.1").unwrap();
    assert_eq!(admit(&admissions, "127.0.0.1").unwrap_err(), NoPlace::PerIp);
    let _third = admit(&admissions, "2001:db8::1").unwrap();
    assert_eq!(admit(&admissions, "2001:db8::ffff:1").unwrap_err(), NoPlace::Total);
    drop(first);
    let _fourth = admit(&admissions, "2001:db8::ffff:1").unwrap();
    assert_eq!(admissions.0.lock().per_ip.len(), 2, "one /64 is one address");
}

#[test]
fn a_proxys_sockets_count_for_whom_they_serve() {
    let admissions = Admissions::new(10, 1);
    let (mut socket, _other) = (admissions.admit().unwrap(), admissions.admit().unwrap());
    let request = admissions.admit_request(address("203.0.113.5")).unwrap();
    assert_eq!(admissions.admit_request(address("203.0.113.5")).unwrap_err(), NoPlace::PerIp);
    drop(request);
    socket.keep(admissions.admit_request(address("203.0.113.5")).unwrap());
    assert_eq!(admissions.admit_request(address("203.0.113.5")).unwrap_err(), NoPlace::PerIp, "it became a socket");
    assert_eq!(admissions.0.lock().total, 2, "requests are no sockets");
    drop(socket);
    assert!(admissions.admit_request(address("203.0.113.5")).is_ok());
    assert_eq!(admissions.0.lock().total, 1);
    assert!(admissions.0.lock().per_ip.is_empty());
}
