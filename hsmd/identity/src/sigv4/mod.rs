//! Signature Version 4 of AWS: the proof that a request was made by the holder of an access key.
//!
//! Signatures come in the `Authorization` header or in the query (presigned requests). What is compared is the
//! signature over the canonical request as this side reads it, in constant time.

mod canonical;
mod credential;
mod date_time;
mod refused;
mod signing_key;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

pub use refused::SignatureRefused;
pub(crate) use signing_key::SigningKeys;

use crate::aws::{AwsRequest, AwsService};
use crate::peer::Source;
use crate::tls::Agreed;
use credential::Claim;

/// How far the time of a signed request may be from ours.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_mins(5);

/// A request as it came over the wire, with its signature.
#[derive(Debug, Clone, Copy)]
pub struct SignedRequest<'a> {
    /// As `POST`.
    pub method: &'a str,
    /// The path as it was sent, still percent-encoded; `/` in all that SDKs send.
    pub path: &'a str,
    /// What follows the `?`, as it was sent; empty if there is none.
    pub query: &'a str,
    /// Every header in the order in which they came, names in lower case. `host` among them: over HTTP/2 it is `:authority`.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// All of the body.
    pub body: &'a [u8],
    /// What its TLS connection agreed on; none if it came without TLS.
    pub tls: Option<Agreed>,
    /// Where it comes from.
    pub source: Source,
    /// The id that the reply carries.
    pub request_id: &'a str,
}

/// What a signature claims, and whether it holds once the secret is known.
pub(crate) struct Verification<'a> {
    pub(crate) claim: Claim<'a>,
    string_to_sign: Vec<u8>,
}

impl<'a> SignedRequest<'a> {
    /// The service that the request says it is signed for. Nothing of it is proven.
    #[must_use]
    pub fn claimed_service(&self) -> Option<AwsService> {
        AwsService::by_name(&Claim::of(self).ok()?.scope.service)
    }

    /// Whether anything in the request is a signature.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.header("authorization").is_some() || self.query.contains("X-Amz-Signature")
    }

    /// Reads the signature, and checks everything that needs no secret: form, time, which headers are signed.
    pub(crate) fn verification(
        &self,
        services: &[AwsService],
        now: Duration,
    ) -> Result<(Verification<'a>, AwsRequest), SignatureRefused> {
        let claim = Claim::of(self)?;
        claim.check_time(now)?;
        claim.check_signed_headers(self)?;
        let service = AwsService::by_name(&claim.scope.service)
            .filter(|service| services.contains(service))
            .ok_or_else(|| SignatureRefused::WrongScope {
                expected: services.first().map_or("", |service| service.name()),
            })?;
        let region = claim
            .scope
            .region
            .parse()
            .map_err(|_| SignatureRefused::Incomplete {
                what: "the Region in the credential scope",
            })?;
        let request = AwsRequest {
            service,
            region,
            tls: self.tls,
            user_agent: self.text("user-agent").to_owned(),
            host: self.text("host").to_owned(),
            request_id: self.request_id.to_owned(),
            source_arn: self.header_text("x-amz-source-arn"),
            source_account: self.header_text("x-amz-source-account"),
        };
        let string_to_sign = canonical::string_to_sign(self, &claim);
        Ok((
            Verification {
                claim,
                string_to_sign,
            },
            request,
        ))
    }

    fn header(&self, name: &str) -> Option<&'a [u8]> {
        let found = self.headers.iter().find(|(present, _)| *present == name);
        found.map(|(_, value)| *value)
    }

    fn header_text(&self, name: &str) -> Option<String> {
        self.header(name).map(|_| self.text(name).to_owned())
    }

    fn text(&self, name: &str) -> &'a str {
        let value = self.header(name).unwrap_or_default();
        std::str::from_utf8(value).unwrap_or_default()
    }
}

impl Verification<'_> {
    /// Whether the signature is the one that this key makes.
    pub(crate) fn holds(&self, key: &signing_key::SigningKey) -> bool {
        key.verifies(&self.string_to_sign, &self.claim.signature)
    }
}
