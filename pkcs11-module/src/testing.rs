//! A daemon in miniature for tests: one token with a P-256 key pair and an AES key. It counts what it is asked, and can
//! go away or restart.

use std::io;
use std::sync::Arc;

use hsm_algorithms::pkcs11::*;
use hsm_algorithms::{Algorithm, Attributes, Curve, Parameters};
use hsm_aws_lc::private::EcPrivateKey;
use hsm_aws_lc::symmetric::BlockCipher::Aes;
use hsm_aws_lc::{Message, symmetric};
use hsm_client::Error;
use hsm_proto::attributes::{from_wire, to_wire};
use hsm_proto::request::Operation;
use hsm_proto::{
    Attribute, AttributeReading, Call, DecryptReply, DestroyObjectsReply, EncryptReply,
    Error as Refusal, ErrorCode, FindObjectsReply, GenerateKeyReply, Limits, ListTokensReply,
    LoginReply, LogoutReply, ObjectInfo, ReadAttributesReply, Reply, Request, SignReply, TokenInfo,
    WriteAttributesReply, parameters,
};
use parking_lot::Mutex;

use crate::daemon::{Daemon, Standing};
use crate::library::Library;
use crate::slots::{Slot, Slots};

/// The slot of the token.
pub(crate) const SLOT: u64 = 1;

/// The slot without token.
pub(crate) const FREE_SLOT: u64 = 2;

const PARTITION: [u8; 16] = [9; 16];
const PRIVATE_KEY: [u8; 16] = [1; 16];
const PUBLIC_KEY: [u8; 16] = [2; 16];
const AES_KEY: [u8; 16] = [3; 16];
const AES_VALUE: [u8; 32] = [7; 32];

/// Stands in for a daemon. Clones are the same daemon.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Shared>);

struct Shared {
    key: EcPrivateKey,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: Vec<&'static str>,
    applications: u64,
    knows_application: bool,
    is_gone: bool,
    is_logged_in: bool,
    objects_made: u8,
}

/// A slot with an initialised token.
pub(crate) fn slot() -> Arc<Slot> {
    let slots = Slots::default();
    slots.update(&[token()]);
    slots.get(SLOT).expect("it was just put there")
}

/// An initialised library with a daemon behind it.
pub(crate) fn library() -> (Library, Fake) {
    let (library, fake) = (Library::new(), Fake::new());
    let daemon = fake.clone();
    library
        .initialize(|_| Ok(Daemon::Fake(daemon)))
        .expect("it was not initialised before");
    (library, fake)
}

impl Fake {
    /// A daemon that runs.
    pub(crate) fn new() -> Self {
        let key = EcPrivateKey::generate(Curve::P256).expect("there is memory");
        Self(Arc::new(Shared {
            key,
            state: Mutex::default(),
        }))
    }

    /// The names of the requests since the last time.
    pub(crate) fn take_requests(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.state.lock().requests)
    }

    /// Goes away, or comes back as it was.
    pub(crate) fn set_gone(&self, is_gone: bool) {
        self.0.state.lock().is_gone = is_gone;
    }

    /// Loses everything that does not last.
    pub(crate) fn restart(&self) {
        let mut state = self.0.state.lock();
        state.knows_application = false;
        state.is_logged_in = false;
    }

    /// As [`Daemon::call`].
    pub(crate) fn call<C: Call>(&self, call: C) -> Result<C::Reply, Error> {
        self.standing()?;
        let mut state = self.0.state.lock();
        state.requests.push(C::NAME);
        if !state.knows_application {
            state.applications += 1;
            state.knows_application = true;
            return Err(Error::ApplicationLost);
        }
        let request: Request = call.into();
        let reply = match request
            .operation
            .as_ref()
            .map(|operation| self.answer(&mut state, operation))
        {
            Some(Ok(reply)) => reply,
            Some(Err(code)) => Reply::from(Refusal::new(code, "")),
            None => Reply::default(),
        };
        C::Reply::try_from(reply).map_err(|refusal| match refusal {
            hsm_proto::Refusal::Error(error) => Error::Refused(error),
            hsm_proto::Refusal::Unexpected { .. } => Error::Protocol(refusal.to_string()),
        })
    }

    /// As [`Daemon::standing`].
    pub(crate) fn standing(&self) -> Result<Standing, Error> {
        let mut state = self.0.state.lock();
        if state.is_gone {
            let source = io::Error::from(io::ErrorKind::ConnectionRefused);
            return Err(Error::Unreachable {
                endpoints: "nowhere".into(),
                source,
            });
        }
        if state.applications == 0 {
            state.applications = 1;
            state.knows_application = true;
        }
        let limits = Limits {
            message_bytes_max: (64 << 10) + 64,
            random_bytes_max: 64,
            find_results_max: 2,
            memory_files: false,
        };
        Ok(Standing {
            application: state.applications,
            limits,
        })
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each request")]
    fn answer(&self, state: &mut State, operation: &Operation) -> Result<Reply, ErrorCode> {
        Ok(match operation {
            Operation::ListTokens(_) => {
                let free = TokenInfo {
                    slot: FREE_SLOT,
                    ..TokenInfo::default()
                };
                ListTokensReply {
                    tokens: vec![free, token()],
                }
                .into()
            }
            Operation::Login(login) if login.pin == b"1234" => {
                state.is_logged_in = true;
                LoginReply {}.into()
            }
            Operation::Login(_) => return Err(ErrorCode::PinIncorrect),
            Operation::Logout(_) => {
                state.is_logged_in = false;
                LogoutReply {}.into()
            }
            Operation::FindObjects(find) => {
                let template = from_wire(find.template.clone())
                    .map_err(|_| ErrorCode::AttributeValueInvalid)?;
                let found: Vec<_> = [PRIVATE_KEY, PUBLIC_KEY, AES_KEY]
                    .into_iter()
                    .filter(|id| {
                        id[..] > find.after[..]
                            && self
                                .attributes(*id)
                                .is_some_and(|own| own.matches(&template))
                    })
                    .collect();
                let limit = usize::try_from(find.limit).unwrap_or(usize::MAX);
                let is_last_page = found.len() <= limit;
                let objects = found
                    .into_iter()
                    .take(limit)
                    .map(|id| self.info(id))
                    .collect();
                FindObjectsReply {
                    objects,
                    is_last_page,
                }
                .into()
            }
            Operation::ReadAttributes(read) => {
                let id = read
                    .object
                    .as_slice()
                    .try_into()
                    .map_err(|_| ErrorCode::ObjectNotFound)?;
                let attributes = self.attributes(id).ok_or(ErrorCode::ObjectNotFound)?;
                let reading = |attribute: &u64| match attributes.get(*attribute) {
                    Some(value) => AttributeReading {
                        absence: 0,
                        attribute: Some(Attribute::from((*attribute, value.clone()))),
                    },
                    None => AttributeReading {
                        absence: 2,
                        attribute: Some(Attribute {
                            r#type: *attribute,
                            value: None,
                        }),
                    },
                };
                ReadAttributesReply {
                    readings: read.types.iter().map(reading).collect(),
                }
                .into()
            }
            Operation::WriteAttributes(_) => WriteAttributesReply {}.into(),
            Operation::DestroyObjects(_) => DestroyObjectsReply {}.into(),
            Operation::GenerateKey(_) => {
                state.objects_made += 1;
                let id = vec![100 + state.objects_made; 16];
                GenerateKeyReply {
                    object: Some(ObjectInfo {
                        id,
                        fixed_attributes: Vec::new(),
                    }),
                }
                .into()
            }
            Operation::Sign(_) if !state.is_logged_in => return Err(ErrorCode::NotLoggedIn),
            Operation::Sign(sign) if sign.key == PRIVATE_KEY => {
                let algorithm =
                    Algorithm::by_name(&sign.algorithm).ok_or(ErrorCode::AlgorithmUnknown)?;
                let message = if sign.is_digest {
                    Message::Digest(&sign.message)
                } else {
                    Message::Whole(&sign.message)
                };
                let signature = self
                    .0
                    .key
                    .sign(algorithm, message)
                    .map_err(|_| ErrorCode::InputLength)?;
                SignReply { signature }.into()
            }
            Operation::Encrypt(encrypt) => {
                let parameters =
                    parameters::from_wire(encrypt.parameters.clone()).unwrap_or_default();
                let input = encrypt.plaintext.as_slice();
                let ciphertext = encrypted(&encrypt.algorithm, &parameters, input)
                    .ok_or(ErrorCode::InputLength)?;
                EncryptReply { ciphertext }.into()
            }
            Operation::Decrypt(decrypt) => {
                let parameters =
                    parameters::from_wire(decrypt.parameters.clone()).unwrap_or_default();
                let input = decrypt.ciphertext.as_slice();
                let plaintext = decrypted(&decrypt.algorithm, &parameters, input)
                    .ok_or(ErrorCode::CiphertextInvalid)?;
                DecryptReply { plaintext }.into()
            }
            _ => return Err(ErrorCode::ObjectNotFound),
        })
    }

    fn info(&self, id: [u8; 16]) -> ObjectInfo {
        let attributes = self.attributes(id).unwrap_or_default();
        ObjectInfo {
            id: id.to_vec(),
            fixed_attributes: to_wire(attributes),
        }
    }

    fn attributes(&self, id: [u8; 16]) -> Option<Attributes> {
        let mut attributes = match id {
            PRIVATE_KEY => [
                (CKA_CLASS, CKO_PRIVATE_KEY.into()),
                (CKA_SIGN, true.into()),
                (CKA_PRIVATE, true.into()),
            ]
            .into_iter()
            .collect(),
            PUBLIC_KEY => {
                let mut attributes = self
                    .0
                    .key
                    .public()
                    .and_then(|key| key.to_attributes())
                    .unwrap_or_default();
                attributes.insert(CKA_CLASS, CKO_PUBLIC_KEY);
                attributes.insert(CKA_VERIFY, true);
                attributes.insert(CKA_PRIVATE, false);
                attributes
            }
            AES_KEY => [
                (CKA_CLASS, CKO_SECRET_KEY.into()),
                (CKA_KEY_TYPE, CKK_AES.into()),
                (CKA_VALUE_LEN, 32.into()),
                (CKA_ENCRYPT, true.into()),
                (CKA_DECRYPT, true.into()),
                (CKA_PRIVATE, false.into()),
            ]
            .into_iter()
            .collect::<Attributes>(),
            _ => return None,
        };
        if id == PRIVATE_KEY {
            attributes.insert(CKA_KEY_TYPE, CKK_EC);
            attributes.insert(CKA_EC_PARAMS, Curve::P256.parameters_der());
        }
        attributes.insert(CKA_TOKEN, true);
        attributes.insert(CKA_LABEL, b"label".as_slice());
        Some(attributes)
    }
}

fn token() -> TokenInfo {
    TokenInfo {
        slot: SLOT,
        is_initialized: true,
        partition: PARTITION.to_vec(),
        ..TokenInfo::default()
    }
}

fn encrypted(algorithm: &str, parameters: &Parameters, input: &[u8]) -> Option<Vec<u8>> {
    match (Algorithm::by_name(algorithm)?, parameters) {
        (Algorithm::AesEcb, _) => symmetric::ecb_encrypt(Aes, &AES_VALUE, input).ok(),
        (Algorithm::AesCbc, Parameters::Iv(iv)) => {
            symmetric::cbc_encrypt(Aes, &AES_VALUE, iv, input).ok()
        }
        (Algorithm::AesCbcPad, Parameters::Iv(iv)) => {
            symmetric::cbc_pad_encrypt(Aes, &AES_VALUE, iv, input).ok()
        }
        (Algorithm::AesCtr, Parameters::Ctr(ctr)) => symmetric::ctr(&AES_VALUE, ctr, input).ok(),
        (Algorithm::AesGcm, Parameters::Gcm(gcm)) => {
            symmetric::gcm_encrypt(&AES_VALUE, gcm, input).ok()
        }
        _ => None,
    }
}

fn decrypted(algorithm: &str, parameters: &Parameters, input: &[u8]) -> Option<Vec<u8>> {
    match (Algorithm::by_name(algorithm)?, parameters) {
        (Algorithm::AesEcb, _) => symmetric::ecb_decrypt(Aes, &AES_VALUE, input).ok(),
        (Algorithm::AesCbc, Parameters::Iv(iv)) => {
            symmetric::cbc_decrypt(Aes, &AES_VALUE, iv, input).ok()
        }
        (Algorithm::AesCbcPad, Parameters::Iv(iv)) => {
            symmetric::cbc_pad_decrypt(Aes, &AES_VALUE, iv, input).ok()
        }
        (Algorithm::AesCtr, Parameters::Ctr(ctr)) => symmetric::ctr(&AES_VALUE, ctr, input).ok(),
        (Algorithm::AesGcm, Parameters::Gcm(gcm)) => {
            symmetric::gcm_decrypt(&AES_VALUE, gcm, input).ok()
        }
        _ => None,
    }
}
