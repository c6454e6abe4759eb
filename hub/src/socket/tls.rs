//! TLS below the frames: one rustls state for both directions of a socket, and the certificate files.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};
use tokio::net::TcpStream;

use super::accept::TlsError;
use super::stream::{ReadHalf, WriteHalf, Wrote};

/// A TCP socket and its TLS state.
///
/// The one lock on the message path: rustls keeps one state for reading and writing, and the reader task and the lane
/// both need it. It is held for one non-blocking call and contended only when both directions are busy at once.
pub(super) struct TlsSocket {
    stream: TcpStream,
    state: Mutex<ServerConnection>,
}

/// Plain text that may wait inside rustls while the socket would block. **Units**: bytes.
const PENDING_BYTES_MAX: usize = 64 * 1024;

/// Both halves of a TLS socket whose handshake is done.
pub(super) fn split_tls(stream: TcpStream, mut state: ServerConnection) -> (ReadHalf, WriteHalf) {
    state.set_buffer_limit(Some(PENDING_BYTES_MAX));
    let socket = Arc::new(TlsSocket { stream, state: Mutex::new(state) });
    (ReadHalf::Tls(Arc::clone(&socket)), WriteHalf::Tls(socket))
}

/// Reads a certificate chain and its key (PEM).
///
/// # Errors
/// A file cannot be read, or the pair does not fit together.
pub fn tls_from_files(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(cert).map_err(TlsError::Pem)?.collect();
    let key = PrivateKeyDer::from_pem_file(key).map_err(TlsError::Pem)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Tls)?
        .with_no_client_auth()
        .with_single_cert(chain.map_err(TlsError::Pem)?, key)
        .map_err(TlsError::Tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The non-blocking socket as `std::io` sees it.
struct Raw<'a>(&'a TcpStream);

impl Read for Raw<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buf)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.try_write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TlsSocket {
    pub(super) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    fn lock(&self) -> MutexGuard<'_, ServerConnection> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<Wrote> {
        let mut state = self.lock();
        if !self.push(&mut state)?.is_flushed {
            return Ok(Wrote { bytes: 0, is_flushed: false });
        }
        let bytes = state.writer().write(bytes)?;
        let is_flushed = self.push(&mut state)?.is_flushed;
        Ok(Wrote { bytes, is_flushed })
    }

    pub(super) fn try_flush(&self) -> io::Result<Wrote> {
        self.push(&mut self.lock())
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    /// Sends `close_notify`, if it still fits.
    pub(super) fn say_goodbye(&self) {
        let mut state = self.lock();
        state.send_close_notify();
        if let Err(error) = self.push(&mut state) {
            tracing::trace!(%error, "socket was gone before its close_notify");
        }
    }

    /// Moves encrypted bytes to the socket; how many, and whether all of them went.
    fn push(&self, state: &mut ServerConnection) -> io::Result<Wrote> {
        let mut bytes = 0;
        while state.wants_write() {
            match state.write_tls(&mut Raw(&self.stream)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => bytes += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Wrote { bytes, is_flushed: false });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Wrote { bytes, is_flushed: true })
    }

    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            if let Some(read) = self.read_now(buffer)? {
                return Poll::Ready(Ok(read));
            }
            ready!(self.stream.poll_read_ready(cx))?;
        }
    }

    /// Decrypts what has arrived; `None` when more is needed.
    fn read_now(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let mut state = self.lock();
        loop {
            match state.reader().read(buffer) {
                Ok(read) => return Ok(Some(read)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Some(0)),
                Err(error) => return Err(error),
            }
            match state.read_tls(&mut Raw(&self.stream)) {
                Ok(0) => return Ok(Some(0)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error),
            }
            state.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.push(&mut state)?;
        }
    }
}
