//! Mutual TLS 1.3: whom the daemon trusts, and what a finished handshake proves.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CipherSuite, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
    ServerConnection, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::errors::Error;
use crate::peer::{Peer, Subject};

/// The server's side of TLS: TLS 1.3 only, and only clients whose certificate one of the trusted CAs issued.
///
/// A client certificate must be issued by a trusted CA itself: chains through other CAs are not followed, so that
/// "the issuing CA" is one key that an operator has named.
#[derive(Debug)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    issuers: Arc<Issuers>,
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
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let issuers = Arc::new(Issuers::new(trusted_ca_pems, &provider)?);
        let chain = certificates(certificate_chain_pem, "the server's certificate")?;
        let key = private_key(private_key_pem)?;
        let verifier: Arc<dyn ClientCertVerifier> = issuers.clone();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|_| Error::CertificateInvalid { what: "TLS 1.3" })?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(|_| Error::CertificateInvalid {
                what: "the server's certificate with its private key",
            })?;
        config.alpn_protocols = ALPN.iter().map(|name| name.to_vec()).collect();
        Ok(Self {
            config: Arc::new(config),
            issuers,
        })
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
        if connection.is_handshaking() {
            return Err(Error::NotRecognised);
        }
        let (leaf, intermediates) = connection
            .peer_certificates()
            .and_then(<[_]>::split_first)
            .ok_or(Error::NotRecognised)?;
        let issuer = self
            .issuers
            .of(leaf, intermediates, UnixTime::now())
            .map_err(|_| Error::NotRecognised)?;
        Ok(Peer::with_certificate(
            subjects(leaf)?,
            issuer.key_sha256,
            address,
        ))
    }
}

/// What a TLS connection agreed on, in the words of `CloudTrail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// As `TLSv1.3`.
    pub version: &'static str,
    /// As `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: &'static str,
}

impl Agreed {
    /// What a finished handshake of TLS 1.3 agreed on; there is no other version.
    #[must_use]
    pub fn of(connection: &ServerConnection) -> Option<Self> {
        let cipher_suite = match connection.negotiated_cipher_suite()?.suite() {
            CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
            CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
            _ => return None,
        };
        Some(Self {
            version: "TLSv1.3",
            cipher_suite,
        })
    }
}

/// TLS 1.3 for a door whose callers prove who they are otherwise: no client certificate is asked for. Offers ALPN `h2`
/// and `http/1.1`.
///
/// # Errors
///
/// [`Error::CertificateInvalid`] names what cannot be used.
pub fn https(
    certificate_chain_pem: &str,
    private_key_pem: &SecretString,
) -> Result<Arc<ServerConfig>, Error> {
    let chain = certificates(certificate_chain_pem, "the server's certificate")?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| Error::CertificateInvalid { what: "TLS 1.3" })?
        .with_no_client_auth()
        .with_single_cert(chain, private_key(private_key_pem)?)
        .map_err(|_| Error::CertificateInvalid {
            what: "the server's certificate with its private key",
        })?;
    config.alpn_protocols = HTTPS_ALPN.iter().map(|name| name.to_vec()).collect();
    Ok(Arc::new(config))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the key goes into the TLS library, which keeps it"
)]
fn private_key(pem: &SecretString) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| {
        Error::CertificateInvalid {
            what: "the server's private key",
        }
    })
}

/// The CAs whose clients are trusted, each asked by itself: what one of them accepts, its key has signed.
#[derive(Debug)]
struct Issuers {
    trusted: Vec<TrustedIssuer>,
    hints: Vec<DistinguishedName>,
}

#[derive(Debug)]
struct TrustedIssuer {
    key_sha256: [u8; 32],
    verifier: Arc<dyn ClientCertVerifier>,
}

impl Issuers {
    fn new(pems: &[&str], provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let invalid = || Error::CertificateInvalid {
            what: "a trusted CA's certificate",
        };
        let mut trusted = Vec::new();
        let mut hints = Vec::new();
        for pem in pems {
            for certificate in certificates(pem, "a trusted CA's certificate")? {
                let key_sha256 = spki_sha256(&certificate).ok_or_else(invalid)?;
                let mut roots = RootCertStore::empty();
                roots.add(certificate).map_err(|_| invalid())?;
                hints.extend(roots.subjects());
                let verifier = WebPkiClientVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::clone(provider),
                )
                .build()
                .map_err(|_| invalid())?;
                trusted.push(TrustedIssuer {
                    key_sha256,
                    verifier,
                });
            }
        }
        if trusted.is_empty() {
            return Err(invalid());
        }
        Ok(Self { trusted, hints })
    }

    /// The trusted CA that issued `leaf`, itself or through `intermediates`, and that `leaf` is valid now for a client.
    fn of(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<&TrustedIssuer, rustls::Error> {
        let mut last = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        for issuer in &self.trusted {
            match issuer.verifier.verify_client_cert(leaf, intermediates, now) {
                Ok(_) => return Ok(issuer),
                // Of several reasons, the one of the CA that did issue it says most.
                Err(error) if error != UNKNOWN_ISSUER => last = error,
                Err(_) => {}
            }
        }
        Err(last)
    }
}

impl ClientCertVerifier for Issuers {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.of(leaf, intermediates, now)
            .map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.any()
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.any()
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.any().supported_verify_schemes()
    }
}

impl Issuers {
    /// Any of the verifiers, for what does not depend on the CA. There is at least one.
    fn any(&self) -> &dyn ClientCertVerifier {
        &*self.trusted[0].verifier
    }
}

const UNKNOWN_ISSUER: rustls::Error =
    rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);

/// The SHA-256 of the subject public key info of a certificate in PEM: what identities name their CA by.
///
/// # Errors
///
/// [`Error::CertificateInvalid`].
pub fn key_sha256(certificate_pem: &str) -> Result<[u8; 32], Error> {
    let invalid = Error::CertificateInvalid {
        what: "the certificate",
    };
    let certificate =
        CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_| invalid.clone())?;
    spki_sha256(&certificate).ok_or(invalid)
}

pub(crate) fn spki_sha256(certificate_der: &[u8]) -> Option<[u8; 32]> {
    let (_, certificate) = X509Certificate::from_der(certificate_der).ok()?;
    Some(Sha256::digest(certificate.public_key().raw).into())
}

fn certificates(pem: &str, what: &'static str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let invalid = Error::CertificateInvalid { what };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(invalid),
    }
}

/// The alternative names that identities can be for, in the certificate's order.
fn subjects(leaf: &CertificateDer<'_>) -> Result<Vec<Subject>, Error> {
    let (_, certificate) = X509Certificate::from_der(leaf).map_err(|_| Error::NotRecognised)?;
    let names = certificate
        .subject_alternative_name()
        .map_err(|_| Error::NotRecognised)?;
    let names = names
        .map(|extension| extension.value.general_names.as_slice())
        .unwrap_or_default();
    Ok(names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => format!("dns:{name}").parse().ok(),
            GeneralName::URI(uri) => format!("uri:{uri}").parse().ok(),
            _ => None,
        })
        .collect())
}

/// HTTP/2, and HTTP/1.1.
const HTTPS_ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// gRPC, and the same messages as frames.
const ALPN: [&[u8]; 2] = [b"h2", b"hsm/1"];

#[cfg(test)]
mod tests;
