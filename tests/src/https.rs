//! TLS to the daemon's AWS door, without a certificate of the client's.

use std::{
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};

use crate::{Daemon, signed::connect};

/// What trusts the certificates of this file, and speaks this protocol (`h2`, `http/1.1`).
///
/// # Panics
///
/// When the file has no certificates.
#[must_use]
pub fn client(certificates: &Path, protocol: &[u8]) -> ClientConfig {
    let mut trust = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(certificates).expect("a file of certificates")
    {
        let added = trust.add(certificate.expect("PEM"));
        added.expect("a certificate that can be trusted");
    }
    let mut client = ClientConfig::builder()
        .with_root_certificates(trust)
        .with_no_client_auth();
    client.alpn_protocols = vec![protocol.to_vec()];
    client
}

/// Where the AWS door of a development daemon listens for HTTPS.
///
/// # Panics
///
/// When `DIR/env` does not say it.
#[must_use]
pub fn address(daemon: &Daemon) -> SocketAddr {
    let url = daemon.variable("AWS_ENDPOINT_URL_KMS");
    let address = url.strip_prefix("https://").expect("an HTTPS URL");
    address.parse().expect("an address")
}

/// A client of a development daemon's AWS door.
#[must_use]
pub fn client_of(daemon: &Daemon, protocol: &[u8]) -> ClientConfig {
    client(daemon.variable("AWS_CA_BUNDLE").as_ref(), protocol)
}

/// A connection over which this protocol is spoken.
///
/// # Panics
///
/// When the daemon does not listen.
#[must_use]
pub fn open(daemon: &Daemon, protocol: &[u8]) -> StreamOwned<ClientConnection, TcpStream> {
    let address = address(daemon);
    let name = ServerName::IpAddress(address.ip().into());
    let client = ClientConnection::new(Arc::new(client_of(daemon, protocol)), name);
    StreamOwned::new(client.expect("a client"), connect(&address.to_string()))
}
