use axum::body::to_bytes;

use super::*;

async fn asked(method: Method, path: &'static str, held: Option<&str>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut headers = HeaderMap::new();
    if let Some(held) = held {
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(held).unwrap());
    }
    answered(method, path, headers).await
}

async fn answered(method: Method, path: &'static str, headers: HeaderMap) -> (StatusCode, HeaderMap, Vec<u8>) {
    let answer = file(method, Uri::from_static(path), headers).await;
    let (head, body) = answer.into_parts();
    (head.status, head.headers, to_bytes(body, 1 << 20).await.unwrap().to_vec())
}

#[tokio::test]
async fn each_place_answers_the_document_and_nothing_else_does() {
    for place in [
        "/index.html",
        "/chat",
        "/chat/0abc9",
        "/signin",
        "/signin?next=%2Fchat",
        "/recover",
        "/register/enterprise",
        "/register/individual",
        "/register/media",
        "/account",
        "/desk",
        "/desk/exhibitor-applications",
        "/desk/exhibitor-applications/new",
        "/desk/messages/0abc9",
    ] {
        let (status, headers, body) = asked(Method::GET, place, None).await;
        let path = place.split('?').next().unwrap().trim_start_matches('/');
        let script = if path == "index.html" { "home" } else { place_of(path).unwrap() };
        let document = needed::document(script).unwrap();
        assert_eq!((status, &body), (StatusCode::OK, &document.plain.to_vec()), "{place}");
        assert!(body.starts_with(b"<!doctype html>"), "{place}");
        assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8", "{place}");
    }
    for nothing in [
        "/nothing",
        "/chat/",
        "/chat/a/b",
        "/chat/A",
        "/chat/..",
        "/desk/",
        "/desk/a/b/c",
        "/desk//b",
        "/register",
        "/register/institution",
        "/signin/",
        "/account/x",
        "/Chat",
        "/chat/%61",
    ] {
        assert_eq!(asked(Method::GET, nothing, None).await.0, StatusCode::NOT_FOUND, "{nothing}");
    }
    let long = format!("/desk/{}", "a".repeat(STEP_BYTES_MAX + 1));
    assert!(place_of(long.trim_start_matches('/')).is_none());
    assert!(place_of(&long[1..long.len() - 1]).is_some());
}

/// The page's own table of addresses, as its source writes it.
#[test]
fn the_page_and_the_hub_know_the_same_places() {
    let table = include_str!("../../../web/app/frame/places.js");
    let rows: Vec<(&str, &str)> = table
        .split("path: '")
        .skip(1)
        .filter_map(|rest| {
            Some((rest.split('\'').next()?, rest.split("import('../places/").nth(1)?.split(".js").next()?))
        })
        .collect();
    assert!(rows.len() >= 8, "{rows:?}");
    for (address, script) in &rows {
        let example = address.replace("{class}", "media").replace("{kind}", "messages").replace("{id}", "0abc");
        assert_eq!(place_of(example.trim_start_matches('/')), Some(*script), "{address}");
    }
    assert!(PLACES.iter().all(|place| rows.iter().any(|(_, script)| script == place)), "{rows:?}");
}

#[tokio::test]
async fn what_a_browser_holds_is_not_sent_again() {
    let (status, headers, body) = asked(Method::GET, "/main.js", None).await;
    assert_eq!(status, StatusCode::OK);
    assert!(!body.is_empty());
    let tag = headers[header::ETAG].to_str().unwrap();
    let (status, again, body) = asked(Method::GET, "/main.js", Some(tag)).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again[header::ETAG], headers[header::ETAG]);
    assert_eq!(asked(Method::GET, "/main.js", Some("\"other\"")).await.0, StatusCode::OK);
    let (_, other, _) = asked(Method::GET, "/style.css", None).await;
    assert_ne!(other[header::ETAG], headers[header::ETAG]);
    assert_eq!(asked(Method::POST, "/chat", None).await.0, StatusCode::METHOD_NOT_ALLOWED);
}

async fn accepting(encodings: &str, held: Option<&str>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(encodings).unwrap());
    if let Some(held) = held {
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(held).unwrap());
    }
    answered(Method::GET, "/strings.js", headers).await
}

#[tokio::test]
async fn who_takes_gzip_is_sent_it_and_reads_the_same_file() {
    let (_, plain, whole) = asked(Method::GET, "/strings.js", None).await;
    assert!(!plain.contains_key(header::CONTENT_ENCODING));
    assert_eq!(plain[header::VARY], "accept-encoding");
    for encodings in ["gzip", "br, GZIP;q=0.5", "deflate, gzip; q=1.0, *;q=0"] {
        let (status, headers, small) = accepting(encodings, None).await;
        assert_eq!(
            (status, headers[header::CONTENT_ENCODING].as_bytes()),
            (StatusCode::OK, &b"gzip"[..]),
            "{encodings}"
        );
        assert_eq!(headers[header::CONTENT_TYPE], plain[header::CONTENT_TYPE]);
        assert_ne!(headers[header::ETAG], plain[header::ETAG], "caches keep them apart");
        assert!(small.len() * 2 < whole.len(), "{} of {}", small.len(), whole.len());
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(small.as_slice()), &mut unpacked).unwrap();
        assert_eq!(unpacked, whole);
        let tag = headers[header::ETAG].to_str().unwrap();
        assert_eq!(accepting(encodings, Some(tag)).await.0, StatusCode::NOT_MODIFIED);
    }
    for encodings in ["", "br", "gzip;q=0", "gzip;q=0.000", "gzip;q=nonsense", "x-gzip", "identity"] {
        let (_, headers, body) = accepting(encodings, None).await;
        assert!(!headers.contains_key(header::CONTENT_ENCODING) && body == whole, "{encodings}");
    }
}
