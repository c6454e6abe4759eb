use serde_json::json;

use super::*;

const NOW: Millis = Millis(1_800_000_000_000);

fn keys() -> Keys {
    Keys::derive(&SecretString::from("a-secret-of-at-least-32-bytes-for-tests")).unwrap()
}

fn principal() -> Principal {
    Principal {
        user: UserId(7),
        enterprise: Some(EnterpriseId(8)),
        kind: Kind::Enterprise,
        duty: Some(Duty::Consultant),
        admin: true,
        session: SessionId(9),
        expires_at: NOW.plus_ms(ACCESS_TTL_S * 1000),
        rights: 3,
    }
}

fn good_claims() -> serde_json::Value {
    let now_s = NOW.0 / 1000;
    json!({"sub": UserId(7), "kind": "individual", "admin": false, "sid": SessionId(9), "ver": 1,
        "iat": now_s, "nbf": now_s, "exp": now_s + 60})
}

/// A token with any header and claims, truly signed with our key by `algorithm`'s MAC.
fn signed(keys: &Keys, header: &serde_json::Value, claims: &serde_json::Value) -> String {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let body = format!("{}.{}", part(header), part(claims));
    let key = keys.signing.as_bytes();
    let mark = match header["alg"].as_str().unwrap() {
        "HS384" => {
            Hmac::<sha2::Sha384>::new_from_slice(key).unwrap().chain_update(&body).finalize().into_bytes().to_vec()
        }
        "none" => Vec::new(),
        _ => Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(&body).finalize().into_bytes().to_vec(),
    };
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(mark))
}

fn header(keys: &Keys, algorithm: &str) -> serde_json::Value {
    json!({"typ": "JWT", "alg": algorithm, "kid": keys.key_id})
}

#[test]
fn an_access_token_gives_back_its_principal_until_it_expires() {
    let keys = keys();
    let token = keys.sign(&principal(), NOW).unwrap();
    assert_eq!(keys.verify(&token, NOW), Ok(principal()));
    assert_eq!(keys.verify(&token, NOW.plus_ms(ACCESS_TTL_S * 1000 - 1)), Ok(principal()));
    assert_eq!(keys.verify(&token, NOW.plus_ms(ACCESS_TTL_S * 1000)), Err(Error::TokenExpired));
    assert_eq!(keys.verify(&token, NOW.plus_ms(-60_000)), Err(Error::TokenExpired), "of a clock that was set back");
}

#[test]
fn a_handmade_token_is_accepted_so_that_the_refusals_below_mean_something() {
    let keys = keys();
    let token = signed(&keys, &header(&keys, "HS256"), &good_claims());
    assert_eq!(keys.verify(&token, NOW).unwrap().user, UserId(7));
}

#[test]
fn other_algorithms_keys_and_key_ids_are_refused() {
    let keys = keys();
    for algorithm in ["none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
        let token = signed(&keys, &header(&keys, algorithm), &good_claims());
        assert_eq!(keys.verify(&token, NOW), Err(Error::Unauthenticated), "{algorithm}");
    }
    for kid in [json!(null), json!("0000000000000000"), json!("../../dev/null")] {
        let token = signed(&keys, &json!({"typ": "JWT", "alg": "HS256", "kid": kid}), &good_claims());
        assert_eq!(keys.verify(&token, NOW), Err(Error::Unauthenticated), "{kid}");
    }
    let other = Keys::derive(&SecretString::from("another-secret-of-at-least-32-bytes!")).unwrap();
    let forged = signed(&other, &header(&keys, "HS256"), &good_claims());
    assert_eq!(keys.verify(&forged, NOW), Err(Error::Unauthenticated));
}

#[test]
fn times_are_required_whole_numbers() {
    let keys = keys();
    let now_s = NOW.0 / 1000;
    for (claim, wrong) in [
        ("exp", json!((now_s + 60).to_string())),
        ("exp", json!(60.5)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(null)),
        ("nbf", json!(now_s.to_string())),
        ("nbf", json!(now_s + 3600)),
        ("sub", json!(7)),
        ("ver", json!("1")),
    ] {
        let mut claims = good_claims();
        claims[claim] = wrong.clone();
        let token = signed(&keys, &header(&keys, "HS256"), &claims);
        assert_eq!(keys.verify(&token, NOW), Err(Error::Unauthenticated), "{claim}: {wrong}");
    }
    for claim in ["exp", "nbf", "iat", "sub", "sid", "ver", "kind", "admin"] {
        let mut claims = good_claims();
        claims.as_object_mut().unwrap().remove(claim);
        let token = signed(&keys, &header(&keys, "HS256"), &claims);
        assert_eq!(keys.verify(&token, NOW), Err(Error::Unauthenticated), "without {claim}");
    }
}

#[test]
fn a_token_of_a_clock_ahead_is_to_be_refreshed() {
    let keys = keys();
    let now_s = NOW.0 / 1000;
    for (ahead_s, answer) in
        [(SKEW_S, Ok(())), (SKEW_S + 1, Err(Error::TokenExpired)), (3_600, Err(Error::TokenExpired))]
    {
        for claim in ["iat", "nbf"] {
            let mut claims = good_claims();
            claims[claim] = json!(now_s + ahead_s);
            claims["exp"] = json!(now_s + ahead_s + 60);
            let token = signed(&keys, &header(&keys, "HS256"), &claims);
            assert_eq!(keys.verify(&token, NOW).map(drop), answer, "{claim} {ahead_s}");
        }
    }
}

#[test]
fn a_changed_or_broken_token_is_refused() {
    let keys = keys();
    let token = keys.sign(&principal(), NOW).unwrap();
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        // The last character of unpadded base 64 carries bits that mean nothing; a strict decoder refuses those too.
        assert_eq!(keys.verify(&changed, NOW), Err(Error::Unauthenticated), "byte {at}");
    }
    let cut = token.split_at(token.len() - 8).0;
    for broken in ["", ".", "..", "a.b.c", cut, &"x".repeat(100_000)] {
        assert_eq!(keys.verify(broken, NOW), Err(Error::Unauthenticated));
    }
}

#[test]
fn refresh_tokens_carry_our_mark() {
    let keys = keys();
    let named = Refresh { user: UserId(7), session: SessionId(9), generation: 4 };
    let token = keys.refresh_token(named);
    assert_eq!(keys.read_refresh_token(&token), Some(named));
    let older = token.replacen(".4.", ".3.", 1);
    for wrong in ["", "...", older.as_str(), &token[..token.len() - 1], &format!("{token}A"), &format!("x{token}")] {
        assert_eq!(keys.read_refresh_token(wrong), None, "{wrong}");
    }
}

#[test]
fn cursors_are_ours_and_belong_to_one_list() {
    let keys = keys();
    let cursor = keys.cursor("enterprises", "北京/0000000000008");
    assert_eq!(keys.read_cursor("enterprises", &cursor), Ok("北京/0000000000008".to_owned()));
    assert_eq!(keys.read_cursor("notifications", &cursor), Err(Error::BadCursor));
    for wrong in ["", "AAAA", "not base64!", &format!("{cursor}AAAA")] {
        assert_eq!(keys.read_cursor("enterprises", wrong), Err(Error::BadCursor));
    }
}

#[test]
fn secrets_are_long_and_never_shown() {
    assert!(Keys::derive(&SecretString::from("short")).is_err());
    let shown = format!("{:?}", keys());
    assert!(!shown.contains("refresh") && shown.contains("key_id"), "{shown}");
}
