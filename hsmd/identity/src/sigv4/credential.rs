//! What a signature claims: access key, scope, time and signed headers, from the header or from the query.

use std::borrow::Cow;
use std::time::Duration;

use super::canonical::{hexadecimal, parameters};
use super::date_time::{DATE_TIME_BYTES, seconds_of, text_of};
use super::{CLOCK_SKEW_MAX, SignatureRefused, SignedRequest};

/// The only algorithm.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The end of every credential scope.
pub(super) const SCOPE_END: &str = "aws4_request";

/// The longest time for which a presigned request may be used: seven days, as in AWS.
const PRESIGNED_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// What a signature claims.
#[derive(Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) access_key_id: Cow<'a, str>,
    pub(crate) scope: Scope<'a>,
    /// The session token, of temporary credentials.
    pub(crate) session_token: Option<Cow<'a, str>>,
    /// As `20150830T123600Z`.
    pub(super) date_time: Cow<'a, str>,
    /// As they were written: in lower case and in order, separated by semicolons.
    pub(super) signed_headers: Cow<'a, str>,
    pub(super) signature: [u8; 32],
    /// For how long a presigned request may be used; none if the signature is in the header.
    pub(super) presigned_seconds: Option<u64>,
}

/// Where a signature is good for.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    /// As `20150830`.
    pub(crate) date: Cow<'a, str>,
    pub(crate) region: Cow<'a, str>,
    pub(crate) service: Cow<'a, str>,
}

impl<'a> Claim<'a> {
    /// Reads the claim of a request. Where both a header and a query sign, the header counts.
    pub(super) fn of(request: &SignedRequest<'a>) -> Result<Self, SignatureRefused> {
        match request.header("authorization") {
            Some(value) => Self::of_header(request, value),
            None if request.is_signed() => Self::of_query(request.query),
            None => Err(SignatureRefused::Missing),
        }
    }

    /// Refuses a request whose time is too far from ours.
    pub(super) fn check_time(&self, now: Duration) -> Result<(), SignatureRefused> {
        let signed_at = seconds_of(&self.date_time).ok_or(incomplete("a valid date"))?;
        let (now, skew) = (now.as_secs(), CLOCK_SKEW_MAX.as_secs());
        let valid_seconds = self.presigned_seconds.unwrap_or(skew);
        let is_expired = now > signed_at + valid_seconds;
        if is_expired || signed_at > now + skew {
            return Err(SignatureRefused::WrongTime {
                is_expired,
                signed_at: self.date_time.clone().into_owned(),
                now: text_of(now),
            });
        }
        Ok(())
    }

    /// Refuses a request in which something that says what is asked, or of whom, is not signed.
    pub(super) fn check_signed_headers(
        &self,
        request: &SignedRequest<'_>,
    ) -> Result<(), SignatureRefused> {
        let is_signed = |name: &str| self.headers().any(|signed| signed == name);
        if !self.headers().is_sorted() || self.headers().any(str::is_empty) {
            return Err(incomplete("SignedHeaders in lower case and in order"));
        }
        if !is_signed("host") {
            return Err(SignatureRefused::HeaderNotSigned { header: "host" });
        }
        let must_be_signed = |name: &str| name.starts_with("x-amz-");
        let left_out = request
            .headers
            .iter()
            .any(|(name, _)| must_be_signed(name) && !is_signed(name));
        if left_out {
            return Err(SignatureRefused::HeaderNotSigned { header: "x-amz-*" });
        }
        Ok(())
    }

    pub(super) fn headers(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.split(';')
    }

    fn of_header(
        request: &SignedRequest<'a>,
        authorization: &'a [u8],
    ) -> Result<Self, SignatureRefused> {
        let text = std::str::from_utf8(authorization).map_err(|_| incomplete("ASCII text"))?;
        let fields = text
            .strip_prefix(ALGORITHM)
            .filter(|rest| rest.starts_with([' ', '\t']))
            .ok_or(incomplete("the algorithm AWS4-HMAC-SHA256"))?;
        let [mut credential, mut signed_headers, mut signature] = [None; 3];
        for field in fields.split(',') {
            let Some((name, value)) = field.trim().split_once('=') else {
                continue;
            };
            let place = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => continue,
            };
            // Of several, the first counts.
            place.get_or_insert(value);
        }
        let credential = credential.ok_or(incomplete("'Credential'"))?;
        let signed_headers = signed_headers.ok_or(incomplete("'SignedHeaders'"))?;
        let signature = signature.ok_or(incomplete("'Signature'"))?;
        let date_time = match request.text("x-amz-date") {
            "" => request.text("date"),
            date_time => date_time,
        };
        let token = request
            .header("x-amz-security-token")
            .map(|_| Cow::Borrowed(request.text("x-amz-security-token")));
        Self::new(
            Cow::Borrowed(credential),
            Cow::Borrowed(signed_headers),
            signature,
            Cow::Borrowed(date_time),
            token,
            None,
        )
    }

    fn of_query(query: &'a str) -> Result<Self, SignatureRefused> {
        let of = |name: &str| {
            parameters(query)
                .find(|(present, _)| present == name)
                .map(|(_, value)| value)
        };
        if of("X-Amz-Algorithm").as_deref() != Some(ALGORITHM) {
            return Err(incomplete("'X-Amz-Algorithm' AWS4-HMAC-SHA256"));
        }
        let seconds = of("X-Amz-Expires")
            .and_then(|text| text.parse().ok())
            .filter(|seconds| (1..=PRESIGNED_SECONDS_MAX).contains(seconds))
            .ok_or(incomplete("'X-Amz-Expires' of at most seven days"))?;
        let signature = of("X-Amz-Signature").ok_or(incomplete("'X-Amz-Signature'"))?;
        Self::new(
            of("X-Amz-Credential").ok_or(incomplete("'X-Amz-Credential'"))?,
            of("X-Amz-SignedHeaders").ok_or(incomplete("'X-Amz-SignedHeaders'"))?,
            &signature,
            of("X-Amz-Date").ok_or(incomplete("'X-Amz-Date'"))?,
            of("X-Amz-Security-Token"),
            Some(seconds),
        )
    }

    fn new(
        credential: Cow<'a, str>,
        signed_headers: Cow<'a, str>,
        signature: &str,
        date_time: Cow<'a, str>,
        session_token: Option<Cow<'a, str>>,
        presigned_seconds: Option<u64>,
    ) -> Result<Self, SignatureRefused> {
        let is_date_time = date_time.len() == DATE_TIME_BYTES;
        if !is_date_time || seconds_of(&date_time).is_none() {
            return Err(incomplete("'X-Amz-Date' as YYYYMMDDTHHMMSSZ"));
        }
        let (access_key_id, scope) =
            split(credential).ok_or(incomplete("a 'Credential' of five parts"))?;
        if scope.date != date_time[..8] {
            return Err(SignatureRefused::DateNotInScope);
        }
        Ok(Self {
            access_key_id,
            scope,
            session_token,
            date_time,
            signed_headers,
            signature: parse_signature(signature).ok_or(incomplete("64 digits of 'Signature'"))?,
            presigned_seconds,
        })
    }
}

/// `access-key/date/region/service/aws4_request`, split.
fn split(credential: Cow<'_, str>) -> Option<(Cow<'_, str>, Scope<'_>)> {
    fn parts(text: &str) -> Option<[&str; 4]> {
        let mut parts = text.rsplitn(5, '/');
        (parts.next()? == SCOPE_END).then_some(())?;
        let (service, region, date) = (parts.next()?, parts.next()?, parts.next()?);
        Some([parts.next()?, date, region, service])
    }
    let [access_key_id, date, region, service] = match credential {
        Cow::Borrowed(text) => parts(text)?.map(Cow::Borrowed),
        Cow::Owned(text) => parts(&text)?.map(|part| Cow::Owned(part.to_owned())),
    };
    let scope = Scope {
        date,
        region,
        service,
    };
    Some((access_key_id, scope))
}

fn parse_signature(text: &str) -> Option<[u8; 32]> {
    let mut signature = [0; 32];
    if text.len() != 2 * signature.len() {
        return None;
    }
    for (byte, digits) in signature.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = hexadecimal(digits)?;
    }
    Some(signature)
}

fn incomplete(what: &'static str) -> SignatureRefused {
    SignatureRefused::Incomplete { what }
}
