//! Files over REST: how they come, how they are shown and to whom, and that nothing stays of what was not finished.

mod process;
mod s3;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use fair::{Duty, NewEnterprise};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::harness::{Person, TestHub};
use crate::socket::raw::PATIENCE;

/// An answer whose body is no text.
pub(crate) struct Got {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.head))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The refusal: its code, then pointer and rule of each field.
    fn refusal(&self) -> (u16, String, Vec<String>) {
        let problem = self.json();
        let fields = problem["fields"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let fields = fields.iter().map(|field| format!("{} {}", text(&field["at"]), text(&field["code"])));
        (self.status, text(&problem["title"]), fields.collect())
    }
}

/// One request with a body of bytes.
pub(crate) async fn send(address: SocketAddr, request: &str, token: Option<&str>, more: &str, body: &[u8]) -> Got {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = head(request, token, &format!("connection: close\r\ncontent-length: {}\r\n{more}", body.len()));
    stream.write_all(head.as_bytes()).await.unwrap();
    // Who is refused early may not be read to the end.
    drop(stream.write_all(body).await);
    read(stream).await
}

fn head(request: &str, token: Option<&str>, more: &str) -> String {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("{request} HTTP/1.1\r\nhost: localhost\r\n{token}{more}\r\n")
}

async fn read(mut stream: TcpStream) -> Got {
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("an answer in time").unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, head: head.to_lowercase(), body: bytes[end + 4..].to_vec() }
}

impl TestHub {
    async fn upload(&self, query: &str, person: &Person, more: &str, body: &[u8]) -> Got {
        send(self.address(), &format!("POST /v1/uploads?{query}"), Some(&person.token), more, body).await
    }

    async fn fetch(&self, request: &str, person: Option<&Person>, more: &str) -> Got {
        send(self.address(), request, person.map(|person| person.token.as_str()), more, &[]).await
    }

    async fn taken(&self, person: &Person) -> Value {
        self.get("/v1/uploads", &person.token).await.body()["taken"].clone()
    }
}

/// A PNG of one red pixel.
pub(crate) fn png() -> Vec<u8> {
    let hex = "89504e470d0a1a0a0000000d49484452000000010000000108020000009077\
               53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082";
    let digits: Vec<_> =
        hex.bytes().filter(u8::is_ascii_hexdigit).map(|byte| (byte as char).to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

pub(crate) fn mp4(length: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec();
    bytes.extend((bytes.len()..length).map(|at| (at / 251).to_le_bytes()[0]));
    bytes
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n<script>alert(1)</script>\n%%EOF\n".to_vec()
}

/// Everything on the disk below a folder.
pub(crate) fn on_disk(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { on_disk(&path) } else { vec![path] }).collect()
}

pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        let mut every = interval(Duration::from_millis(20));
        while !is_so().await {
            every.tick().await;
        }
    };
    timeout(PATIENCE, waiting).await.expect(what);
}

#[tokio::test]
async fn a_picture_is_shown_to_anybody_and_can_do_nothing() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let more = "content-type: image/png\r\n";
    let made = hub
        .upload("use=logo&name=%E6%A0%87%E5%BF%97.png", &buyer, more, &[png().as_slice(), b"<script>"].concat())
        .await;
    assert_eq!(made.status, 201, "{}", made.head);
    let upload = made.json();
    let id = upload["id"].as_str().unwrap().to_owned();
    let bytes = upload["bytes"].as_u64().unwrap();
    assert_eq!(upload, json!({"id": id, "use": "logo", "type": "image/png", "bytes": bytes, "width": 1, "height": 1}));
    assert_eq!(made.header("location"), Some(format!("/v1/uploads/{id}").as_str()));

    let path = format!("/v1/uploads/{id}/content");
    let shown = hub.fetch(&format!("GET {path}"), None, "").await;
    assert_eq!((shown.status, shown.body.len() as u64), (200, bytes));
    assert!(shown.body.starts_with(b"\x89PNG") && !shown.body.ends_with(b"<script>"));
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("cross-origin-resource-policy", "same-origin"),
        ("content-disposition", &format!("inline; filename=\"{id}.png\"")),
        ("accept-ranges", "bytes"),
    ] {
        assert_eq!(shown.header(name), Some(value), "{}", shown.head);
    }
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert_eq!(shown.head.matches("content-security-policy").count(), 1);

    let tag = shown.header("etag").unwrap();
    let held = hub.fetch(&format!("GET {path}"), None, &format!("if-none-match: {tag}\r\n")).await;
    assert_eq!((held.status, held.body.len(), held.header("etag")), (304, 0, Some(tag)));
    let head = hub.fetch(&format!("HEAD {path}"), None, "").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), shown.header("content-length"));
    let one = hub.get(&format!("/v1/uploads/{id}"), &buyer.token).await;
    assert_eq!(one.body(), upload);
    assert_eq!(hub.taken(&buyer).await, json!({"bytes": bytes, "files": 1}));

    let gone = hub.http(&format!("DELETE /v1/uploads/{id}"), Some(&buyer.token), "", None).await;
    assert_eq!(gone.status, 204);
    assert_eq!(hub.fetch(&format!("GET {path}"), None, "").await.status, 404);
    assert_eq!(hub.taken(&buyer).await, json!({"bytes": 0, "files": 0}));
    assert!(on_disk(&hub.folder().join("uploads")).is_empty());
}

#[tokio::test]
async fn a_video_is_shown_in_the_parts_that_a_player_asks_for() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let video = mp4(3_000_000);
    let made = hub.upload("use=booth_video&name=a.mp4", &buyer, "content-type: video/mp4\r\n", &video).await;
    assert_eq!(made.status, 201, "{}", made.head);
    let path = format!("GET /v1/uploads/{}/content", made.json()["id"].as_str().unwrap());
    let whole = hub.fetch(&path, None, "").await;
    assert!(whole.status == 200 && whole.body == video);
    let tag = whole.header("etag").unwrap();
    for (range, from, to) in [
        ("0-99", 0, 100),
        ("2999990-", 2_999_990, 3_000_000),
        ("-5", 2_999_995, 3_000_000),
        ("262100-600000", 262_100, 600_001),
    ] {
        for more in ["", &format!("if-range: {tag}\r\n")] {
            let part = hub.fetch(&path, None, &format!("range: bytes={range}\r\n{more}")).await;
            assert_eq!(part.status, 206, "{range}");
            assert_eq!(part.header("content-range"), Some(format!("bytes {from}-{}/3000000", to - 1).as_str()));
            assert!(part.body == video[from..to], "{range}");
        }
    }
    let other = hub.fetch(&path, None, "range: bytes=0-9\r\nif-range: \"other\"\r\n").await;
    assert_eq!((other.status, other.body.len()), (200, video.len()));
    let beyond = hub.fetch(&path, None, "range: bytes=3000000-\r\n").await;
    assert_eq!(beyond.refusal(), (416, "range_not_satisfiable".into(), Vec::new()));
    assert_eq!(beyond.header("content-range"), Some("bytes */3000000"));
}

#[tokio::test]
async fn a_plan_is_saved_to_a_file_by_those_who_have_to_do_with_it() {
    let hub = TestHub::start().await;
    let (buyer, seller) = hub.pair().await;
    let committee = NewEnterprise {
        kind: fair::Kind::Committee,
        identifier: "committee".to_owned(),
        name: "Committee".to_owned(),
        name_en: None,
    };
    let committee = hub.accounts().create_enterprise(committee).await.unwrap().id;
    let (chief, clerk) = (hub.admin(buyer.team()).await, hub.person(Some(committee), "clerk", None).await);
    let colleague = hub.person(Some(buyer.team()), "colleague", Some(Duty::Consultant)).await;
    let made = hub.upload("use=plan&name=%E6%96%B9%E6%A1%88%22.pdf", &buyer, "", &pdf()).await;
    assert_eq!((made.status, made.json()["name"].as_str()), (201, Some("方案\".pdf")), "{}", made.head);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("GET /v1/uploads/{id}/content");
    for person in [&buyer, &chief, &clerk] {
        let shown = hub.fetch(&path, Some(person), "").await;
        assert!(shown.status == 200 && shown.body == pdf());
        let disposition = format!("attachment; filename=\"{id}.pdf\"; filename*=utf-8''%e6%96%b9%e6%a1%88%22.pdf");
        assert_eq!(shown.header("content-disposition"), Some(disposition.as_str()));
        assert_eq!(shown.header("cache-control"), Some("no-store"));
    }
    for person in [None, Some(&seller), Some(&colleague)] {
        assert_eq!(hub.fetch(&path, person, "").await.refusal().1, "not_found");
    }
    for person in [&seller, &colleague] {
        let path = format!("/v1/uploads/{id}");
        assert_eq!(hub.get(&path, &person.token).await.problem(), "not_found");
        assert_eq!(hub.http(&format!("DELETE {path}"), Some(&person.token), "", None).await.problem(), "not_found");
    }
    assert_eq!(hub.fetch(&path, None, "authorization: Bearer none\r\n").await.status, 401);
}

#[tokio::test]
async fn refusals_say_which_rule_is_broken() {
    let hub = TestHub::with(&[("uploads_booth_video_mib", "1"), ("uploads_quota_mib", "2")]).await;
    let (buyer, _seller) = hub.pair().await;
    let refused = async |query: &str, more: &str, body: &[u8]| hub.upload(query, &buyer, more, body).await.refusal();
    let invalid = |field: &str| (422, "invalid".to_owned(), vec![field.to_owned()]);
    assert_eq!(refused("use=stamp", "", &png()).await, invalid("/use not_an_option"));
    assert_eq!(refused("use=logo&more=1", "", &png()).await.1, "bad_request");
    assert_eq!(refused("", "", &png()).await.1, "bad_request");
    assert_eq!(refused("use=logo", "", b"<svg/>").await, invalid("/file unsupported"));
    assert_eq!(refused("use=logo", "content-type: image/gif\r\n", &png()).await, invalid("/Content-Type mismatch"));
    assert_eq!(refused("use=logo&name=a.svg", "", &png()).await, invalid("/name extension"));
    assert_eq!(refused("use=id_photo", "", &png()).await, invalid("/file too_short"));
    assert_eq!(refused("use=booth_video", "", &mp4(3 << 20)).await.1, "too_large", "read far enough to be answered");
    for left in [1, 0] {
        let video = hub.upload("use=booth_video", &buyer, "", &mp4(1 << 20)).await;
        assert_eq!(video.status, 201, "{left}");
    }
    assert_eq!(refused("use=booth_video", "", &mp4(1_000)).await, invalid("/file quota"));
    let none = send(hub.address(), "POST /v1/uploads?use=logo", None, "", &png()).await;
    assert_eq!(none.refusal().1, "unauthenticated");
    let usage = hub.get("/v1/uploads", &buyer.token).await.body();
    assert_eq!((&usage["quota"], &usage["taken"]["files"]), (&json!({"bytes": 2 << 20, "files": 5000}), &json!(2)));
    let photo = usage["uses"].as_array().unwrap().iter().find(|rule| rule["use"] == "id_photo").unwrap();
    let rule = json!({"use": "id_photo", "formats": ["jpeg"], "bytes_min": 50_000, "bytes_max": 512_000, "pixels": [600, 800],
        "per_record": 1, "private": true});
    assert_eq!(*photo, rule);
}

#[tokio::test]
async fn a_client_that_waits_to_be_told_is_refused_before_it_sends() {
    let hub = TestHub::with(&[("uploads_booth_video_mib", "1")]).await;
    let (buyer, _seller) = hub.pair().await;
    for (length, status) in [(2 << 20, "HTTP/1.1 413"), (1 << 20, "HTTP/1.1 100")] {
        let mut stream = TcpStream::connect(hub.address()).await.unwrap();
        let more = format!("expect: 100-continue\r\ncontent-length: {length}\r\n");
        let head = head("POST /v1/uploads?use=booth_video", Some(&buyer.token), &more);
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut said = [0; 12];
        timeout(PATIENCE, stream.read_exact(&mut said)).await.unwrap().unwrap();
        assert_eq!(std::str::from_utf8(&said).unwrap(), status);
    }
}

#[tokio::test]
async fn a_client_that_goes_leaves_nothing() {
    let hub = TestHub::start().await;
    let (buyer, _seller) = hub.pair().await;
    let folder = hub.folder().join("uploads");
    for framing in ["content-length: 9000000\r\n", "transfer-encoding: chunked\r\n"] {
        let mut stream = TcpStream::connect(hub.address()).await.unwrap();
        stream
            .write_all(head("POST /v1/uploads?use=booth_video", Some(&buyer.token), framing).as_bytes())
            .await
            .unwrap();
        let video = mp4(2_000_000);
        if framing.starts_with("transfer") {
            stream.write_all(b"300000\r\n").await.unwrap();
        }
        stream.write_all(&video).await.unwrap();
        until("it has begun", async || !on_disk(&folder).is_empty()).await;
        assert_eq!(hub.taken(&buyer).await["files"], 1);
        drop(stream);
        until("it is gone", async || {
            on_disk(&folder).is_empty() && hub.taken(&buyer).await == json!({"bytes": 0, "files": 0})
        })
        .await;
    }
    let whole = hub.upload("use=booth_video", &buyer, "", &mp4(100_000)).await;
    assert_eq!(whole.status, 201);
    let chunked = "transfer-encoding: chunked\r\nconnection: close\r\n";
    let mut stream = TcpStream::connect(hub.address()).await.unwrap();
    stream.write_all(head("POST /v1/uploads?use=booth_video", Some(&buyer.token), chunked).as_bytes()).await.unwrap();
    for piece in mp4(100_000).chunks(33_333) {
        stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await.unwrap();
        stream.write_all(&[piece, b"\r\n"].concat()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert_eq!(read(stream).await.status, 201, "a length need not be known");
}
