//! The bare library, keys parsed once.

use std::hint::black_box;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest,
    encoding::AsDer as _,
    hmac,
    rand::{self, SystemRandom},
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
        UnparsedPublicKey,
    },
};

use crate::cases::Case;

/// A key of each kind, and signatures to verify.
pub(crate) struct Raw {
    random: SystemRandom,
    rsa: rsa::KeyPair,
    rsa_3072: rsa::KeyPair,
    rsa_4096: rsa::KeyPair,
    rsa_signature: Vec<u8>,
    p256: EcdsaKeyPair,
    p256_signature: Vec<u8>,
    p384: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
    aes: LessSafeKey,
    mac: hmac::Key,
}

/// What is signed and encrypted.
const MESSAGE: [u8; 64] = [0x42; 64];

impl Raw {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let [rsa, rsa_3072, rsa_4096] = [
            rsa::KeySize::Rsa2048,
            rsa::KeySize::Rsa3072,
            rsa::KeySize::Rsa4096,
        ]
        .map(|size| rsa::KeyPair::generate(size).expect("an RSA key"));
        let mut rsa_signature = vec![0; 256];
        rsa.sign(
            &RSA_PKCS1_SHA256,
            &random,
            &MESSAGE[..32],
            &mut rsa_signature,
        )
        .expect("a signature");
        let p256 = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a P-256 key");
        let p256_signature = p256
            .sign(&random, &MESSAGE[..32])
            .expect("a signature")
            .as_ref()
            .to_vec();
        let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a P-384 key");
        let ed25519 = Ed25519KeyPair::generate().expect("an Ed25519 key");
        let aes = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("an AES key"));
        Self {
            random,
            rsa,
            rsa_3072,
            rsa_4096,
            rsa_signature,
            p256,
            p256_signature,
            p384,
            ed25519,
            aes,
            mac: hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]),
        }
    }

    pub(crate) fn operation(&self, case: Case) -> Box<dyn FnMut() + '_> {
        match case {
            Case::SignRsa2048 => self.signing(&self.rsa),
            Case::SignRsa3072 => self.signing(&self.rsa_3072),
            Case::SignRsa4096 => self.signing(&self.rsa_4096),
            Case::SignP256 => Box::new(|| {
                self.p256
                    .sign(&self.random, &MESSAGE[..32])
                    .expect("a signature");
            }),
            Case::SignP384 => Box::new(|| {
                self.p384
                    .sign(&self.random, &MESSAGE[..48])
                    .expect("a signature");
            }),
            Case::SignEd25519 => Box::new(|| {
                black_box(self.ed25519.sign(&MESSAGE[..32]));
            }),
            Case::EncryptAesGcm64 => self.encrypting(64),
            Case::EncryptAesGcm4K => self.encrypting(4 << 10),
            Case::EncryptAesGcm1M => self.encrypting(1 << 20),
            Case::MacSha256 => Box::new(|| {
                black_box(hmac::sign(&self.mac, &MESSAGE));
            }),
            Case::DigestSha256 => Box::new(|| {
                black_box(digest::digest(&digest::SHA256, &MESSAGE));
            }),
            Case::VerifyRsa2048 => {
                let key = self.rsa.public_key().as_der().expect("a public key");
                let key =
                    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.as_ref().to_vec());
                Box::new(move || {
                    key.verify(&MESSAGE[..32], &self.rsa_signature)
                        .expect("a good signature");
                })
            }
            Case::VerifyP256 => {
                let key = self.p256.public_key().as_ref().to_vec();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
                Box::new(move || {
                    key.verify(&MESSAGE[..32], &self.p256_signature)
                        .expect("a good signature");
                })
            }
            Case::GenerateAes256 => Box::new(|| {
                let mut key = [0; 32];
                rand::fill(&mut key).expect("random bytes");
                let key = UnboundKey::new(&AES_256_GCM, &key).expect("an AES key");
                black_box(LessSafeKey::new(key));
            }),
            Case::GenerateP256 => Box::new(|| {
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a P-256 key");
            }),
            Case::Random8 => Box::new(|| {
                let mut bytes = [0; 8];
                rand::fill(&mut bytes).expect("random bytes");
                black_box(bytes);
            }),
            Case::FindByLabel
            | Case::GenerateDurableAes256
            | Case::ReadAttributes
            | Case::OpenAndClose
            | Case::OpenFindSignClose => {
                unreachable!("the bare library has no sessions and no objects")
            }
        }
    }

    fn signing<'a>(&'a self, key: &'a rsa::KeyPair) -> Box<dyn FnMut() + 'a> {
        let mut signature = vec![0; key.public_modulus_len()];
        Box::new(move || {
            key.sign(
                &RSA_PKCS1_SHA256,
                &self.random,
                &MESSAGE[..32],
                &mut signature,
            )
            .expect("a signature");
        })
    }

    fn encrypting(&self, length: usize) -> Box<dyn FnMut() + '_> {
        let mut counter = 0_u64;
        let mut data = vec![0x42; length];
        Box::new(move || {
            counter += 1;
            let mut nonce = [0; 12];
            nonce[..8].copy_from_slice(&counter.to_be_bytes());
            let nonce = Nonce::assume_unique_for_key(nonce);
            let tag = self
                .aes
                .seal_in_place_separate_tag(nonce, Aad::empty(), &mut data);
            let _ = black_box(tag.expect("a ciphertext"));
        })
    }
}
