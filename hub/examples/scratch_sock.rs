//! Scratch.
#![allow(warnings)]
use bytes::Bytes;
use hub::room_id::RoomId;
use hub::socket::*;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use storage::clock::Clock;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

struct Bench {
    conn: Arc<Conn>,
    publish: mpsc::Sender<(u64, Bytes)>,
    auth: bool,
}
impl Protocol for Bench {
    async fn on_text(&mut self, text: &str) -> Result<(), Closing> {
        self.auth = true;
        for line in text.split('\n') {
            let v: serde_json::Value = serde_json::from_str(line).unwrap();
            let op = v["op"].as_str().unwrap();
            let room = |v: &serde_json::Value| {
                use std::hash::{Hash, Hasher};
                let mut h = std::collections::hash_map::DefaultHasher::new();
                v["d"]["room"].as_str().unwrap().hash(&mut h);
                h.finish()
            };
            if op == "bench.publish" {
                let event =
                    serde_json::json!({"ev": "bench.message", "room": v["d"]["room"], "d": {"data": v["d"]["data"]}})
                        .to_string();
                let _ = self.publish.send((room(&v), Bytes::from(event))).await;
                continue;
            }
            if op == "bench.join" {
                self.conn.lane().subscribe(RoomId::Bench(room(&v)), self.conn.id());
            }
            self.conn.request_slot().await;
            self.conn
                .lane()
                .reply(self.conn.id(), Bytes::from(serde_json::json!({"id": v["id"], "ok": {}}).to_string()));
        }
        Ok(())
    }
    async fn on_binary(&mut self, _d: &[u8]) -> Result<(), Closing> {
        Err(Closing::new(hub::code::Code::BadFrame))
    }
    fn is_authenticated(&self) -> bool {
        self.auth
    }
    fn on_closed(&mut self) {}
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let port: u16 = args[1].parse().unwrap();
    let workers: usize = args[2].parse().unwrap();
    let batch_ms: u64 = args[3].parse().unwrap();
    let rt = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap();
    rt.block_on(async move {
        let tracker = TaskTracker::new();
        let shutdown = CancellationToken::new();
        let lanes = Lanes::start(workers, LaneLimits::default(), &Clock::system(), &tracker, &shutdown);
        let (tx, mut rx) = mpsc::channel::<(u64, Bytes)>(65536);
        let l2 = lanes.clone();
        tracker.spawn(async move {
            let mut rooms: HashMap<u64, Vec<Bytes>> = HashMap::new();
            let mut tick = tokio::time::interval(Duration::from_millis(batch_ms));
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    Some((room, data)) = rx.recv() => { rooms.entry(room).or_default().push(data); }
                    _ = tick.tick() => {
                        for (room, parts) in &mut rooms {
                            if parts.is_empty() { continue }
                            let frame = Frame::from_objects(parts);
                            parts.clear();
                            for lane in l2.all() { let _ = lane.broadcast(RoomId::Bench(*room), frame.clone(), Class::Durable, None); }
                        }
                    }
                }
            }
        });
        let s2 = shutdown.clone();
        tokio::spawn(async move { tokio::signal::ctrl_c().await; eprintln!("draining"); s2.cancel(); });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let options = ServeOptions { bench: true, per_ip_max: 1_000_000, ..Default::default() };
        serve(listener, options, lanes, axum::Router::new(), move |conn| Bench { conn, publish: tx.clone(), auth: false }, shutdown).await;
        tracker.close();
        tracker.wait().await;
        eprintln!("drained");
    });
}
