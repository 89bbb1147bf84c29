//! Handshakes with clients that are known, and with those that are not.

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

/// A certificate of the outside world, and what signs with its key.
struct Outside {
    certificate: rcgen::Certificate,
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
}

/// Signed by `by`, or by itself.
fn outside(is_ca: rcgen::IsCa, uri: Option<&str>, by: Option<&Outside>) -> Outside {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.is_ca = is_ca;
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    let name = format!("outside {}", by.is_some());
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    if let Some(uri) = uri {
        parameters.subject_alt_names = vec![rcgen::SanType::URI(uri.try_into().unwrap())];
        parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    }
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = match by {
        Some(by) => parameters.signed_by(&key, &by.issuer).unwrap(),
        None => parameters.self_signed(&key).unwrap(),
    };
    Outside {
        certificate,
        issuer: rcgen::Issuer::new(parameters, key),
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
fn a_chain_leads_to_the_trusted_ca_only_through_cas() {
    const AUTHORITY: rcgen::IsCa = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    const NAME: &str = "urn:hsmd:client:web";
    let own = authority();
    let root = outside(AUTHORITY, None, None);
    let issued = own
        .issue_server(&["localhost".to_owned()], &[], 10, &SystemClock)
        .unwrap();
    let server = ServerTls::new(
        &issued.certificate_pem,
        &issued.private_key_pem.unwrap(),
        &[&own.certificate_pem(), &root.certificate.pem()],
    )
    .unwrap();
    let intermediate = outside(AUTHORITY, None, Some(&root));
    let no_authority = outside(rcgen::IsCa::ExplicitNoCa, Some(NAME), Some(&root));
    for (issuer, is_known) in [(intermediate, true), (no_authority, false)] {
        let leaf = outside(rcgen::IsCa::ExplicitNoCa, Some(NAME), Some(&issuer));
        let identity = |pems: &[String]| Issued {
            certificate_pem: pems.concat(),
            private_key_pem: Some(leaf.issuer.key().serialize_pem().into()),
            ca_certificate_pem: root.certificate.pem(),
            subject: None,
            not_after_unix_seconds: 0,
        };
        let alone = identity(&[leaf.certificate.pem()]);
        assert!(handshake(&server, client_config(&own, Some(&alone))).is_err());
        let chained = identity(&[leaf.certificate.pem(), issuer.certificate.pem()]);
        let peer = handshake(&server, client_config(&own, Some(&chained)));
        assert_eq!(peer.is_ok(), is_known);
        if let Ok(peer) = peer {
            let expected = Evidence::Certificate {
                subjects: vec![format!("uri:{NAME}").parse().unwrap()],
                issuer_key_sha256: key_sha256(&root.certificate.pem()).unwrap(),
            };
            assert_eq!(peer.evidence(), &expected);
        }
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
    let mut parameters = rcgen::CertificateParams::new(vec!["evil.example".to_owned()]).unwrap();
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
