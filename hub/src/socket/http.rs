//! HTTP on an accepted socket until it ends or becomes a WebSocket. Routes belong to the router; only the upgrade is
//! decided here.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::handshake::{self, Accepted, Refused, SUBPROTOCOL};

/// A connection may hold this much of a request's head. **Units**: bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// What a WebSocket was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Upgrade {
    /// `/v1/ws`.
    Hub,
    /// `/v1/echo`, where measuring is enabled.
    Echo,
}

/// What every connection is served with.
pub(super) struct HttpOptions {
    pub(super) router: Router,
    pub(super) origins: Vec<String>,
    pub(super) bench: bool,
    pub(super) header_timeout: Duration,
    pub(super) request_timeout: Duration,
    pub(super) lifetime: Duration,
    pub(super) shutdown: CancellationToken,
}

/// An upgraded socket, taken back from the HTTP stack.
pub(super) struct Upgraded<I> {
    pub(super) io: I,
    /// A copy: hyper's buffer of 8 KiB must not live as long as the socket.
    pub(super) unread: Vec<u8>,
    pub(super) to: Upgrade,
}

/// Serves requests; the socket comes back if one of them opened a WebSocket.
pub(super) async fn serve<I>(io: I, peer: SocketAddr, options: Arc<HttpOptions>) -> Option<Upgraded<I>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let upgrade = Arc::new(OnceLock::new());
    let service = Service { options: Arc::clone(&options), peer, upgrade: Arc::clone(&upgrade) };
    let mut conn = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(io), service);
    let mut is_asked_to_end = false;
    let mut lifetime = std::pin::pin!(tokio::time::sleep(options.lifetime));
    loop {
        tokio::select! {
            done = poll_fn(|cx| conn.poll_without_shutdown(cx)) => {
                if let Err(error) = done {
                    tracing::debug!(%error, "http connection failed");
                    return None;
                }
                break;
            }
            () = options.shutdown.cancelled(), if !is_asked_to_end => {
                is_asked_to_end = true;
                std::pin::Pin::new(&mut conn).graceful_shutdown();
            }
            () = &mut lifetime => return None,
        }
    }
    let to = *upgrade.get()?;
    let parts = conn.into_parts();
    Some(Upgraded { io: parts.io.into_inner(), unread: parts.read_buf.to_vec(), to })
}

struct Service {
    options: Arc<HttpOptions>,
    peer: SocketAddr,
    upgrade: Arc<OnceLock<Upgrade>>,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Self::Error>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let to = match request.uri().path() {
            "/v1/ws" => Some(Upgrade::Hub),
            "/v1/echo" if self.options.bench => Some(Upgrade::Echo),
            _ => None,
        };
        if let Some(to) = to {
            let response = self.open(&request, to);
            return Box::pin(std::future::ready(Ok(response)));
        }
        let router = self.options.router.clone();
        Box::pin(route(router, self.peer, self.options.request_timeout, request))
    }
}

impl Service {
    fn open(&self, request: &Request<Incoming>, to: Upgrade) -> Response<Body> {
        if self.options.shutdown.is_cancelled() {
            count("going_away");
            return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")]).into_response();
        }
        match handshake::decide(request, &self.options.origins) {
            Ok(accepted) => {
                count("ok");
                // A second request on this connection cannot follow: hyper stops at the 101.
                self.upgrade.get_or_init(|| to);
                switch(&accepted)
            }
            Err(refused) => {
                count(refused.text());
                refuse(refused)
            }
        }
    }
}

async fn route(
    router: Router,
    peer: SocketAddr,
    patience: Duration,
    request: Request<Incoming>,
) -> Result<Response<Body>, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    match tokio::time::timeout(patience, router.oneshot(request)).await {
        Ok(response) => response,
        Err(_late) => Ok(StatusCode::REQUEST_TIMEOUT.into_response()),
    }
}

fn switch(accepted: &Accepted) -> Response<Body> {
    let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(key) = HeaderValue::from_str(&accepted.accept_key) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    }
    if accepted.names_subprotocol {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    response
}

fn refuse(refused: Refused) -> Response<Body> {
    let mut response = (refused.status(), refused.to_string()).into_response();
    if refused == Refused::Version {
        response.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    }
    response
}

/// Counts one handshake by its result.
pub(super) fn count(result: &'static str) {
    metrics::counter!("socket_handshakes_total", "result" => result).increment(1);
}
