//! The same uploads in a bucket. `S3_URI` names a server and a bucket as `http://HOST:PORT/BUCKET`, `S3_KEYS` its keys;
//! without them these tests say so, loudly.

use std::io::Write as _;

use serde_json::json;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{head, mp4, send, until};
use crate::harness::http;
use crate::process::Site;

/// A site whose uploads lie in the bucket; none, loudly, when none is named.
#[expect(clippy::explicit_write, reason = "shown of a test that passes, too")]
fn site() -> Option<(Site, NamedTempFile)> {
    let text = |name: &str| std::env::var_os(name).map(|text| text.into_string().unwrap());
    let (Some(server), Some(keys)) = (text("S3_URI"), text("S3_KEYS")) else {
        let words = "SKIPPED: S3_URI and S3_KEYS name no bucket, so nothing was uploaded to one";
        writeln!(std::io::stderr(), "{words}").unwrap();
        return None;
    };
    let (endpoint, bucket) = server.rsplit_once('/').unwrap();
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(keys.as_bytes()).unwrap();
    let site = Site::with(&[
        format!("--uploads=s3://{bucket}?endpoint={endpoint}&region=us-east-1"),
        format!("--uploads-secret-file={}", file.path().display()),
    ]);
    Some((site, file))
}

#[tokio::test]
async fn s3_keeps_what_is_uploaded_and_gives_it_in_parts() {
    let Some((site, _keys)) = site() else { return };
    let people = site.admin(&["tokens", "--count=2"], "");
    let token = people[0]["token"].as_str().unwrap();
    let serving = site.serve();
    // More than two of its parts.
    let video = mp4(12_000_000);
    let made = send(serving.address, "POST /v1/uploads?use=exhibit_video", Some(token), "", &video).await;
    assert_eq!(made.status, 201, "{}", made.head);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("GET /v1/uploads/{id}/content");
    let whole = send(serving.address, &path, None, "", &[]).await;
    assert!(whole.status == 200 && whole.body == video);
    let part = send(serving.address, &path, None, "range: bytes=5242870-5242890\r\n", &[]).await;
    assert!(part.status == 206 && part.body == video[5_242_870..=5_242_890]);
    let photo = send(serving.address, "POST /v1/uploads?use=logo", Some(token), "", &super::png()).await;
    assert_eq!(photo.status, 201, "{}", photo.head);
    let gone = http::ask(serving.address, &format!("DELETE /v1/uploads/{id}"), Some(token), "", None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(send(serving.address, &path, None, "", &[]).await.status, 404);
    assert!(!site.data().join("uploads").exists(), "nothing beside the bucket");
}

#[tokio::test]
async fn s3_holds_nothing_of_a_client_that_goes() {
    let Some((site, _keys)) = site() else { return };
    let people = site.admin(&["tokens", "--count=2"], "");
    let token = people[0]["token"].as_str().unwrap();
    let serving = site.serve();
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let begun = head("POST /v1/uploads?use=exhibit_video", Some(token), "content-length: 20000000\r\n");
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream.write_all(&mp4(11_000_000)).await.unwrap();
    drop(stream);
    let nothing = json!({"bytes": 0, "files": 0});
    until("it is given up", async || {
        let usage = http::ask(serving.address, "GET /v1/uploads", Some(token), "", None).await.body();
        usage["taken"] == nothing
    })
    .await;
}
