//! What must be reached, each a ratio or a time of one run on a machine that does nothing else.

use crate::cases::{Case, Contender};

/// One figure of one case, and what it must be.
pub(crate) struct Goal {
    pub(crate) case: Case,
    pub(crate) contender: Contender,
    pub(crate) threads: usize,
    pub(crate) at: Measure,
}

/// What is compared.
#[derive(Clone, Copy)]
pub(crate) enum Measure {
    /// At least so many times SoftHSM's operations per second.
    TimesSoftHsm(f64),
    /// At least so many times those of the bare library.
    TimesRaw(f64),
    /// At most so many microseconds an operation.
    Microseconds(f64),
}

use Contender::{Mtls, Unix};
use Measure::{Microseconds, TimesRaw, TimesSoftHsm};

/// In the order of [`Case::ALL`].
pub(crate) const GOALS: &[Goal] = &[
    at_16(Case::SignRsa2048, Unix, TimesSoftHsm(2.3)),
    at_16(Case::SignRsa2048, Unix, TimesRaw(0.95)),
    at_16(Case::SignRsa2048, Mtls, TimesSoftHsm(2.2)),
    at_16(Case::SignRsa2048, Mtls, TimesRaw(0.90)),
    at_16(Case::SignRsa3072, Unix, TimesSoftHsm(2.8)),
    at_16(Case::SignRsa3072, Unix, TimesRaw(0.97)),
    at_16(Case::SignRsa3072, Mtls, TimesRaw(0.95)),
    at_16(Case::SignRsa4096, Unix, TimesSoftHsm(2.8)),
    at_16(Case::SignRsa4096, Unix, TimesRaw(0.97)),
    at_16(Case::SignRsa4096, Mtls, TimesRaw(0.95)),
    at_16(Case::SignP256, Unix, TimesSoftHsm(3.3)),
    at_16(Case::SignP256, Unix, TimesRaw(0.55)),
    at_1(Case::SignP256, Unix, Microseconds(40.0)),
    at_16(Case::SignP256, Mtls, TimesSoftHsm(2.8)),
    at_1(Case::SignP256, Mtls, Microseconds(50.0)),
    at_16(Case::SignP384, Unix, TimesSoftHsm(8.0)),
    at_16(Case::SignP384, Unix, TimesRaw(0.85)),
    at_16(Case::SignP384, Mtls, TimesSoftHsm(7.5)),
    at_16(Case::SignEd25519, Unix, TimesSoftHsm(13.0)),
    at_16(Case::SignEd25519, Unix, TimesRaw(0.35)),
    at_16(Case::SignEd25519, Mtls, TimesSoftHsm(10.0)),
    at_16(Case::EncryptAesGcm64, Unix, TimesSoftHsm(2.5)),
    at_1(Case::EncryptAesGcm64, Unix, Microseconds(13.0)),
    at_16(Case::EncryptAesGcm64, Mtls, TimesSoftHsm(1.8)),
    at_16(Case::EncryptAesGcm4K, Unix, TimesSoftHsm(2.5)),
    at_16(Case::EncryptAesGcm4K, Mtls, TimesSoftHsm(1.5)),
    at_16(Case::EncryptAesGcm1M, Unix, TimesSoftHsm(1.3)),
    at_16(Case::MacSha256, Unix, TimesSoftHsm(2.5)),
    at_1(Case::MacSha256, Unix, Microseconds(13.0)),
    at_16(Case::MacSha256, Mtls, TimesSoftHsm(1.8)),
    at_16(Case::VerifyRsa2048, Unix, TimesSoftHsm(5.0)),
    at_16(Case::VerifyRsa2048, Unix, TimesRaw(0.95)),
    at_16(Case::VerifyP256, Unix, TimesSoftHsm(3.0)),
    at_16(Case::VerifyP256, Unix, TimesRaw(0.95)),
    at_16(Case::DigestSha256, Unix, TimesSoftHsm(5.0)),
    at_1(Case::ReadAttributes, Unix, Microseconds(0.5)),
    at_1(Case::OpenAndClose, Unix, Microseconds(0.5)),
    at_1(Case::OpenFindSignClose, Unix, Microseconds(60.0)),
    at_16(Case::OpenFindSignClose, Unix, TimesSoftHsm(6.0)),
    at_1(Case::OpenFindSignClose, Mtls, Microseconds(90.0)),
    at_16(Case::OpenFindSignClose, Mtls, TimesSoftHsm(4.0)),
    at_16(Case::GenerateDurableAes256, Unix, TimesSoftHsm(20.0)),
    at_1(Case::FindByLabel, Unix, Microseconds(15.0)),
    at_1(Case::FindByLabel, Mtls, Microseconds(30.0)),
];

const fn at_16(case: Case, contender: Contender, at: Measure) -> Goal {
    Goal {
        case,
        contender,
        threads: 16,
        at,
    }
}

const fn at_1(case: Case, contender: Contender, at: Measure) -> Goal {
    Goal {
        case,
        contender,
        threads: 1,
        at,
    }
}

impl Measure {
    /// The goal, for people.
    pub(crate) fn text(self) -> String {
        match self {
            TimesSoftHsm(goal) => format!("≥ {goal}× SoftHSM"),
            TimesRaw(goal) => format!("≥ {goal}× raw"),
            Microseconds(goal) => format!("≤ {goal} µs"),
        }
    }
}
