//! HTTP on an accepted socket until it ends or becomes a WebSocket. Routes belong to the router; only the upgrade is
//! decided here.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use axum::response::IntoResponse;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::admission::{Admission, Admissions, NoPlace};
use super::guard::Guard;
use super::handshake::{self, Accepted, Refused, SUBPROTOCOL};
use crate::code::Code;
use crate::headers;
use crate::patience::{More, Patience};
use crate::proxies::Proxies;
use crate::wire::Failure;

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
    pub(super) is_tls: bool,
    pub(super) proxies: Proxies,
    pub(super) admissions: Admissions,
    pub(super) header_timeout: Duration,
    pub(super) keep_alive: Duration,
    pub(super) request_timeout: Duration,
    pub(super) write_timeout: Duration,
    pub(super) lifetime: Duration,
    pub(super) shutdown: CancellationToken,
}

/// An upgraded socket, taken back from the HTTP stack.
pub(super) struct Upgraded<I> {
    pub(super) io: I,
    /// A copy: hyper's buffer of 8 KiB must not live as long as the socket.
    pub(super) unread: Vec<u8>,
    pub(super) opened: Opened,
}

/// A WebSocket that a request opened.
pub(super) struct Opened {
    pub(super) to: Upgrade,
    /// Whose it is.
    pub(super) client: IpAddr,
    /// The client's place, where the socket is a proxy's.
    pub(super) place: Option<Admission>,
}

/// What a connection and the requests on it share.
#[derive(Default)]
struct Course {
    /// The head of a request was complete.
    has_begun: AtomicBool,
    /// Locked once a request and once at the end; both are one task.
    opened: Mutex<Option<Opened>>,
    /// What requests on it asked for beside its lifetime.
    more: More,
}

/// Serves requests; the socket comes back if one of them opened a WebSocket.
pub(super) async fn serve<I>(io: I, peer: SocketAddr, options: Arc<HttpOptions>) -> Option<Upgraded<I>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let course = Arc::new(Course::default());
    let service = Service { options: Arc::clone(&options), peer, course: Arc::clone(&course) };
    let mut conn = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.keep_alive)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Guard::new(io, options.is_tls, options.write_timeout)), service);
    let mut is_asked_to_end = false;
    // The stack has one timeout for the first head and for the pause before each other one: the first is ours.
    let mut is_first = true;
    let mut end = std::pin::pin!(tokio::time::sleep(options.header_timeout.min(options.keep_alive)));
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
            () = &mut end => {
                let has_begun = course.has_begun.load(Ordering::Relaxed);
                let more = if is_first && has_begun { options.lifetime } else { course.more.take() };
                if more.is_zero() {
                    return None;
                }
                is_first = false;
                let ends_at = end.deadline() + more;
                end.as_mut().reset(ends_at);
            }
        }
    }
    let opened = course.opened.lock().unwrap_or_else(PoisonError::into_inner).take()?;
    let parts = conn.into_parts();
    Some(Upgraded { io: parts.io.into_inner().into_inner(), unread: parts.read_buf.to_vec(), opened })
}

struct Service {
    options: Arc<HttpOptions>,
    peer: SocketAddr,
    course: Arc<Course>,
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Self::Error>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.course.has_begun.store(true, Ordering::Relaxed);
        let answer = self.answer(request);
        let is_tls = self.options.is_tls;
        Box::pin(async move {
            let mut response = answer.await;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                headers::harden(response.headers_mut(), is_tls);
            }
            Ok(response)
        })
    }
}

impl Service {
    fn answer(&self, request: Request<Incoming>) -> BoxFuture<'static, Response<Body>> {
        if !names_its_host(&request) {
            let failure = Failure::new(Code::BadRequest, "one Host, no more");
            return Box::pin(std::future::ready(failure.into_response()));
        }
        let client = self.options.proxies.client(self.peer, request.headers());
        let place = match self.place(client.ip()) {
            Ok(place) => place,
            Err(no_place) => {
                count(no_place.text());
                return Box::pin(std::future::ready(come_back(Code::Overloaded)));
            }
        };
        let to = match request.uri().path() {
            "/v1/ws" => Some(Upgrade::Hub),
            "/v1/echo" if self.options.bench => Some(Upgrade::Echo),
            _ => None,
        };
        if let Some(to) = to {
            let response = self.open(&request, Opened { to, client: client.ip(), place });
            return Box::pin(std::future::ready(response));
        }
        let router = self.options.router.clone();
        let patience = Patience::on(&self.course.more);
        let answer = route(router, client, self.options.request_timeout, patience, request);
        Box::pin(async move {
            let _place = place;
            answer.await
        })
    }

    /// A client behind a proxy takes a place of its own for each request; whoever comes itself has one for its socket.
    fn place(&self, client: IpAddr) -> Result<Option<Admission>, NoPlace> {
        let proxies = &self.options.proxies;
        if proxies.trust(self.peer.ip()) && !proxies.trust(client) {
            self.options.admissions.admit_request(client).map(Some)
        } else {
            Ok(None)
        }
    }

    fn open(&self, request: &Request<Incoming>, opened: Opened) -> Response<Body> {
        if self.options.shutdown.is_cancelled() {
            count("going_away");
            return come_back(Code::GoingAway);
        }
        match handshake::decide(request, &self.options.origins) {
            Ok(accepted) => {
                count("ok");
                // A second request on this connection cannot follow: hyper stops at the 101.
                self.course.opened.lock().unwrap_or_else(PoisonError::into_inner).replace(opened);
                switch(&accepted)
            }
            Err(refused) => {
                count(refused.text());
                refuse(refused)
            }
        }
    }
}

/// HTTP/1.1 names the host it asks, once. **Source**: RFC 9112, 3.2.
fn names_its_host<B>(request: &Request<B>) -> bool {
    let count = request.headers().get_all(header::HOST).iter().count();
    count == 1 || (count == 0 && request.version() < Version::HTTP_11)
}

async fn route(
    router: Router,
    client: SocketAddr,
    usual: Duration,
    patience: Patience,
    request: Request<Incoming>,
) -> Response<Body> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(client));
    request.extensions_mut().insert(patience.clone());
    let mut answer = std::pin::pin!(router.oneshot(request));
    let mut end = std::pin::pin!(tokio::time::sleep(usual));
    loop {
        tokio::select! {
            biased;
            answered = &mut answer => {
                let Ok(response) = answered;
                return response;
            }
            () = &mut end => {
                let more = patience.take();
                if more.is_zero() {
                    break;
                }
                let ends_at = end.deadline() + more;
                end.as_mut().reset(ends_at);
            }
        }
    }
    // Half a body may still come: nothing that follows on this connection could be told from it.
    ([(header::CONNECTION, "close")], Failure::from(Code::RequestTimeout)).into_response()
}

fn come_back(code: Code) -> Response<Body> {
    Failure::from(code).retry_after_ms(1_000).into_response()
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
    let mut response = Failure::new(refused.code(), refused.to_string()).into_response();
    let more = match refused {
        Refused::Version => Some((header::SEC_WEBSOCKET_VERSION, "13")),
        Refused::Method => Some((header::ALLOW, "GET,HEAD")),
        Refused::NotUpgrade | Refused::Origin | Refused::Subprotocol => None,
    };
    response.headers_mut().extend(more.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// Counts one handshake by its result.
pub(super) fn count(result: &'static str) {
    metrics::counter!("socket_handshakes_total", "result" => result).increment(1);
}
