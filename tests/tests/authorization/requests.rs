//! One request for every action, such that nothing but the caller's rights stands in its way.

use hsm_algorithms::pkcs11::*;
use hsm_algorithms::{AttributeValue, EcdhParameters, Kdf};
use hsm_proto::*;
use hsmd_gate::Row;

use crate::Caller;
use crate::doors::{Answer, Line};
use crate::world::{PASSPHRASE, PIN, SO_PIN, Targets, World, template};

/// Asks for an action.
#[expect(
    clippy::too_many_lines,
    clippy::assigning_clones,
    reason = "a request for each action, as plainly as can be"
)]
pub(crate) fn ask(
    world: &World,
    targets: &Targets,
    line: &mut Line,
    action: &Row,
    caller: Caller,
) -> Answer {
    let partition = targets.partition.clone();
    let value_length = [(CKA_VALUE_LEN, AttributeValue::Number(32))];
    let session = || template(&[(CKA_TOKEN, false)], []);
    match action.name {
        "hsm:Hello" => line.ask(HelloRequest::default()),
        "hsm:Status" => line.ask(StatusRequest {}),
        "hsm:Initialize" => line.ask(filled(|request: &mut InitializeRequest| {
            request.passphrase = PASSPHRASE.into();
            request.operator_name = world.new_name();
        })),
        "hsm:Unseal" => line.ask(unseal()),
        "hsm:Seal" => seal_and_unseal(line, caller),
        "hsm:RotateBarrier" => line.ask(RotateBarrierRequest {}),
        "hsm:IssueIdentity" => line.ask(IssueIdentityRequest {
            name: world.new_name(),
            role: IdentityRole::Operator.into(),
            valid_days: 1,
            ..IssueIdentityRequest::default()
        }),
        "hsm:TrustIdentity" => {
            let name = world.new_name();
            let uid =
                50_000 + name.len() + name.bytes().map(usize::from).sum::<usize>() * 97 % 9_000;
            line.ask(TrustIdentityRequest {
                subject: format!("uid:{uid}"),
                name,
                role: IdentityRole::Operator.into(),
                ..TrustIdentityRequest::default()
            })
        }
        "hsm:ListIdentities" => line.ask(ListIdentitiesRequest {}),
        "hsm:RemoveIdentity" => line.ask(RemoveIdentityRequest {
            name: world.new_name(),
        }),
        "hsm:CreateAccount" => line.ask(CreateAccountRequest {
            account: String::new(),
            name: world.new_name(),
        }),
        "hsm:ExplainPolicy" => line.ask(ExplainPolicyRequest {
            principal: "arn:aws:iam::999999999999:root".to_owned(),
            action: "kms:ListKeys".to_owned(),
            region: "us-east-1".to_owned(),
            ..ExplainPolicyRequest::default()
        }),
        "hsm:ListAccounts" => line.ask(ListAccountsRequest {}),
        "hsm:DeleteAccount" => line.ask(DeleteAccountRequest {
            account: "000000000000".to_owned(),
        }),
        "hsm:OpenAccountToken" => line.ask(OpenAccountTokenRequest {
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            so_pin: b"12345678".to_vec(),
            pin: b"1234".to_vec(),
        }),
        "hsm:CreateAccessKey" => line.ask(CreateAccessKeyRequest {
            account: "000000000000".to_owned(),
            ..CreateAccessKeyRequest::default()
        }),
        "hsm:ListAccessKeys" => line.ask(ListAccessKeysRequest {
            account: "000000000000".to_owned(),
        }),
        "hsm:UpdateAccessKey" => line.ask(UpdateAccessKeyRequest {
            access_key_id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
            is_active: false,
        }),
        "hsm:DeleteAccessKey" => line.ask(DeleteAccessKeyRequest {
            access_key_id: "AKIAAAAAAAAAAAAAAAAA".to_owned(),
        }),
        "hsm:ReadAudit" => line.ask(ReadAuditRequest {
            limit: 1,
            ..ReadAuditRequest::default()
        }),
        "hsm:StartJob" => line.ask(StartJobRequest {
            generate_key: Some(GenerateKeyRequest::default()),
            ..StartJobRequest::default()
        }),
        "hsm:FinishJob" => line.ask(FinishJobRequest {
            job: 1,
            wait_milliseconds: 0,
        }),
        "hsm:GenerateRandom" => line.ask(GenerateRandomRequest { length_bytes: 16 }),
        "hsm:CreatePartition" => line.ask(filled(|request: &mut CreatePartitionRequest| {
            request.name = world.new_name();
            request.profile = TokenProfile::Strict.into();
        })),
        "hsm:CreateToken" => line.ask(init_token(9_999)),
        "hsm:InitToken" => line.ask(init_token(world.spare.slot)),
        "hsm:DestroyPartition" => line.ask(DestroyPartitionRequest {
            partition: world.new_partition(),
        }),
        "hsm:ListTokens" => line.ask(ListTokensRequest {}),
        "hsm:InitPin" => line.ask(InitPinRequest {
            partition,
            pin: PIN.to_vec(),
            user: String::new(),
            removes_user: false,
        }),
        "hsm:SetPin" => {
            let pin = if caller == Caller::Officer {
                SO_PIN
            } else {
                PIN
            };
            line.ask(SetPinRequest {
                partition,
                old_pin: pin.to_vec(),
                new_pin: pin.to_vec(),
            })
        }
        "hsm:Login" => line.ask(login(partition, Vec::new())),
        "hsm:LoginForObject" => line.ask(login(partition, targets.careful.clone())),
        "hsm:Logout" => line.ask(LogoutRequest { partition }),
        "hsm:CreateObject" => line.ask(CreateObjectRequest {
            partition,
            template: template(
                &[(CKA_PRIVATE, true)],
                [(CKA_CLASS, AttributeValue::Number(CKO_DATA))],
            ),
        }),
        "hsm:CopyObject" => line.ask(CopyObjectRequest {
            partition,
            object: targets.key.clone(),
            template: session(),
        }),
        "hsm:DestroyObjects" => line.ask(DestroyObjectsRequest {
            partition,
            objects: vec![
                targets
                    .destroyed
                    .clone()
                    .unwrap_or_else(|| world.new_object()),
            ],
        }),
        "hsm:ReadAttributes" => line.ask(ReadAttributesRequest {
            partition,
            object: targets.key.clone(),
            types: vec![CKA_LABEL],
        }),
        "hsm:WriteAttributes" => line.ask(WriteAttributesRequest {
            partition,
            object: targets.key.clone(),
            template: template(&[], [(CKA_LABEL, AttributeValue::Bytes(b"x".to_vec()))]),
        }),
        "hsm:FindObjects" => line.ask(FindObjectsRequest {
            partition,
            ..FindObjectsRequest::default()
        }),
        "hsm:GenerateKey" => line.ask(GenerateKeyRequest {
            partition,
            generator: "AES_KEY_GEN".to_owned(),
            template: template(&[], value_length),
            parameters: None,
            password: Vec::new(),
        }),
        "hsm:GenerateKeyPair" => line.ask(GenerateKeyPairRequest {
            partition,
            generator: "EC_KEY_PAIR_GEN".to_owned(),
            public_template: template(
                &[],
                [(
                    CKA_EC_PARAMS,
                    AttributeValue::Bytes(crate::world::P256.to_vec()),
                )],
            ),
            private_template: Vec::new(),
        }),
        "hsm:WrapKey" => line.ask(WrapKeyRequest {
            partition,
            wrapping_key: targets.key.clone(),
            key: targets.extractable.clone(),
            algorithm: "AES_KWP".to_owned(),
            parameters: None,
        }),
        "hsm:UnwrapKey" => line.ask(UnwrapKeyRequest {
            partition,
            unwrapping_key: targets.key.clone(),
            algorithm: "AES_KWP".to_owned(),
            parameters: None,
            wrapped_key: vec![0; 40],
            template: template(
                &[],
                [
                    (CKA_CLASS, AttributeValue::Number(CKO_SECRET_KEY)),
                    (CKA_KEY_TYPE, AttributeValue::Number(CKK_AES)),
                ],
            ),
        }),
        "hsm:DeriveKey" => line.ask(DeriveKeyRequest {
            partition,
            base_key: targets.agreeing.clone(),
            algorithm: "ECDH".to_owned(),
            parameters: parameters_of_ecdh(targets),
            template: template(&[], value_length),
            ..DeriveKeyRequest::default()
        }),
        "hsm:EncapsulateKey" => line.ask(EncapsulateKeyRequest {
            partition,
            public_key: targets.rsa[0].clone(),
            algorithm: "RSAES_PKCS1_V1_5".to_owned(),
            parameters: None,
            template: template(&[], value_length),
        }),
        "hsm:DecapsulateKey" => line.ask(DecapsulateKeyRequest {
            partition,
            private_key: targets.rsa[1].clone(),
            algorithm: "RSAES_PKCS1_V1_5".to_owned(),
            parameters: None,
            ciphertext: vec![0; 128],
            template: template(&[], value_length),
        }),
        "hsm:SignRecover" => line.ask(filled(|request: &mut SignRecoverRequest| {
            request.partition = partition;
            request.key = targets.rsa[1].clone();
            request.algorithm = "RSASSA_PKCS1_V1_5".to_owned();
            request.message = b"message".to_vec();
        })),
        "hsm:Sign" => line.ask(filled(|request: &mut SignRequest| {
            request.partition = partition;
            request.key = targets.key.clone();
            request.algorithm = "AES_CMAC".to_owned();
            request.message = b"message".to_vec();
        })),
        "hsm:VerifyMac" => line.ask(filled(|request: &mut VerifyMacRequest| {
            request.partition = partition;
            request.key = targets.key.clone();
            request.algorithm = "AES_CMAC".to_owned();
            request.message = b"message".to_vec();
            request.mac = vec![0; 16];
        })),
        "hsm:Encrypt" => line.ask(filled(|request: &mut EncryptRequest| {
            request.partition = partition;
            request.key = targets.key.clone();
            request.algorithm = "AES_ECB".to_owned();
            request.plaintext = vec![0; 16];
        })),
        "hsm:Decrypt" => line.ask(DecryptRequest {
            partition,
            key: targets.key.clone(),
            algorithm: "AES_ECB".to_owned(),
            ciphertext: vec![0; 16],
            ..DecryptRequest::default()
        }),
        unknown => panic!("write a request for {unknown}"),
    }
}

fn parameters_of_ecdh(targets: &Targets) -> Option<hsm_proto::Parameters> {
    parameters::to_wire(&hsm_algorithms::Parameters::Ecdh(EcdhParameters {
        public_point: targets.point.clone(),
        kdf: Kdf::Null,
        shared_data: Vec::new(),
    }))
}

/// A request with these fields. Messages that hold secrets are wiped when they are dropped, and so cannot be updated
/// from a default.
pub(crate) fn filled<R: Default>(fill: impl FnOnce(&mut R)) -> R {
    let mut request = R::default();
    fill(&mut request);
    request
}

fn init_token(slot: u64) -> InitTokenRequest {
    InitTokenRequest {
        slot,
        label: "spare".to_owned(),
        so_pin: SO_PIN.to_vec(),
    }
}

fn login(partition: Vec<u8>, for_object: Vec<u8>) -> LoginRequest {
    LoginRequest {
        partition,
        role: LoginRole::User.into(),
        pin: PIN.to_vec(),
        for_object,
        user: String::new(),
    }
}

fn unseal() -> UnsealRequest {
    filled(|request: &mut UnsealRequest| {
        request.passphrase = PASSPHRASE.into();
    })
}

/// An operator who may seal also unseals, so that the next cell finds an open daemon.
fn seal_and_unseal(line: &mut Line, caller: Caller) -> Answer {
    let sealed = line.ask(SealRequest {});
    if caller == Caller::Operator {
        line.application.clear();
        // The seal is acknowledged before the daemon is closed; until then there is nothing to unseal.
        while line.ask(ListTokensRequest {}) != Answer::Refused(ErrorCode::Sealed) {}
        assert_eq!(line.ask(unseal()), Answer::Done);
    }
    sealed
}
