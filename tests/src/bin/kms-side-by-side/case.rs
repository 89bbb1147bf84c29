//! What is measured: two calls of KMS, by whom they are answered, and over which HTTP.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hsm_tests::signed::Request;
use serde_json::{Value, json};

/// A call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// A signature with P-256 over a digest.
    Sign,
    /// 64 bytes encrypted with a symmetric key.
    Encrypt,
}

impl Case {
    pub(crate) const ALL: [Self; 2] = [Self::Sign, Self::Encrypt];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sign => "Sign P-256",
            Self::Encrypt => "Encrypt 64 B",
        }
    }

    /// The most processor time of the server that a request may take, in microseconds.
    pub(crate) fn goal_microseconds(self) -> f64 {
        match self {
            Self::Sign => 40.0,
            Self::Encrypt => 25.0,
        }
    }

    /// What `CreateKey` is asked for.
    pub(crate) fn key(self) -> Value {
        match self {
            Self::Sign => json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}),
            Self::Encrypt => json!({}),
        }
    }

    /// The request, before it is signed.
    pub(crate) fn request(self, key_id: &str) -> Request {
        let (operation, body) = match self {
            Self::Sign => (
                "Sign",
                json!({"KeyId": key_id, "Message": STANDARD.encode([0x42; 32]), "MessageType": "DIGEST",
                    "SigningAlgorithm": "ECDSA_SHA_256"}),
            ),
            Self::Encrypt => (
                "Encrypt",
                json!({"KeyId": key_id, "Plaintext": STANDARD.encode([0x42; 64])}),
            ),
        };
        Request::call(operation, body.to_string())
    }
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// The daemon: signatures, policies, audit and all.
    Hsmd,
    /// hyper and rustls with the same computation, and an answer of the same size.
    Bare,
    /// moto's server, over plain HTTP.
    Moto,
}

impl Contender {
    pub(crate) const ALL: [Self; 3] = [Self::Hsmd, Self::Bare, Self::Moto];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hsmd => "hsmd",
            Self::Bare => "bare hyper",
            Self::Moto => "moto",
        }
    }
}

/// Over which HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Http {
    One,
    Two,
}

impl Http {
    pub(crate) const ALL: [Self; 2] = [Self::One, Self::Two];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "HTTP/1.1",
            Self::Two => "HTTP/2",
        }
    }

    pub(crate) fn alpn(self) -> &'static [u8] {
        match self {
            Self::One => b"http/1.1",
            Self::Two => b"h2",
        }
    }
}
