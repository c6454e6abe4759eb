//! Uploads to the real binary: what it takes of memory, and what a kill leaves.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{head, mp4, on_disk, send, until};
use crate::harness::http;
use crate::process::Site;
use crate::socket::raw::PATIENCE;

const MIB: u64 = 1 << 20;
/// The process may grow by so much over any length of a video. **Units**: bytes.
const GROWTH_MAX: u64 = 16 * MIB;
/// Longer than everything that a process may hold of it, and short enough to be sent in a test. **Units**: bytes.
const LONG: usize = 64 << 20;

/// **Units**: bytes.
fn memory(pid: u32, of: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(of)).unwrap();
    line.trim_matches([':', ' ', '\t']).trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1_024
}

async fn upload(address: SocketAddr, token: &str, video: &[u8]) -> Value {
    let made = send(address, "POST /v1/uploads?use=exhibit_video", Some(token), "", video).await;
    assert_eq!(made.status, 201, "{}", made.head);
    made.json()
}

/// Reads a download and keeps none of it.
async fn download(address: SocketAddr, id: &str) -> u64 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = head(&format!("GET /v1/uploads/{id}/content"), None, "connection: close\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut piece, mut bytes) = (vec![0; 64 << 10], 0);
    loop {
        let count = timeout(PATIENCE, stream.read(&mut piece)).await.unwrap().unwrap();
        if count == 0 {
            return bytes;
        }
        bytes += count as u64;
    }
}

#[tokio::test]
async fn a_long_video_comes_and_goes_without_growing_the_process() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let token = people[0]["token"].as_str().unwrap();
    let serving = site.serve();
    // The first one pays for what all share.
    let first = upload(serving.address, token, &mp4(4 << 20)).await;
    assert!(download(serving.address, first["id"].as_str().unwrap()).await > 4 * MIB);
    // From here on the highest is counted anew.
    std::fs::write(format!("/proc/{}/clear_refs", serving.pid()), "5").unwrap();
    let before = memory(serving.pid(), "VmRSS");
    let video = upload(serving.address, token, &mp4(LONG)).await;
    assert_eq!(video["bytes"], LONG);
    assert!(download(serving.address, video["id"].as_str().unwrap()).await > LONG as u64);
    let growth = memory(serving.pid(), "VmHWM").saturating_sub(before);
    assert!(growth <= GROWTH_MAX, "{} MiB for {} MiB", growth / MIB, LONG as u64 / MIB);
}

#[tokio::test]
async fn a_kill_in_the_middle_leaves_no_file_and_the_next_life_goes_on() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let token = people[0]["token"].as_str().unwrap();
    let folder = site.data().join("uploads");
    let serving = site.serve();
    let kept = upload(serving.address, token, &mp4(1 << 20)).await;
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let begun = head("POST /v1/uploads?use=exhibit_video", Some(token), "content-length: 9000000\r\n");
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream.write_all(&mp4(3 << 20)).await.unwrap();
    until("it has begun", async || on_disk(&folder).len() == 2).await;
    serving.kill();
    assert_eq!(on_disk(&folder).len(), 2, "as a kill leaves it");

    let serving = site.serve();
    assert_eq!(on_disk(&folder).len(), 1);
    let path = format!("GET /v1/uploads/{}/content", kept["id"].as_str().unwrap());
    assert_eq!(send(serving.address, &path, None, "", &[]).await.body.len(), 1 << 20);
    upload(serving.address, token, &mp4(1 << 20)).await;
    let usage = http::ask(serving.address, "GET /v1/uploads", Some(token), "", None).await.body();
    assert_eq!(usage["taken"]["files"], json!(3), "the killed one's share until its deadline");
}

#[tokio::test]
async fn a_hub_that_stops_waits_for_no_upload() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let token = people[0]["token"].as_str().unwrap();
    let mut serving = site.serve();
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let begun = head("POST /v1/uploads?use=exhibit_video", Some(token), "content-length: 9000000\r\n");
    stream.write_all(begun.as_bytes()).await.unwrap();
    stream.write_all(&mp4(1 << 20)).await.unwrap();
    until("it has begun", async || !on_disk(&site.data().join("uploads")).is_empty()).await;
    serving.terminate();
    let status = timeout(Duration::from_secs(15), serving.ended()).await.expect("a stop in time");
    assert!(status.success());
    assert!(on_disk(&site.data().join("uploads")).is_empty(), "what was begun is given up");
}
