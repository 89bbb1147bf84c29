//! Who asks: mTLS certificates, Unix peer credentials and PINs become a [`Caller`], and nothing else does.
//!
//! A front door shows a [`Peer`], which only a finished TLS handshake or the kernel can make, and the application
//! token of the request, and gets a [`Caller`] from the [`Authenticator`]. A caller names its principal, the
//! partitions it may use and the logins of its application; the gate asks no one else.

#![forbid(unsafe_code)]

mod accounts;
mod applications;
mod authenticator;
mod aws;
mod caller;
mod certificate_authority;
mod clock;
mod errors;
mod identities;
mod peer;
mod pins;
pub mod sigv4;
mod stored;
#[cfg(test)]
mod tests;
pub mod tls;

pub use accounts::{
    ACCOUNTS_MAX, AccessKey, Account, AccountError, Accounts, AssumeRole, Entity, Holder,
    KeyHolder, ManagedPolicy, NewAccessKey, NewPolicy, NewRole, PolicyUse, PolicyVersion,
    Role as IamRole, SessionCredentials, Tag, User,
};
pub use applications::{Attachment, Limits as ApplicationLimits, Token};
pub use authenticator::{
    Authenticator, EndedApplication, LocalRights, Opened, Settings, open, operator_while_sealed,
};
pub use aws::{AwsPrincipal, AwsRequest, AwsService, PrincipalKind, root_arn};
pub use caller::{Caller, LoginRole, Partitions, PinHolder, RequestUnderWay, Role};
pub use certificate_authority::{CertificateAuthority, Issued, KeyChoice};
pub use clock::{Clock, SystemClock};
pub use errors::Error;
pub use identities::{Identities, Identity};
pub use peer::{Peer, Source, Subject};
pub use pins::{Cost, PIN_LENGTH_MAX, PIN_LENGTH_MIN, PIN_TRIES, PinState, PinStates, Pins};
