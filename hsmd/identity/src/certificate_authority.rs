//! The daemon's own CA: ECDSA on P-384, one certificate, no intermediates. Its key is kept in locked memory and in the store.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hsmd_keys::Records;
use hsmd_secret_memory::{LockedBytes, on_secret_stack};
use hsmd_storage::Cell;
use p384::ecdsa::signature::Signer as _;
use p384::ecdsa::{Signature, SigningKey};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData, SanType, SerialNumber,
    SignatureAlgorithm,
};
use rustls_pki_types::CertificateDer;
use secrecy::SecretString;
use zeroize::{Zeroize, Zeroizing};

use crate::caller::Role;
use crate::clock::Clock;
use crate::errors::Error;
use crate::identities::{check_name, own_subject};
use crate::peer::Subject;
use crate::stored::{StoredAuthority, decode, encode_secret};
use crate::tls::spki_sha256;

/// The daemon's own CA.
pub struct CertificateAuthority {
    key: LockedBytes,
    certificate_der: Vec<u8>,
    key_sha256: [u8; 32],
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
        let key = new_key()?;
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = common_name(&format!("hsmd CA of {name}"));
        set_validity(&mut parameters, clock, CA_VALID_DAYS);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        parameters.serial_number = Some(serial_number()?);
        let certificate = parameters
            .self_signed(&Signer::new(&key)?)
            .map_err(|_| CANNOT_ISSUE)?;
        let certificate_der = certificate.der().to_vec();
        Self::from_parts(key, certificate_der)
    }

    /// The CA of a store; none if it was never stored.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`]; the store's.
    pub async fn load(records: &Records) -> Result<Option<Self>, Error> {
        let Some(record) = records.get(Cell::SYSTEM, RECORD_NAME).await? else {
            return Ok(None);
        };
        let value = Zeroizing::new(record.value);
        let mut stored: StoredAuthority = decode(&value, "CA")?;
        let key =
            LockedBytes::from_slice_and_wipe(&mut stored.key).map_err(|_| Error::Resources {
                task: "keep the CA's key",
            })?;
        Self::from_parts(key, stored.certificate_der).map(Some)
    }

    /// Stores the CA, once, in a table behind the barrier.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if there is one; the store's.
    pub async fn store(&self, records: &Records) -> Result<(), Error> {
        let mut stored = StoredAuthority {
            key: self.key.expose().to_vec(),
            certificate_der: self.certificate_der.clone(),
        };
        let mut value = encode_secret(&stored);
        stored.key.zeroize();
        // The table seals the value and wipes nothing: what it is given is the one copy, and the allocator wipes that.
        records
            .put(Cell::SYSTEM, RECORD_NAME, None, std::mem::take(&mut *value))
            .await?;
        Ok(())
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate_der)
    }

    /// The SHA-256 of its subject public key info.
    #[must_use]
    pub fn key_sha256(&self) -> [u8; 32] {
        self.key_sha256
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
        check_name(name)?;
        let subject = own_subject(role, name);
        let Subject::Uri(uri) = &subject else {
            return Err(Error::NameInvalid);
        };
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = common_name(name);
        let uri = uri.as_str().try_into().map_err(|_| Error::NameInvalid)?;
        parameters.subject_alt_names = vec![SanType::URI(uri)];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        match key {
            KeyChoice::Generate => {
                self.issue_with_new_key(parameters, valid_days, Some(subject), clock)
            }
            KeyChoice::Request(request_pem) => {
                let request = CertificateSigningRequestParams::from_pem(request_pem)
                    .map_err(|_| Error::CertificateRequestInvalid)?;
                self.issue(
                    parameters,
                    valid_days,
                    &request.public_key,
                    None,
                    Some(subject),
                    clock,
                )
            }
        }
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
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = common_name("hsmd");
        for name in dns_names {
            let name = name.as_str().try_into().map_err(|_| Error::NameInvalid)?;
            parameters.subject_alt_names.push(SanType::DnsName(name));
        }
        parameters
            .subject_alt_names
            .extend(addresses.iter().copied().map(SanType::IpAddress));
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.issue_with_new_key(parameters, valid_days, None, clock)
    }

    fn issue_with_new_key(
        &self,
        parameters: CertificateParams,
        valid_days: u32,
        subject: Option<Subject>,
        clock: &dyn Clock,
    ) -> Result<Issued, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| CANNOT_ISSUE)?;
        let private_key_pem = SecretString::from(key.serialize_pem());
        self.issue(
            parameters,
            valid_days,
            &key,
            Some(private_key_pem),
            subject,
            clock,
        )
    }

    fn issue(
        &self,
        mut parameters: CertificateParams,
        valid_days: u32,
        public_key: &impl PublicKeyData,
        private_key_pem: Option<SecretString>,
        subject: Option<Subject>,
        clock: &dyn Clock,
    ) -> Result<Issued, Error> {
        let not_after_unix_seconds = set_validity(&mut parameters, clock, valid_days);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.serial_number = Some(serial_number()?);
        parameters.use_authority_key_identifier_extension = true;
        let ca = CertificateDer::from(self.certificate_der.as_slice());
        let issuer = Issuer::from_ca_cert_der(&ca, Signer::new(&self.key)?)
            .map_err(|_| Error::Damaged { what: "CA" })?;
        let certificate = parameters
            .signed_by(public_key, &issuer)
            .map_err(|_| CANNOT_ISSUE)?;
        Ok(Issued {
            certificate_pem: pem("CERTIFICATE", certificate.der()),
            private_key_pem,
            ca_certificate_pem: self.certificate_pem(),
            subject,
            not_after_unix_seconds,
        })
    }

    fn from_parts(key: LockedBytes, certificate_der: Vec<u8>) -> Result<Self, Error> {
        let key_sha256 = spki_sha256(&certificate_der).ok_or(Error::Damaged { what: "CA" })?;
        Ok(Self {
            key,
            certificate_der,
            key_sha256,
        })
    }
}

/// Signs certificates. The key is opened for one signature at a time, on a stack in locked memory.
struct Signer<'a> {
    key: &'a LockedBytes,
    /// The uncompressed point.
    public_key: Vec<u8>,
}

impl<'a> Signer<'a> {
    fn new(key: &'a LockedBytes) -> Result<Self, Error> {
        let public_key = on_secret_stack(|| {
            let key = SigningKey::from_slice(key.expose()).ok()?;
            Some(key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
        });
        Ok(Self {
            key,
            public_key: public_key.ok_or(Error::Damaged { what: "CA" })?,
        })
    }
}

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        &self.public_key
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P384_SHA384
    }
}

impl rcgen::SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = on_secret_stack(|| {
            let key = SigningKey::from_slice(self.key.expose()).ok()?;
            let signature: Signature = key.try_sign(message).ok()?;
            Some(signature.to_der().as_bytes().to_vec())
        });
        signature.ok_or(rcgen::Error::RemoteKeyError)
    }
}

/// A scalar for P-384: random bytes, drawn again in the 2^-190 case that they are none.
fn new_key() -> Result<LockedBytes, Error> {
    loop {
        let key = LockedBytes::random(KEY_BYTES).map_err(|_| Error::Resources {
            task: "keep the CA's key",
        })?;
        if on_secret_stack(|| SigningKey::from_slice(key.expose()).is_ok()) {
            return Ok(key);
        }
    }
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished_name = DistinguishedName::new();
    distinguished_name.push(DnType::CommonName, name);
    distinguished_name
}

/// 20 bytes at most and positive (RFC 5280 section 4.1.2.2); 127 of the bits are random.
fn serial_number() -> Result<SerialNumber, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::Resources {
        task: "draw random bytes",
    })?;
    bytes[0] &= 0x7f;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Makes a certificate valid from a little before now, for clocks that lag. Gives its end in seconds since 1970.
fn set_validity(parameters: &mut CertificateParams, clock: &dyn Clock, valid_days: u32) -> u64 {
    let now = clock.since_epoch().as_secs();
    let end = now + u64::from(valid_days) * SECONDS_A_DAY;
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    parameters.not_before = epoch + Duration::from_secs(now.saturating_sub(CLOCK_LAG_SECONDS));
    parameters.not_after = epoch + Duration::from_secs(end);
    end
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

const KEY_BYTES: usize = 48;
const CA_VALID_DAYS: u32 = 7_300;
const CLOCK_LAG_SECONDS: u64 = 300;
const SECONDS_A_DAY: u64 = 86_400;
const RECORD_NAME: &[u8] = b"certificate-authority";
const CANNOT_ISSUE: Error = Error::Resources {
    task: "issue a certificate",
};

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateAuthority(..)")
    }
}
