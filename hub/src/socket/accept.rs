//! The accept loop: caps before anything else, then TLS, HTTP and perhaps a WebSocket. It waits for nobody: every
//! connection has its own task until it is handed to a lane.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::echo::{self, Echo};
use super::http::{self, HttpOptions, Upgrade, Upgraded};
use super::lane::NewSocket;
use super::reader::Allowance;
use super::stream::{ReadHalf, WriteHalf, split_plain};
use super::tls::split_tls;
use super::{Admission, Admissions, Conn, FrameLimits, Lanes, Protocol};

/// How the door is kept. **Units**: as named; times in `Duration`.
#[derive(Clone)]
pub struct ServeOptions {
    /// Origins from which browsers may connect, exactly as they write them.
    pub origins: Vec<String>,
    /// Sockets that may be open at once, HTTP included.
    pub sockets_max: usize,
    /// The same from one address (one /64 network of IPv6).
    pub per_ip_max: usize,
    /// Certificate and key, when TLS is spoken.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether `/v1/echo` exists, and lines are not counted: whoever measures says more than a client may.
    pub bench: bool,
    /// Until a request's head is complete, and between requests.
    pub header_timeout: Duration,
    /// Until the TLS handshake is done.
    pub handshake_timeout: Duration,
    /// Until a request is answered.
    pub request_timeout: Duration,
    /// Until an HTTP connection is ended whatever it does.
    pub http_lifetime: Duration,
    /// The largest body of a request. **Units**: bytes.
    pub body_bytes_max: usize,
    /// The kernel's send buffer of a socket: a receiver that stops reading is noticed once it is full. **Units**: bytes.
    pub send_buffer_bytes: usize,
    /// What one WebSocket message may be.
    pub frames: FrameLimits,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            sockets_max: sockets_possible(),
            per_ip_max: 256,
            tls: None,
            bench: false,
            header_timeout: Duration::from_secs(5),
            handshake_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            http_lifetime: Duration::from_secs(600),
            body_bytes_max: 64 * 1024,
            send_buffer_bytes: 128 * 1024,
            frames: FrameLimits::default(),
        }
    }
}

/// Certificate files that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or is not PEM.
    #[error("cannot read certificate or key: {0}")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// Certificate and key do not work together.
    #[error("cannot use certificate and key: {0}")]
    Tls(#[source] rustls::Error),
}

/// Descriptors kept for the store, logs and outgoing connections.
const DESCRIPTORS_RESERVED: usize = 512;

/// Sockets that fit into this process's descriptors.
fn sockets_possible() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(1024_usize);
    soft.saturating_sub(DESCRIPTORS_RESERVED).max(64)
}

/// How long the loop rests when the system has no descriptor left.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Accepts sockets until `shutdown`, then returns once all HTTP connections and handshakes have ended. WebSockets are
/// drained by their lanes.
pub async fn serve<P, F>(
    listener: TcpListener,
    options: ServeOptions,
    lanes: Lanes,
    router: Router,
    make: F,
    shutdown: CancellationToken,
) where
    P: Protocol,
    F: Fn(Arc<Conn>) -> P + Send + Sync + 'static,
{
    let tracker = TaskTracker::new();
    let door = Arc::new(Door::new(options, lanes, router, make, &shutdown));
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => admit(&door, stream, peer, &tracker),
                Err(error) => rest(&error).await,
            },
        }
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
}

/// A peer that is gone already is no reason to rest; missing descriptors are.
async fn rest(error: &io::Error) {
    let is_peers = matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset);
    if !is_peers {
        tracing::warn!(%error, "cannot accept");
        http::count("accept_failed");
        tokio::time::sleep(ACCEPT_REST).await;
    }
}

fn admit<P, F>(door: &Arc<Door<F>>, stream: TcpStream, peer: SocketAddr, tracker: &TaskTracker)
where
    P: Protocol,
    F: Fn(Arc<Conn>) -> P + Send + Sync + 'static,
{
    match door.admissions.admit(peer.ip()) {
        Ok(admission) => {
            let door = Arc::clone(door);
            tracker.spawn(async move { door.enter(stream, peer, admission).await });
        }
        Err(no_place) => {
            http::count(no_place.text());
            tracing::debug!(%peer, reason = %no_place, "socket refused");
        }
    }
}

struct Door<F> {
    options: ServeOptions,
    http: Arc<HttpOptions>,
    admissions: Admissions,
    lanes: Lanes,
    make: F,
}

impl<F> Door<F> {
    fn new(options: ServeOptions, lanes: Lanes, router: Router, make: F, shutdown: &CancellationToken) -> Self {
        let http = Arc::new(HttpOptions {
            router: router.layer(DefaultBodyLimit::max(options.body_bytes_max)),
            origins: options.origins.clone(),
            bench: options.bench,
            header_timeout: options.header_timeout,
            request_timeout: options.request_timeout,
            lifetime: options.http_lifetime,
            shutdown: shutdown.clone(),
        });
        // Whatever was configured, the store keeps its descriptors.
        let admissions = Admissions::new(options.sockets_max.min(sockets_possible()), options.per_ip_max);
        Self { options, http, admissions, lanes, make }
    }

    async fn enter<P>(&self, stream: TcpStream, peer: SocketAddr, admission: Admission)
    where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        if let Err(error) = self.prepare(&stream) {
            tracing::debug!(%error, "socket options refused");
            return;
        }
        match &self.options.tls {
            None => self.plain(stream, peer, admission).await,
            Some(config) => {
                let handshake = TlsAcceptor::from(Arc::clone(config)).accept(stream);
                match timeout(self.options.handshake_timeout, handshake).await {
                    Ok(Ok(stream)) => self.tls(stream, peer, admission).await,
                    Ok(Err(_)) | Err(_) => http::count("tls_failed"),
                }
            }
        }
    }

    fn prepare(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        socket2::SockRef::from(stream).set_send_buffer_size(self.options.send_buffer_bytes)
    }

    async fn plain<P>(&self, stream: TcpStream, peer: SocketAddr, admission: Admission)
    where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        if let Some(upgraded) = self.http(stream, peer).await {
            let Upgraded { io, unread, to } = upgraded;
            self.hand_over(split_plain(io), peer.ip(), admission, unread, to);
        }
    }

    async fn tls<P>(&self, stream: TlsStream<TcpStream>, peer: SocketAddr, admission: Admission)
    where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        if let Some(upgraded) = self.http(stream, peer).await {
            let Upgraded { io, unread, to } = upgraded;
            let (stream, state) = io.into_inner();
            self.hand_over(split_tls(stream, state), peer.ip(), admission, unread, to);
        }
    }

    async fn http<I>(&self, io: I, peer: SocketAddr) -> Option<Upgraded<I>>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Box::pin(http::serve(io, peer, Arc::clone(&self.http))).await
    }

    fn hand_over<P>(
        &self,
        (read, write): (ReadHalf, WriteHalf),
        peer: IpAddr,
        admission: Admission,
        unread: Vec<u8>,
        to: Upgrade,
    ) where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        let queue_bytes_max = self.lanes.limits().queue_bytes_max;
        let frames = match to {
            Upgrade::Hub => self.options.frames,
            Upgrade::Echo => echo::LIMITS,
        };
        let allowance = Allowance { frames, is_budgeted: !self.options.bench };
        let socket = NewSocket { read, write, peer, admission: Some(admission), unread, allowance, queue_bytes_max };
        match to {
            Upgrade::Hub => self.lanes.attach(socket, &self.make),
            Upgrade::Echo => self.lanes.attach(socket, Echo),
        };
    }
}
