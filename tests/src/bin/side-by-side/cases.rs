//! What is measured.

/// One operation that every contender does, or leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Case {
    SignRsa2048,
    SignRsa3072,
    SignRsa4096,
    SignP256,
    SignP384,
    SignEd25519,
    EncryptAesGcm64,
    EncryptAesGcm4K,
    EncryptAesGcm1M,
    /// HMAC-SHA-256 over 64 bytes.
    MacSha256,
    VerifyRsa2048,
    VerifyP256,
    /// SHA-256 over 64 bytes.
    DigestSha256,
    GenerateAes256,
    GenerateP256,
    /// A token object, made and destroyed.
    GenerateDurableAes256,
    /// Three attributes of a key that cannot change.
    ReadAttributes,
    /// A session.
    OpenAndClose,
    /// What a program does that keeps nothing: a session, a search by label, a P-256 signature.
    OpenFindSignClose,
    FindByLabel,
    /// The least that a request can ask for: what the road itself costs.
    Random8,
}

impl Case {
    pub(crate) const ALL: [Self; 21] = [
        Self::SignRsa2048,
        Self::SignRsa3072,
        Self::SignRsa4096,
        Self::SignP256,
        Self::SignP384,
        Self::SignEd25519,
        Self::EncryptAesGcm64,
        Self::EncryptAesGcm4K,
        Self::EncryptAesGcm1M,
        Self::MacSha256,
        Self::VerifyRsa2048,
        Self::VerifyP256,
        Self::DigestSha256,
        Self::GenerateAes256,
        Self::GenerateP256,
        Self::GenerateDurableAes256,
        Self::ReadAttributes,
        Self::OpenAndClose,
        Self::OpenFindSignClose,
        Self::Random8,
        Self::FindByLabel,
    ];

    /// For people, and between the processes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignRsa2048 => "RSA-2048 sign",
            Self::SignRsa3072 => "RSA-3072 sign",
            Self::SignRsa4096 => "RSA-4096 sign",
            Self::SignP256 => "P-256 sign",
            Self::SignP384 => "P-384 sign",
            Self::SignEd25519 => "Ed25519 sign",
            Self::EncryptAesGcm64 => "AES-256-GCM 64 B",
            Self::EncryptAesGcm4K => "AES-256-GCM 4 KiB",
            Self::EncryptAesGcm1M => "AES-256-GCM 1 MiB",
            Self::MacSha256 => "HMAC-SHA-256 64 B",
            Self::VerifyRsa2048 => "RSA-2048 verify",
            Self::VerifyP256 => "P-256 verify",
            Self::DigestSha256 => "SHA-256 64 B",
            Self::GenerateAes256 => "AES-256 generate",
            Self::GenerateP256 => "P-256 generate",
            Self::GenerateDurableAes256 => "AES-256 generate durably",
            Self::ReadAttributes => "read 3 attributes",
            Self::OpenAndClose => "open and close session",
            Self::OpenFindSignClose => "open, find, sign P-256, close",
            Self::FindByLabel => "find by label",
            Self::Random8 => "random 8 B",
        }
    }

    /// Where it stands in [`Case::ALL`].
    pub(crate) fn number(self) -> u8 {
        let number = Self::ALL.iter().position(|case| *case == self);
        u8::try_from(number.expect("every case is in the list")).expect("a dozen cases")
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.name() == name)
    }

    /// Whether it is done on the token with many objects.
    pub(crate) const fn is_on_the_large_token(self) -> bool {
        matches!(self, Self::FindByLabel)
    }
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contender {
    /// aws-lc-rs, called directly: the limit.
    Raw,
    /// Debian's SoftHSM 2.6.1 in the caller's process: the peer.
    SoftHsm,
    /// Bare frames to another process that calls the library: the limit of any daemon on this machine.
    Bare,
    /// Our module and the daemon over a Unix socket.
    Unix,
    /// Our module and the daemon over mutual TLS.
    Mtls,
}

impl Contender {
    pub(crate) const ALL: [Self; 5] =
        [Self::Raw, Self::SoftHsm, Self::Bare, Self::Unix, Self::Mtls];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw aws-lc-rs",
            Self::SoftHsm => "SoftHSM",
            Self::Bare => "bare frames",
            Self::Unix => "hsmd, Unix socket",
            Self::Mtls => "hsmd, mTLS",
        }
    }

    pub(crate) const fn offers(self, case: Case) -> bool {
        match self {
            Self::Raw => !matches!(
                case,
                Case::FindByLabel
                    | Case::GenerateDurableAes256
                    | Case::ReadAttributes
                    | Case::OpenAndClose
                    | Case::OpenFindSignClose
            ),
            Self::Bare => matches!(
                case,
                Case::SignRsa2048
                    | Case::SignRsa3072
                    | Case::SignRsa4096
                    | Case::SignP256
                    | Case::SignP384
                    | Case::SignEd25519
                    | Case::EncryptAesGcm64
                    | Case::MacSha256
                    | Case::Random8
            ),
            Self::SoftHsm | Self::Unix | Self::Mtls => true,
        }
    }
}
