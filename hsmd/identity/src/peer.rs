//! What stands at the other end of a connection, proven by TLS or by the kernel.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::str::FromStr;

use crate::errors::Error;

/// The other end of one connection, as far as it has proven who it is.
///
/// Made by [`crate::tls::ServerTls::peer`] from a finished handshake, or by [`Peer::of_unix_socket`] from what the
/// kernel says; there is no other way, so holding one is the proof.
///
/// ```compile_fail
/// let forged = hsmd_identity::Peer { evidence: todo!(), source: todo!() };
/// ```
#[derive(Debug, Clone)]
pub struct Peer {
    evidence: Evidence,
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The leaf certificate's alternative names, and the SHA-256 of the subject public key info of the trusted CA
    /// to which its chain leads.
    Certificate {
        subjects: Vec<Subject>,
        issuer_key_sha256: [u8; 32],
    },
    /// A process of this machine.
    LocalUser { uid: u32, gid: u32, pid: u32 },
}

/// Where a connection comes from, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Over the network.
    Network(SocketAddr),
    /// Over the Unix socket, from the process with this id.
    Local {
        /// The process at the other end when it connected.
        pid: u32,
    },
}

/// Whom an identity is for: a name in a certificate, or a local user. Written `dns:host.example`,
/// `uri:spiffe://example/service` or `uid:1000`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A `dNSName`, in lower case.
    Dns(String),
    /// A `uniformResourceIdentifier`.
    Uri(String),
    /// A local user.
    Uid(u32),
}

impl Peer {
    /// The process at the other end of a connected Unix socket, from `SO_PEERCRED`.
    ///
    /// # Errors
    ///
    /// Those of `getsockopt(2)`: `socket` is not a connected Unix socket.
    pub fn of_unix_socket(socket: impl AsFd) -> std::io::Result<Self> {
        let credentials = rustix::net::sockopt::socket_peercred(socket)?;
        let pid = credentials.pid.as_raw_nonzero().get().unsigned_abs();
        Ok(Self {
            evidence: Evidence::LocalUser {
                uid: credentials.uid.as_raw(),
                gid: credentials.gid.as_raw(),
                pid,
            },
            source: Source::Local { pid },
        })
    }

    pub(crate) fn with_certificate(
        subjects: Vec<Subject>,
        issuer_key_sha256: [u8; 32],
        address: SocketAddr,
    ) -> Self {
        Self {
            evidence: Evidence::Certificate {
                subjects,
                issuer_key_sha256,
            },
            source: Source::Network(address),
        }
    }

    /// Where the connection comes from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The user at the other end of a Unix socket.
    #[must_use]
    pub fn local_uid(&self) -> Option<u32> {
        match self.evidence {
            Evidence::LocalUser { uid, .. } => Some(uid),
            Evidence::Certificate { .. } => None,
        }
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

/// What the audit log calls a peer that no identity was found for.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.evidence {
            Evidence::Certificate { subjects, .. } => match subjects.first() {
                Some(subject) => subject.fmt(f),
                None => f.write_str("certificate without a name"),
            },
            Evidence::LocalUser { uid, .. } => Subject::Uid(*uid).fmt(f),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(address) => address.ip().fmt(f),
            Self::Local { .. } => f.write_str("local"),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => write!(f, "dns:{name}"),
            Self::Uri(uri) => write!(f, "uri:{uri}"),
            Self::Uid(uid) => write!(f, "uid:{uid}"),
        }
    }
}

impl FromStr for Subject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (kind, value) = text.split_once(':').ok_or(Error::SubjectInvalid)?;
        let is_plain = !value.is_empty()
            && value.len() <= SUBJECT_BYTES_MAX
            && value.bytes().all(|byte| byte.is_ascii_graphic());
        match kind {
            "dns" if is_plain => Ok(Self::Dns(value.to_ascii_lowercase())),
            "uri" if is_plain => Ok(Self::Uri(value.to_owned())),
            "uid" => value
                .parse()
                .map(Self::Uid)
                .map_err(|_| Error::SubjectInvalid),
            _ => Err(Error::SubjectInvalid),
        }
    }
}

/// The longest name or URI of a subject, in bytes.
const SUBJECT_BYTES_MAX: usize = 512;
