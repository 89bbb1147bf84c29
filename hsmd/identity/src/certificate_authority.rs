//! The daemon's own CA: ECDSA on P-384, one certificate, no intermediates. Its key is kept in locked memory and in the store.

use std::fmt;
use std::net::IpAddr;

use hsmd_keys::Records;
use hsmd_secret_memory::LockedBytes;
use secrecy::SecretString;

use crate::caller::Role;
use crate::clock::Clock;
use crate::errors::Error;
use crate::peer::Subject;

/// The daemon's own CA.
pub struct CertificateAuthority {
    key: LockedBytes,
    certificate_der: Vec<u8>,
}

/// Whose key a client certificate is for.
#[derive(Debug, Clone, Copy)]
pub enum KeyChoice<'a> {
    /// Make one (P-256) and hand it over with the certificate.
    Generate,
    /// The one in this PKCS#10 request, in PEM. Of the request only the public key is used.
    Request(&'a str),
}

/// A certificate that was issued.
pub struct Issued {
    /// The certificate, in PEM.
    pub certificate_pem: String,
    /// The key, PKCS#8 in PEM, if it was made here.
    pub private_key_pem: Option<SecretString>,
    /// The CA's own certificate, in PEM.
    pub ca_certificate_pem: String,
    /// The name in it: `uri:urn:hsmd:client:NAME` or `uri:urn:hsmd:operator:NAME`; none in server certificates.
    pub subject: Option<Subject>,
    /// When it ends, in seconds since 1970.
    pub not_after_unix_seconds: u64,
}

impl CertificateAuthority {
    /// Makes a CA with a new key. `name` goes into its subject, so that people can tell daemons apart.
    ///
    /// # Errors
    ///
    /// [`Error::Resources`].
    pub fn create(name: &str, clock: &dyn Clock) -> Result<Self, Error> {
        let _ = (name, clock);
        todo!()
    }

    /// The CA of a store; none if it was never stored.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`]; the store's.
    pub async fn load(records: &Records) -> Result<Option<Self>, Error> {
        let _ = records;
        todo!()
    }

    /// Stores the CA, once, in a table behind the barrier.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if there is one; the store's.
    pub async fn store(&self, records: &Records) -> Result<(), Error> {
        let _ = records;
        todo!()
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        todo!()
    }

    /// The SHA-256 of its subject public key info.
    #[must_use]
    pub fn key_sha256(&self) -> [u8; 32] {
        todo!()
    }

    /// Issues a client certificate for an identity.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`], [`Error::CertificateRequestInvalid`], [`Error::Resources`].
    pub fn issue_client(
        &self,
        name: &str,
        role: Role,
        valid_days: u32,
        key: KeyChoice<'_>,
        clock: &dyn Clock,
    ) -> Result<Issued, Error> {
        let _ = (name, role, valid_days, key, clock);
        todo!()
    }

    /// Issues a certificate for the daemon's own port.
    ///
    /// # Errors
    ///
    /// [`Error::NameInvalid`], [`Error::Resources`].
    pub fn issue_server(
        &self,
        dns_names: &[String],
        addresses: &[IpAddr],
        valid_days: u32,
        clock: &dyn Clock,
    ) -> Result<Issued, Error> {
        let _ = (dns_names, addresses, valid_days, clock);
        todo!()
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateAuthority(..)")
    }
}
