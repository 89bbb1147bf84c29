//! Keys: making them and computing with them.

use std::iter;
use std::mem::take;
use std::sync::Arc;

use hsm_algorithms::{Algorithm, Generator};
use hsm_proto::{
    DecapsulateKeyReply, DecapsulateKeyRequest, DecryptReply, DecryptRequest, DeriveKeyReply,
    DeriveKeyRequest, EncapsulateKeyReply, EncapsulateKeyRequest, EncryptReply, EncryptRequest,
    GenerateKeyPairReply, GenerateKeyPairRequest, GenerateKeyReply, GenerateKeyRequest,
    SignRecoverReply, SignRecoverRequest, SignReply, SignRequest, UnwrapKeyReply, UnwrapKeyRequest,
    VerifyMacReply, VerifyMacRequest, WrapKeyReply, WrapKeyRequest,
};
use hsmd_operations::{
    DecapsulateKey, Decrypt, DeriveKey, Derived, EncapsulateKey, Encapsulated, Encrypt, Error,
    GenerateKey, GenerateKeyPair, KeyPair, KeySource, Object, Plaintext, Sign, SignRecover,
    UnwrapKey, VerifyMac, WrapKey,
};
use zeroize::Zeroizing;

use super::{Route, wire};

impl Route for SignRequest {
    type Operation = Sign;

    fn operation(mut self) -> Result<Sign, Error> {
        Ok(Sign {
            partition: wire::partition(&self.partition)?,
            key: wire::object(&self.key, "key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            message: take(&mut self.message).into(),
            is_digest: self.is_digest,
        })
    }

    fn reply(signature: Vec<u8>) -> SignReply {
        SignReply { signature }
    }
}

impl Route for SignRecoverRequest {
    type Operation = SignRecover;

    fn operation(mut self) -> Result<SignRecover, Error> {
        Ok(SignRecover {
            partition: wire::partition(&self.partition)?,
            key: wire::object(&self.key, "key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            message: take(&mut self.message).into(),
        })
    }

    fn reply(signature: Vec<u8>) -> SignRecoverReply {
        SignRecoverReply { signature }
    }
}

impl Route for EncapsulateKeyRequest {
    type Operation = EncapsulateKey;

    fn operation(mut self) -> Result<EncapsulateKey, Error> {
        Ok(EncapsulateKey {
            partition: wire::partition(&self.partition)?,
            public_key: wire::object(&self.public_key, "public_key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply(encapsulated: Encapsulated) -> EncapsulateKeyReply {
        EncapsulateKeyReply {
            ciphertext: encapsulated.ciphertext,
            object: Some(wire::object_info(&encapsulated.object)),
        }
    }
}

impl Route for DecapsulateKeyRequest {
    type Operation = DecapsulateKey;

    fn operation(mut self) -> Result<DecapsulateKey, Error> {
        Ok(DecapsulateKey {
            partition: wire::partition(&self.partition)?,
            private_key: wire::object(&self.private_key, "private_key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            ciphertext: take(&mut self.ciphertext),
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply(object: Arc<Object>) -> DecapsulateKeyReply {
        DecapsulateKeyReply {
            object: Some(wire::object_info(&object)),
        }
    }
}

impl Route for VerifyMacRequest {
    type Operation = VerifyMac;

    fn operation(mut self) -> Result<VerifyMac, Error> {
        Ok(VerifyMac {
            partition: wire::partition(&self.partition)?,
            key: wire::object(&self.key, "key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            message: take(&mut self.message).into(),
            mac: take(&mut self.mac),
        })
    }

    fn reply((): ()) -> VerifyMacReply {
        VerifyMacReply {}
    }
}

impl Route for EncryptRequest {
    type Operation = Encrypt;

    fn operation(mut self) -> Result<Encrypt, Error> {
        Ok(Encrypt {
            partition: wire::partition(&self.partition)?,
            key: wire::object(&self.key, "key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            plaintext: take(&mut self.plaintext).into(),
        })
    }

    fn reply(ciphertext: Vec<u8>) -> EncryptReply {
        EncryptReply { ciphertext }
    }
}

impl Route for DecryptRequest {
    type Operation = Decrypt;

    fn operation(mut self) -> Result<Decrypt, Error> {
        Ok(Decrypt {
            partition: wire::partition(&self.partition)?,
            key: wire::object(&self.key, "key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            ciphertext: take(&mut self.ciphertext),
        })
    }

    fn reply(plaintext: Plaintext) -> DecryptReply {
        DecryptReply {
            plaintext: plaintext.into_vec(),
        }
    }
}

impl Route for WrapKeyRequest {
    type Operation = WrapKey;

    fn operation(mut self) -> Result<WrapKey, Error> {
        Ok(WrapKey {
            partition: wire::partition(&self.partition)?,
            wrapping_key: wire::object(&self.wrapping_key, "wrapping_key")?,
            key: wire::object(&self.key, "key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
        })
    }

    fn reply(wrapped_key: Vec<u8>) -> WrapKeyReply {
        WrapKeyReply { wrapped_key }
    }
}

impl Route for UnwrapKeyRequest {
    type Operation = UnwrapKey;

    fn operation(mut self) -> Result<UnwrapKey, Error> {
        Ok(UnwrapKey {
            partition: wire::partition(&self.partition)?,
            unwrapping_key: wire::object(&self.unwrapping_key, "unwrapping_key")?,
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            wrapped_key: take(&mut self.wrapped_key),
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply(object: Arc<Object>) -> UnwrapKeyReply {
        UnwrapKeyReply {
            object: Some(wire::object_info(&object)),
        }
    }
}

impl Route for DeriveKeyRequest {
    type Operation = DeriveKey;

    fn operation(mut self) -> Result<DeriveKey, Error> {
        Ok(DeriveKey {
            partition: wire::partition(&self.partition)?,
            base_key: wire::object(&self.base_key, "base_key")?,
            other_key: if self.other_key.is_empty() {
                None
            } else {
                Some(wire::object(&self.other_key, "other_key")?)
            },
            algorithm: wire::algorithm(&self.algorithm)?,
            parameters: wire::parameters(self.parameters.take())?,
            templates: iter::once(take(&mut self.template))
                .chain(self.further.iter_mut().map(|one| take(&mut one.attributes)))
                .map(wire::template)
                .collect::<Result<_, _>>()?,
        })
    }

    fn reply(derived: Derived) -> DeriveKeyReply {
        let mut objects = derived.objects.iter().map(|one| wire::object_info(one));
        DeriveKeyReply {
            object: objects.next(),
            beside: derived.beside,
            further: objects.collect(),
        }
    }
}

impl Route for GenerateKeyRequest {
    type Operation = GenerateKey;

    fn operation(mut self) -> Result<GenerateKey, Error> {
        Ok(GenerateKey {
            partition: wire::partition(&self.partition)?,
            source: if self.generator == Algorithm::Pbkdf2.name() {
                KeySource::Password {
                    parameters: wire::parameters(self.parameters.take())?,
                    password: Zeroizing::new(take(&mut self.password)),
                }
            } else {
                KeySource::Generator(generator(&self.generator)?)
            },
            template: wire::template(take(&mut self.template))?,
        })
    }

    fn reply(object: Arc<Object>) -> GenerateKeyReply {
        GenerateKeyReply {
            object: Some(wire::object_info(&object)),
        }
    }
}

impl Route for GenerateKeyPairRequest {
    type Operation = GenerateKeyPair;

    fn operation(mut self) -> Result<GenerateKeyPair, Error> {
        Ok(GenerateKeyPair {
            partition: wire::partition(&self.partition)?,
            generator: generator(&self.generator)?,
            public_template: wire::template(take(&mut self.public_template))?,
            private_template: wire::template(take(&mut self.private_template))?,
        })
    }

    fn reply(pair: KeyPair) -> GenerateKeyPairReply {
        GenerateKeyPairReply {
            public_key: Some(wire::object_info(&pair.public)),
            private_key: Some(wire::object_info(&pair.private)),
        }
    }
}

fn generator(name: &str) -> Result<Generator, Error> {
    Generator::by_name(name).ok_or(Error::AlgorithmUnknown)
}
