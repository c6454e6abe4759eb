//! Scenario `uploads`: what a long video costs the hub's memory while it comes and while it is shown.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Serialize;
use serde_json::json;

use crate::clock::Stopwatch;
use crate::fanout::mib;
use crate::link::Target;
use crate::negotiation::accounts;
use crate::process::Hub;
use crate::report::Outcome;

const MIB: u64 = 1 << 20;
/// Sent and read at once.
const PIECE_BYTES: usize = 256 << 10;
/// Pieces between two looks at the hub's memory.
const LOOK_EVERY: u64 = 8;
/// Without a byte.
const PATIENCE: Duration = Duration::from_secs(60);
/// The first bytes of an MPEG-4 file.
const HEAD: &[u8] = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct UploadsArgs {
    /// Mebibytes of the video
    #[arg(long, default_value_t = 500)]
    pub mib: u64,
    /// Fails when the hub grows by more mebibytes
    #[arg(long)]
    pub growth_mib_max: Option<f64>,
}

/// The highest memory that was seen.
struct Watch<'a> {
    hub: &'a Hub,
    highest: u64,
    pieces: u64,
}

impl Watch<'_> {
    fn look(&mut self) -> anyhow::Result<()> {
        self.pieces += 1;
        if self.pieces.is_multiple_of(LOOK_EVERY) {
            self.highest = self.highest.max(self.hub.usage()?.rss_bytes);
        }
        Ok(())
    }
}

/// Runs the scenario on a hub of its own: another's memory is not ours to read.
///
/// # Errors
/// When the hub does not take the video, or does not show it.
pub fn run(args: &UploadsArgs, target: Option<&Target>) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "uploads measures a hub of its own: leave out --url");
    ensure!((1..=500).contains(&args.mib), "a video has 1 to 500 MiB");
    let hub = Hub::start(false)?;
    let accounts = accounts(Some(&hub), None, 2)?;
    let token = accounts.first().map(|account| account.token.as_str()).context("an account")?;
    let mut watch = Watch { hub: &hub, highest: 0, pieces: 0 };
    // The first one pays for what all share.
    show(hub.address(), &upload(hub.address(), token, 4 * MIB, &mut watch)?, &mut watch)?;
    let before = hub.usage()?.rss_bytes;
    watch.highest = before;
    let stopwatch = Stopwatch::start();
    let id = upload(hub.address(), token, args.mib * MIB, &mut watch)?;
    let (uploaded, uploaded_in) = (watch.highest, stopwatch.elapsed());
    let shown = show(hub.address(), &id, &mut watch)?;
    let shown_in = stopwatch.elapsed() - uploaded_in;
    let growth = mib(watch.highest.saturating_sub(before));
    let mut findings = Vec::new();
    if shown < args.mib * MIB {
        findings.push(format!("{shown} bytes of {} MiB were shown", args.mib));
    }
    if args.growth_mib_max.is_some_and(|most| growth > most) {
        findings.push(format!("the hub grew by {growth} MiB"));
    }
    let figures = json!({
        "args": args, "growth_mib": growth, "growth_uploading_mib": mib(uploaded.saturating_sub(before)),
        "rss_before_mib": mib(before), "upload_s": uploaded_in.as_secs_f64(), "download_s": shown_in.as_secs_f64(),
    });
    Ok(Outcome { scenario: "uploads", findings, figures })
}

fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// The new upload's id.
fn upload(address: SocketAddr, token: &str, bytes: u64, watch: &mut Watch<'_>) -> anyhow::Result<String> {
    let mut stream = connect(address)?;
    write!(
        stream,
        "POST /v1/uploads?use=exhibit_video HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         authorization: Bearer {token}\r\ncontent-length: {bytes}\r\n\r\n"
    )?;
    stream.write_all(HEAD)?;
    let piece = vec![b'x'; PIECE_BYTES];
    let mut left = bytes - HEAD.len() as u64;
    while left > 0 {
        let length = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        stream.write_all(piece.get(..length).unwrap_or_default())?;
        left -= length as u64;
        watch.look()?;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer")?;
    ensure!(head.starts_with("HTTP/1.1 201"), "{answer}");
    let upload: serde_json::Value = serde_json::from_str(body)?;
    Ok(upload.get("id").and_then(|id| id.as_str()).context("an id")?.to_owned())
}

/// How many bytes came, head and all.
fn show(address: SocketAddr, id: &str, watch: &mut Watch<'_>) -> anyhow::Result<u64> {
    let mut stream = connect(address)?;
    write!(stream, "GET /v1/uploads/{id}/content HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let (mut piece, mut bytes) = (vec![0; PIECE_BYTES], 0);
    loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes += count as u64;
        watch.look()?;
    }
}
