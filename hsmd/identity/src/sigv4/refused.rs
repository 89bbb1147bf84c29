//! Why a signature was not accepted.

/// Why a request's signature proves nobody. Each front door gives every variant the code of its protocol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefused {
    /// The request has no signature.
    #[error("Request is missing Authentication Token")]
    Missing,
    /// The signature's form is not that of version 4, or lacks a part.
    #[error("the signature lacks {what}, or it is malformed")]
    Incomplete {
        /// The part.
        what: &'static str,
    },
    /// It was made for another service, or in a scope that does not fit its date.
    #[error("Credential should be scoped to correct service: '{expected}'.")]
    WrongScope {
        /// The service that answers here.
        expected: &'static str,
    },
    /// Its time is too far from ours, or a presigned request's time is over.
    #[error("{}", wrong_time(*.is_expired, .signed_at, .now))]
    WrongTime {
        /// Whether it is over, not still to come.
        is_expired: bool,
        /// When it was signed, as the signature has it.
        signed_at: String,
        /// Our time, in the same form.
        now: String,
    },
    /// The date of the credential scope is not that of the request.
    #[error(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"
    )]
    DateNotInScope,
    /// A header that says what is asked is not signed.
    #[error("the header {header} is not signed")]
    HeaderNotSigned {
        /// Which.
        header: &'static str,
    },
    /// Nobody has this access key, or it is switched off; or the session token is not this access key's.
    #[error("The security token included in the request is invalid.")]
    UnknownCredentials,
    /// The session's time is over.
    #[error("The security token included in the request is expired")]
    ExpiredCredentials,
    /// The signature is not the one that the key makes over this request. Says no more on purpose.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    DoesNotMatch,
}

fn wrong_time(is_expired: bool, signed_at: &str, now: &str) -> String {
    if is_expired {
        format!("Signature expired: {signed_at} is now earlier than {now}")
    } else {
        format!("Signature not yet current: {signed_at} is still later than {now}")
    }
}
