//! The accept loop: caps before anything else, then TLS, HTTP and perhaps a WebSocket. It waits for nobody: every
//! connection has its own task until it is handed to a lane, and a drain gives these tasks the same time as the lanes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::NoPlace;
use super::echo::{self, Echo};
use super::http::{self, HttpOptions, Opened, Upgrade, Upgraded};
use super::lane::NewSocket;
use super::reader::Allowance;
use super::stream::{ReadHalf, WriteHalf, split_plain};
use super::tls::split_tls;
use super::{Admission, Admissions, Conn, FrameLimits, Lanes, Protocol};
use crate::proxies::{Proxies, v2};

/// How the door is kept. **Units**: as named; times in `Duration`.
#[derive(Clone)]
pub struct ServeOptions {
    /// Origins from which browsers may connect, in the form of [`crate::origins::normal`].
    pub origins: Vec<String>,
    /// Sockets that may be open at once, HTTP included.
    pub sockets_max: usize,
    /// The same from one address (one /64 network of IPv6).
    pub per_ip_max: usize,
    /// Certificate and key, when TLS is spoken.
    pub tls: Option<Arc<ServerConfig>>,
    /// Whether `/v1/echo` exists, and lines are not counted: whoever measures says more than a client may.
    pub bench: bool,
    /// Whose word on their clients is believed.
    pub proxies: Proxies,
    /// Until the head of the first request is complete.
    pub header_timeout: Duration,
    /// From an answer until the head of the next request is complete.
    pub keep_alive: Duration,
    /// Until a proxy's header is there, and until the TLS handshake is done.
    pub handshake_timeout: Duration,
    /// Until a request is answered.
    pub request_timeout: Duration,
    /// Until a peer is ended that takes nothing of its answer.
    pub write_timeout: Duration,
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
            proxies: Proxies::default(),
            header_timeout: Duration::from_secs(5),
            keep_alive: Duration::from_secs(75),
            handshake_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
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
    match door.admit(peer.ip()) {
        Ok(admission) => {
            let door = Arc::clone(door);
            tracker.spawn(async move {
                tokio::select! {
                    () = door.enter(stream, peer, admission) => {}
                    () = door.drained() => http::count("drained"),
                }
            });
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
    lanes: Lanes,
    make: F,
}

impl<F> Door<F> {
    fn new(options: ServeOptions, lanes: Lanes, router: Router, make: F, shutdown: &CancellationToken) -> Self {
        // Whatever was configured, the store keeps its descriptors.
        let admissions = Admissions::new(options.sockets_max.min(sockets_possible()), options.per_ip_max);
        let http = Arc::new(HttpOptions {
            router: router.layer(DefaultBodyLimit::max(options.body_bytes_max)),
            origins: options.origins.clone(),
            bench: options.bench,
            is_tls: options.tls.is_some(),
            proxies: options.proxies.clone(),
            admissions,
            header_timeout: options.header_timeout,
            keep_alive: options.keep_alive,
            write_timeout: options.write_timeout,
            request_timeout: options.request_timeout,
            lifetime: options.http_lifetime,
            shutdown: shutdown.clone(),
        });
        Self { options, http, lanes, make }
    }

    /// A place for a new socket, charged to its peer unless that one speaks for others.
    fn admit(&self, peer: IpAddr) -> Result<Admission, NoPlace> {
        let mut admission = self.http.admissions.admit()?;
        if !self.options.proxies.trust(peer) {
            admission.charge(peer)?;
        }
        Ok(admission)
    }

    /// A drain is over: who has not left by then is not waited for.
    async fn drained(&self) {
        self.http.shutdown.cancelled().await;
        tokio::time::sleep(Duration::from_secs(self.lanes.limits().drain_s.max(1).into())).await;
    }

    async fn enter<P>(&self, mut stream: TcpStream, peer: SocketAddr, mut admission: Admission)
    where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        if let Err(error) = self.prepare(&stream) {
            tracing::debug!(%error, "socket options refused");
            return;
        }
        let peer = match Box::pin(self.meet(&mut stream, peer, &mut admission)).await {
            Ok(peer) => peer,
            Err(reason) => return http::count(reason),
        };
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

    /// Who is at the other end: the peer, or whom its PROXY header names. That one is charged with the socket. Errors are
    /// words for metrics.
    async fn meet(
        &self,
        stream: &mut TcpStream,
        peer: SocketAddr,
        admission: &mut Admission,
    ) -> Result<SocketAddr, &'static str> {
        if !self.options.proxies.trust(peer.ip()) {
            return Ok(peer);
        }
        let named = timeout(self.options.handshake_timeout, read_proxy_header(stream)).await;
        let Ok(Ok(named)) = named else { return Err("proxy_header") };
        let client = named.unwrap_or(peer);
        if !self.options.proxies.trust(client.ip()) {
            admission.charge(client.ip()).map_err(NoPlace::text)?;
        }
        Ok(client)
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
            let Upgraded { io, unread, opened } = upgraded;
            self.hand_over(split_plain(io), admission, unread, opened);
        }
    }

    async fn tls<P>(&self, stream: TlsStream<TcpStream>, peer: SocketAddr, admission: Admission)
    where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        if let Some(upgraded) = self.http(stream, peer).await {
            let Upgraded { io, unread, opened } = upgraded;
            let (stream, state) = io.into_inner();
            self.hand_over(split_tls(stream, state), admission, unread, opened);
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
        mut admission: Admission,
        unread: Vec<u8>,
        Opened { to, client, place }: Opened,
    ) where
        P: Protocol,
        F: Fn(Arc<Conn>) -> P,
    {
        let queue_bytes_max = self.lanes.limits().queue_bytes_max;
        let frames = match to {
            Upgrade::Hub => self.options.frames,
            Upgrade::Echo => echo::LIMITS,
        };
        if let Some(place) = place {
            admission.keep(place);
        }
        let allowance = Allowance { frames, is_budgeted: !self.options.bench };
        let admission = Some(admission);
        let socket = NewSocket { read, write, peer: client, admission, unread, allowance, queue_bytes_max };
        match to {
            Upgrade::Hub => self.lanes.attach(socket, &self.make),
            Upgrade::Echo => self.lanes.attach(socket, Echo),
        };
    }
}

/// Whom a proxy speaks for, if it begins with a header that says so; nothing else is taken from the stream.
async fn read_proxy_header(stream: &mut TcpStream) -> io::Result<Option<SocketAddr>> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 || first != v2::SIGNATURE[..1] {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    loop {
        match v2::decode(&bytes).map_err(|malformed| io::Error::new(io::ErrorKind::InvalidData, malformed))? {
            v2::Header::Whole { client, .. } => return Ok(client),
            v2::Header::Missing(count) => {
                let known = bytes.len();
                bytes.resize(known + count, 0);
                stream.read_exact(bytes.get_mut(known..).unwrap_or_default()).await?;
            }
        }
    }
}
