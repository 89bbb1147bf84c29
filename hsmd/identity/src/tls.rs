//! Mutual TLS 1.3: whom the daemon trusts, and what a finished handshake proves.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig, ServerConnection,
    SignatureScheme,
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
        #[expect(
            clippy::disallowed_methods,
            reason = "the key goes into the TLS library, which keeps it"
        )]
        let key = PrivateKeyDer::from_pem_slice(private_key_pem.expose_secret().as_bytes())
            .map_err(|_| Error::CertificateInvalid {
                what: "the server's private key",
            })?;
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
        let leaf = connection
            .peer_certificates()
            .and_then(<[_]>::first)
            .ok_or(Error::NotRecognised)?;
        let issuer = self
            .issuers
            .of(leaf, UnixTime::now())
            .map_err(|_| Error::NotRecognised)?;
        Ok(Peer::with_certificate(
            subjects(leaf)?,
            issuer.key_sha256,
            address,
        ))
    }
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

    /// The trusted CA that issued `leaf`, and that `leaf` is valid now for a client.
    fn of(
        &self,
        leaf: &CertificateDer<'_>,
        now: UnixTime,
    ) -> Result<&TrustedIssuer, rustls::Error> {
        let mut last = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        for issuer in &self.trusted {
            match issuer.verifier.verify_client_cert(leaf, &[], now) {
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
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.of(leaf, now).map(|_| ClientCertVerified::assertion())
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

/// gRPC, and the same messages as frames.
const ALPN: [&[u8]; 2] = [b"h2", b"hsm/1"];

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection};

    use super::*;
    use crate::caller::Role;
    use crate::certificate_authority::{CertificateAuthority, Issued, KeyChoice};
    use crate::clock::{Clock, SystemClock};
    use crate::peer::Evidence;

    #[derive(Debug)]
    struct YearsAgo;

    impl Clock for YearsAgo {
        fn since_epoch(&self) -> Duration {
            SystemClock
                .since_epoch()
                .saturating_sub(Duration::from_hours(3 * 365 * 24))
        }
    }

    fn authority() -> CertificateAuthority {
        CertificateAuthority::create("test", &SystemClock).unwrap()
    }

    fn server(own: &CertificateAuthority, others: &[&CertificateAuthority]) -> ServerTls {
        let issued = own
            .issue_server(&["localhost".to_owned()], &[], 10, &SystemClock)
            .unwrap();
        let mut trusted = vec![own.certificate_pem()];
        trusted.extend(others.iter().map(|other| other.certificate_pem()));
        let trusted: Vec<&str> = trusted.iter().map(String::as_str).collect();
        ServerTls::new(
            &issued.certificate_pem,
            &issued.private_key_pem.unwrap(),
            &trusted,
        )
        .unwrap()
    }

    fn client_config(own: &CertificateAuthority, identity: Option<&Issued>) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(own.certificate_pem().as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots);
        match identity {
            None => builder.with_no_client_auth(),
            Some(issued) => {
                let key = issued.private_key_pem.as_ref().unwrap();
                #[expect(clippy::disallowed_methods, reason = "a test's key, for its client")]
                let key = key.expose_secret();
                builder
                    .with_client_auth_cert(
                        certificates(&issued.certificate_pem, "test").unwrap(),
                        PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
                    )
                    .unwrap()
            }
        }
    }

    /// Both sides, byte for byte, until both are done or one has refused.
    fn handshake(server: &ServerTls, config: ClientConfig) -> Result<Peer, rustls::Error> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut connection = ServerConnection::new(server.config()).unwrap();
        while client.is_handshaking() || connection.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            connection.read_tls(&mut io::Cursor::new(wire)).unwrap();
            connection.process_new_packets()?;
            let mut wire = Vec::new();
            connection.write_tls(&mut wire).unwrap();
            client.read_tls(&mut io::Cursor::new(wire)).unwrap();
            client.process_new_packets()?;
        }
        Ok(server
            .peer(&connection, "192.0.2.1:5000".parse().unwrap())
            .unwrap())
    }

    fn client(authority: &CertificateAuthority, clock: &dyn Clock) -> Issued {
        authority
            .issue_client("web", Role::Client, 30, KeyChoice::Generate, clock)
            .unwrap()
    }

    #[test]
    fn a_client_of_a_trusted_ca_is_known_by_its_name_and_that_cas_key() {
        let (own, outside) = (authority(), authority());
        let server = server(&own, &[&outside]);
        for issuer in [&own, &outside] {
            let issued = client(issuer, &SystemClock);
            let peer = handshake(&server, client_config(&own, Some(&issued))).unwrap();
            let expected = Evidence::Certificate {
                subjects: vec!["uri:urn:hsmd:client:web".parse().unwrap()],
                issuer_key_sha256: issuer.key_sha256(),
            };
            assert_eq!(peer.evidence(), &expected);
        }
    }

    #[test]
    fn clients_without_a_certificate_of_another_ca_or_out_of_date_are_refused() {
        let (own, outside) = (authority(), authority());
        let server = server(&own, &[]);
        assert!(handshake(&server, client_config(&own, None)).is_err());
        for issued in [client(&outside, &SystemClock), client(&own, &YearsAgo)] {
            assert!(handshake(&server, client_config(&own, Some(&issued))).is_err());
        }
        // A server's certificate is none for a client.
        let issued = own
            .issue_server(&["a".to_owned()], &[], 10, &SystemClock)
            .unwrap();
        assert!(handshake(&server, client_config(&own, Some(&issued))).is_err());
    }

    #[test]
    fn both_framings_are_offered() {
        let server = server(&authority(), &[]);
        assert_eq!(
            server.config().alpn_protocols,
            [b"h2".to_vec(), b"hsm/1".to_vec()]
        );
    }

    #[test]
    fn a_request_keeps_its_key_and_gets_no_more_than_its_name() {
        let own = authority();
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters =
            rcgen::CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let request = parameters.serialize_request(&key).unwrap().pem().unwrap();
        let issued = own
            .issue_client(
                "web",
                Role::Operator,
                1,
                KeyChoice::Request(&request),
                &SystemClock,
            )
            .unwrap();
        assert!(issued.private_key_pem.is_none());
        let leaf = CertificateDer::from_pem_slice(issued.certificate_pem.as_bytes()).unwrap();
        assert_eq!(subjects(&leaf).unwrap(), [issued.subject.unwrap()]);
        let (_, certificate) = X509Certificate::from_der(&leaf).unwrap();
        assert!(!certificate.is_ca());
        assert!(certificate.public_key().raw.ends_with(key.public_key_raw()));
        let mut broken = request.into_bytes();
        broken[200] ^= 1;
        let broken = String::from_utf8_lossy(&broken).into_owned();
        let refused = own.issue_client(
            "web",
            Role::Client,
            1,
            KeyChoice::Request(&broken),
            &SystemClock,
        );
        assert_eq!(refused.err(), Some(Error::CertificateRequestInvalid));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let own = authority();
        let issued = own
            .issue_server(&["localhost".to_owned()], &[], 10, &SystemClock)
            .unwrap();
        let (chain, ca) = (&issued.certificate_pem, own.certificate_pem());
        let key = issued.private_key_pem.unwrap();
        let what = |outcome: Result<ServerTls, Error>| outcome.unwrap_err().to_string();
        assert_eq!(
            what(ServerTls::new("", &key, &[&ca])),
            "the server's certificate cannot be used"
        );
        assert_eq!(
            what(ServerTls::new(chain, &"".into(), &[&ca])),
            "the server's private key cannot be used"
        );
        assert_eq!(
            what(ServerTls::new(chain, &key, &[])),
            "a trusted CA's certificate cannot be used"
        );
        let other = client(&own, &SystemClock).private_key_pem.unwrap();
        assert_eq!(
            what(ServerTls::new(chain, &other, &[&ca])),
            "the server's certificate with its private key cannot be used"
        );
        assert_eq!(key_sha256(&ca), Ok(own.key_sha256()));
    }
}
