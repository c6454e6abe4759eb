//! Reaching a server: by TLS, with a password, or not at all and why.

use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use storage::cql::Replication;
use storage::ids::Millis;
use storage::{Clock, CqlOptions, Entropy, Spec, Store, StoreError};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::rig::{SPECS, keyspace, remove};

async fn open(options: &CqlOptions) -> Result<Store, StoreError> {
    let specs: &[&Spec] = SPECS;
    Store::cql(options, specs, Clock::manual(Millis(0))).await
}

async fn refusal(options: &CqlOptions) -> String {
    let words = open(options).await.unwrap_err().to_string();
    assert!(!words.contains('\n'), "{words}");
    words
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_named() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let options = CqlOptions::parse(&format!("scylla://{closed}/fair")).unwrap();
    assert!(refusal(&options).await.starts_with(&format!("store: {closed} does not answer: ")));
    let options = CqlOptions::parse("scylla://no-such-host.invalid/fair").unwrap();
    assert_eq!(refusal(&options).await, "store: no address is known for no-such-host.invalid:9042");
}

#[tokio::test]
async fn a_data_centre_that_does_not_exist_is_refused_with_those_that_do() {
    let Some(mut options) = keyspace().await else { return };
    Store::init_cql(&options, SPECS).await.unwrap();
    options.data_centre = Some("nowhere".into());
    let words = refusal(&options).await;
    let there = words.strip_prefix("store: there is no data centre `nowhere`, only ").expect(&words);
    options.data_centre = Some(there.to_owned());
    open(&options).await.unwrap();
    remove(&options).await;
}

/// The server with passwords that `SCYLLA_AUTH_URI` names has the first user that every new server has.
#[tokio::test]
async fn a_wrong_password_is_refused_in_one_line() {
    let Some(mut options) = keyspace().await else { return };
    let Some(server) = std::env::var_os("SCYLLA_AUTH_URI") else {
        return crate::rig::skipped("SCYLLA_AUTH_URI names no server, so no password was tried");
    };
    options.hosts = vec![server.to_str().unwrap().to_owned()];
    assert!(refusal(&options).await.ends_with("asks for a user"));
    options.user = Some("cassandra".into());
    options.password = Some("sesame".into());
    assert!(refusal(&options).await.ends_with("refuses the user or the password"));
    options.password = Some("cassandra".into());
    options.replication = Replication::Everywhere(1);
    Store::init_cql(&options, SPECS).await.unwrap();
    open(&options).await.unwrap();
    remove(&options).await;
}

/// A certificate authority and a certificate of this address by it.
fn certificates() -> (String, ServerConfig) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().unwrap();
    let ca = params.self_signed(&ca_key).unwrap();
    let issuer = rcgen::Issuer::from_params(&params, &ca_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap();
    (ca.pem(), config)
}

/// Speaks TLS in front of a server that does not, as long as its task lives.
async fn relay(server: String, config: ServerConfig) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, acceptor) = (listener.local_addr().unwrap(), TlsAcceptor::from(Arc::new(config)));
    let serve = async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            connections.spawn(async move {
                let Ok(mut inside) = acceptor.accept(stream).await else { return };
                let mut outside = TcpStream::connect(server).await.unwrap();
                // Ends when either side does.
                let _bytes = tokio::io::copy_bidirectional(&mut inside, &mut outside).await.ok();
            });
        }
    };
    let mut task = JoinSet::new();
    task.spawn(serve);
    (address, task)
}

#[tokio::test]
async fn with_a_certificate_authority_tls_is_spoken_and_the_node_checked() {
    let Some(mut options) = keyspace().await else { return };
    Store::init_cql(&options, SPECS).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (keyspace, (ca, config)) = (options.clone(), certificates());
    let (address, _relay) = relay(options.hosts[0].clone(), config).await;
    options.hosts = vec![address.to_string()];
    assert!(open(&options).await.is_err(), "a plain connection is not understood");
    let path = folder.path().join(format!("ca-{:x}.pem", Entropy::system().draw()));
    std::fs::write(&path, ca).unwrap();
    options.ca = Some(path);
    open(&options).await.unwrap();

    let (stranger, _) = certificates();
    let path = folder.path().join("stranger.pem");
    std::fs::write(&path, stranger).unwrap();
    options.ca = Some(path.clone());
    assert!(refusal(&options).await.contains("certificate"));
    std::fs::write(&path, "no certificate").unwrap();
    assert!(refusal(&options).await.contains("stranger.pem: it holds no certificate"));
    remove(&keyspace).await;
}
