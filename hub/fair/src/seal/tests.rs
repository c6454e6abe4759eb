use secrecy::SecretString;

use super::*;
use crate::token::Keys;

fn contact() -> Contact {
    Contact { mobile: Some("13800138000".into()), email: Some("li.wei@example.com".into()) }
}

#[test]
fn a_sealed_contact_opens_for_its_account_only() {
    let keys = Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let other = Keys::derive(&SecretString::from("b-secret-of-at-least-32-bytes-for-tests")).unwrap();
    let sealed = keys.sealer().seal(UserId(7), &contact()).unwrap();
    assert!(!sealed.windows(11).any(|window| window == b"13800138000"));
    assert_ne!(sealed, keys.sealer().seal(UserId(7), &contact()).unwrap(), "nonces differ");
    assert_eq!(keys.sealer().open(UserId(7), &sealed), Ok(contact()));
    assert!(keys.sealer().open(UserId(8), &sealed).is_err());
    assert!(other.sealer().open(UserId(7), &sealed).is_err());
    assert!(keys.sealer().open(UserId(7), &sealed[..5]).is_err());
}

#[test]
fn lists_and_logs_show_no_full_number() {
    let masked = contact().masked();
    assert_eq!(masked.mobile.as_deref(), Some("138****8000"));
    assert_eq!(masked.email.as_deref(), Some("l***@example.com"));
    let shown = format!("{:?}", contact());
    assert!(!shown.contains("13800138000") && !shown.contains("li.wei"), "{shown}");
    assert_eq!(mask_mobile("+491234"), "+****4");
    assert_eq!(mask_mobile("+49"), "****");
}
