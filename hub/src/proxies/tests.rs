//! Networks, and chains of proxies read from the right.

use super::*;

fn proxies(texts: &[&str]) -> Result<Proxies, BadNetwork> {
    Proxies::try_from(texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
}

fn client(proxies: &Proxies, peer: &str, lines: &[&str]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append("x-forwarded-for", line.parse().unwrap());
    }
    proxies.client(format!("{peer}:1").parse().unwrap(), &headers).ip().to_string()
}

#[test]
fn networks_hold_their_addresses_and_no_others() {
    let all = proxies(&["10.0.0.0/8", "192.0.2.7", "2001:db8::/32", "198.51.100.0/25"]).unwrap();
    for inside in ["10.255.0.1", "192.0.2.7", "2001:db8:1::1", "::ffff:10.1.1.1", "198.51.100.127"] {
        assert!(all.trust(inside.parse().unwrap()), "{inside}");
    }
    for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1", "198.51.100.128"] {
        assert!(!all.trust(outside.parse().unwrap()), "{outside}");
    }
    assert!(!Proxies::default().trust("127.0.0.1".parse().unwrap()), "off by default");
    assert!(proxies(&["0.0.0.0/0"]).unwrap().trust("203.0.113.5".parse().unwrap()));
    assert!(!proxies(&["0.0.0.0/0"]).unwrap().trust("::1".parse().unwrap()));
}

#[test]
fn what_is_no_network_is_refused_with_what_to_write() {
    for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0/8", "::/129", "10.0.0.0/8/8"] {
        assert_eq!(proxies(&[wrong]), Err(BadNetwork::Shape(wrong.to_owned())));
    }
    let text = proxies(&["10.1.0.0/8"]).unwrap_err().to_string();
    assert_eq!(text, "`10.1.0.0/8` has bits behind its prefix: write 10.0.0.0/8");
}

#[test]
fn a_chain_is_read_from_the_right_up_to_the_first_stranger() {
    let trusted = proxies(&["10.0.0.0/8", "2001:db8::/32"]).unwrap();
    let cases: &[(&str, &[&str], &str)] = &[
        ("10.0.0.1", &["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", &["1.2.3.4, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", &["203.0.113.5, 10.0.0.2 , 10.0.0.3"], "203.0.113.5"),
        ("10.0.0.1", &["1.2.3.4", "203.0.113.5", "10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", &["203.0.113.5:4711"], "203.0.113.5"),
        ("10.0.0.1", &["[2001:db9::1]:4711"], "2001:db9::1"),
        ("10.0.0.1", &["[2001:db9::1]"], "2001:db9::1"),
        ("10.0.0.1", &["::ffff:203.0.113.5"], "203.0.113.5"),
        ("[2001:db8::9]", &["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", &["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &["unknown"], "10.0.0.1"),
        ("10.0.0.1", &["203.0.113.5, unknown, 10.0.0.2"], "10.0.0.2"),
        ("203.0.113.9", &["1.2.3.4"], "203.0.113.9"),
    ];
    for (peer, lines, expected) in cases {
        assert_eq!(client(&trusted, peer, lines), *expected, "{peer} {lines:?}");
    }
    assert_eq!(client(&Proxies::default(), "10.0.0.1", &["203.0.113.5"]), "10.0.0.1");
}

#[test]
fn a_chain_without_end_is_not_walked() {
    let trusted = proxies(&["10.0.0.0/8"]).unwrap();
    let chain = ["10.0.0.2"; HOPS_MAX + 1].join(",");
    assert_eq!(client(&trusted, "10.0.0.1", &[&format!("203.0.113.5,{chain}")]), "10.0.0.2");
}
