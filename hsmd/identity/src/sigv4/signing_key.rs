//! The key that signs: made from the secret access key for one day, Region and service, and kept for that day.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::credential::{SCOPE_END, Scope};

/// A key for one day, Region and service. It is wiped when dropped.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

/// The signing keys of one access key that were made lately.
#[derive(Default)]
pub(crate) struct SigningKeys(Mutex<Vec<Made>>);

struct Made {
    date: String,
    region: String,
    service: String,
    key: SigningKey,
}

/// How many scopes of one access key are kept: some Regions times three services, around midnight.
const KEPT_MAX: usize = 16;

impl SigningKeys {
    /// The key of this scope.
    pub(crate) fn key(&self, secret: &SecretString, scope: &Scope<'_>) -> SigningKey {
        let mut kept = self.0.lock();
        let found = kept.iter().find(|made| {
            made.date == scope.date && made.region == scope.region && made.service == scope.service
        });
        if let Some(made) = found {
            return made.key.clone();
        }
        let key = SigningKey::new(secret, scope);
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push(Made {
            date: scope.date.clone().into_owned(),
            region: scope.region.clone().into_owned(),
            service: scope.service.clone().into_owned(),
            key: key.clone(),
        });
        key
    }
}

impl SigningKey {
    #[expect(
        clippy::disallowed_methods,
        reason = "the secret goes into the first key of the chain, which is wiped"
    )]
    fn new(secret: &SecretString, scope: &Scope<'_>) -> Self {
        let first = Zeroizing::new(format!("AWS4{}", secret.expose_secret()));
        let mut key = Self::from_bytes(first.as_bytes());
        for part in [&scope.date, &scope.region, &scope.service, SCOPE_END] {
            key = Self::from_bytes(key.sign(part.as_bytes()).as_slice());
        }
        key
    }

    /// Whether `signature` is what this key makes over `text`. Takes as long wherever they differ.
    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8; 32]) -> bool {
        self.sign(text).ct_eq(signature.as_slice()).into()
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        Self(Hmac::new_from_slice(bytes).expect("HMAC takes keys of any length"))
    }

    pub(super) fn sign(&self, text: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut mac = self.0.clone();
        mac.update(text);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}
