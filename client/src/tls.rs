//! What TLS needs: the CA to trust, the certificate to show. TLS 1.3 only.

use std::{fs, sync::Arc};

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, version::TLS13};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject},
};
use zeroize::Zeroizing;

use crate::configuration::{Configuration, ConfigurationError};

/// ALPN of bare frames.
pub(crate) const ALPN_FRAMES: &[u8] = b"hsm/1";
/// ALPN of gRPC.
#[cfg(feature = "grpc")]
pub(crate) const ALPN_GRPC: &[u8] = b"h2";

/// The content of the three files.
#[derive(Debug)]
pub(crate) struct Credentials {
    roots: Arc<RootCertStore>,
    chain: Vec<CertificateDer<'static>>,
    private_key: PrivateKeyDer<'static>,
}

impl Credentials {
    /// Reads the three files that an `https` endpoint needs.
    pub(crate) fn read(configuration: &Configuration) -> Result<Self, ConfigurationError> {
        let content = |path: &Option<std::path::PathBuf>, setting| {
            let file = path.clone().ok_or(ConfigurationError::Missing(setting))?;
            let bytes = fs::read(&file).map_err(|source| ConfigurationError::Unreadable {
                file: file.clone(),
                source,
            })?;
            Ok((file, Zeroizing::new(bytes)))
        };
        let certificates = |path, setting| {
            let (file, pem) = content(path, setting)?;
            let found: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(&pem).collect();
            found
                .ok()
                .filter(|found| !found.is_empty())
                .ok_or(ConfigurationError::Content {
                    file,
                    expected: "certificate in PEM form",
                })
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&configuration.ca_certificate, "ca_certificate")? {
            roots
                .add(certificate)
                .map_err(ConfigurationError::Certificate)?;
        }
        let chain = certificates(&configuration.certificate, "certificate")?;
        let (file, pem) = content(&configuration.private_key, "private_key")?;
        let private_key =
            PrivateKeyDer::from_pem_slice(&pem).map_err(|_| ConfigurationError::Content {
                file,
                expected: "private key in PEM form",
            })?;
        Ok(Self {
            roots: Arc::new(roots),
            chain,
            private_key,
        })
    }

    /// A configuration that speaks one protocol. Each has its own cache of TLS sessions.
    pub(crate) fn config(&self, alpn: &[u8]) -> Result<ClientConfig, ConfigurationError> {
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&[&TLS13])
                .and_then(|builder| {
                    builder
                        .with_root_certificates(Arc::clone(&self.roots))
                        .with_client_auth_cert(self.chain.clone(), self.private_key.clone_key())
                })
                .map_err(ConfigurationError::Certificate)?;
        config.alpn_protocols = vec![alpn.to_vec()];
        Ok(config)
    }
}
