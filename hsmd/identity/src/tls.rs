//! Mutual TLS 1.3: whom the daemon trusts, and what a finished handshake proves.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection};
use secrecy::SecretString;

use crate::errors::Error;
use crate::peer::Peer;

/// The server's side of TLS: TLS 1.3 only, and only clients whose certificate one of the trusted CAs issued.
///
/// A client certificate must be issued by a trusted CA itself: chains through other CAs are not followed, so that
/// "the issuing CA" is one key that an operator has named.
pub struct ServerTls {
    config: Arc<ServerConfig>,
}

impl ServerTls {
    /// The server with this certificate chain and key, trusting clients of these CAs, all in PEM. Offers ALPN `h2` and
    /// `hsm/1`.
    ///
    /// # Errors
    ///
    /// [`Error::CertificateInvalid`] names what cannot be used.
    pub fn new(
        certificate_chain_pem: &str,
        private_key_pem: &SecretString,
        trusted_ca_pems: &[&str],
    ) -> Result<Self, Error> {
        let _ = (certificate_chain_pem, private_key_pem, trusted_ca_pems);
        todo!()
    }

    /// What a `tokio_rustls::TlsAcceptor` takes.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }

    /// Who is at the other end of a finished handshake.
    ///
    /// # Errors
    ///
    /// [`Error::NotRecognised`] if the handshake is not finished.
    pub fn peer(&self, connection: &ServerConnection, address: SocketAddr) -> Result<Peer, Error> {
        let _ = (connection, address);
        todo!()
    }
}

/// The SHA-256 of the subject public key info of a certificate in PEM: what identities name their CA by.
///
/// # Errors
///
/// [`Error::CertificateInvalid`].
pub fn key_sha256(certificate_pem: &str) -> Result<[u8; 32], Error> {
    let _ = certificate_pem;
    todo!()
}
