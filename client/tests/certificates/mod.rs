//! Certificates of both sides, made for each test.

use std::{fs, path::Path, sync::Arc};

use hsm_client::Configuration;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, crypto::aws_lc_rs, server::WebPkiClientVerifier, version::TLS13,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

pub(crate) type Ca = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn ca() -> Ca {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(parameters, KeyPair::generate().unwrap()).unwrap()
}

/// A server `localhost` that `ca` certifies, for clients that `clients` certifies.
pub(crate) fn server(ca: &Ca, clients: &Ca) -> ServerConfig {
    let (certificate, key) = issue(ca, "localhost");
    let mut roots = RootCertStore::empty();
    let client_ca = CertificateDer::from_pem_slice(clients.pem().as_bytes()).unwrap();
    roots.add(client_ca).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"hsm/1".to_vec(), b"h2".to_vec()];
    config
}

/// A client with a certificate of `identity_ca` that trusts `trusted_ca`; its files are in `folder`.
pub(crate) fn client(
    folder: &Path,
    endpoint: &str,
    trusted_ca: &Ca,
    identity_ca: &Ca,
) -> Configuration {
    let (certificate, key) = issue(identity_ca, "client");
    fs::write(folder.join("ca.pem"), trusted_ca.pem()).unwrap();
    fs::write(folder.join("client.pem"), certificate).unwrap();
    fs::write(folder.join("key.pem"), key).unwrap();
    let text = format!(
        "endpoint = \"{endpoint}\"\nca_certificate = \"ca.pem\"\ncertificate = \"client.pem\"\nprivate_key = \"key.pem\"\n"
    );
    fs::write(folder.join("client.toml"), text).unwrap();
    Configuration::from_file(&folder.join("client.toml")).unwrap()
}

/// A certificate for `name` and its key, in PEM.
fn issue(ca: &Ca, name: &str) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (
        parameters.signed_by(&key, ca).unwrap().pem(),
        key.serialize_pem(),
    )
}
