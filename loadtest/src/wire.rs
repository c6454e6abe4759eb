//! A client's socket, plain or with TLS around it, blocking or not: bytes in and out, and nothing about what they say.

use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};

/// A socket, and its TLS state if it has one.
#[derive(Debug)]
pub struct Wire<S> {
    socket: S,
    tls: Option<Box<ClientConnection>>,
}

/// Trusts this one certificate.
///
/// # Errors
/// When it is none.
pub fn trusting(cert: CertificateDer<'static>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(cert)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

impl<S: Read + Write> Wire<S> {
    /// Shakes hands when there is a config; the socket must still block.
    ///
    /// # Errors
    /// When the handshake fails.
    pub fn open(mut socket: S, tls: Option<&Arc<ClientConfig>>, host: IpAddr) -> io::Result<Self> {
        let Some(config) = tls else { return Ok(Self { socket, tls: None }) };
        let name = ServerName::IpAddress(host.into());
        let mut state = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
        state.complete_io(&mut socket)?;
        Ok(Self { socket, tls: Some(Box::new(state)) })
    }

    /// Whether TLS is spoken: bytes may then wait inside though the socket is empty.
    pub const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The socket itself.
    pub const fn socket(&self) -> &S {
        &self.socket
    }

    /// The same, to register it.
    pub const fn socket_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Changes what kind of socket it is.
    pub fn map<T>(self, change: impl FnOnce(S) -> T) -> Wire<T> {
        Wire { socket: change(self.socket), tls: self.tls }
    }
}

impl<S: Read + Write> Read for Wire<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(state) = &mut self.tls else { return self.socket.read(buf) };
        loop {
            match state.reader().read(buf) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            if state.read_tls(&mut self.socket)? == 0 {
                return Ok(0);
            }
            state.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

impl<S: Read + Write> Write for Wire<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let Some(state) = &mut self.tls else { return self.socket.write(buf) };
        let taken = state.writer().write(buf)?;
        match self.flush() {
            // What was taken leaves later; nothing taken is a socket that is full.
            Err(error) if error.kind() == ErrorKind::WouldBlock && taken > 0 => Ok(taken),
            Err(error) => Err(error),
            Ok(()) => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(state) = &mut self.tls else { return self.socket.flush() };
        while state.wants_write() {
            state.write_tls(&mut self.socket)?;
        }
        Ok(())
    }
}
