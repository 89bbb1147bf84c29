//! The vectors of `docs/formats.md` are what is written, and are read as what they say.

use std::sync::Arc;

use hsm_algorithms::pkcs11::{
    CKA_ALLOWED_MECHANISMS, CKA_CLASS, CKA_LABEL, CKA_PRIVATE, CKA_TOKEN, CKA_WRAP_TEMPLATE,
    CKM_AES_CBC, CKM_AES_GCM, CKO_SECRET_KEY,
};
use hsm_algorithms::{AttributeValue, Attributes, KeySpec};
use hsmd_storage::testing::vector;
use proptest::prelude::*;

use super::*;
use crate::policy::Policies;
use crate::{
    Alias, Binding, Deletion, Grant, GrantConstraints, GrantId, GrantOperation, Import, KeyManager,
    KeyState, KeyUsage, KeyVersion, KmsKey, LastUse, Lifetime, Material, MaterialId, MultiRegion,
    Object, ObjectId, Origin, Partition, PartitionId, PartitionKey, Rotated, Rotation,
    RotationType, Tenancy, TokenProfile, WrappedMaterial,
};

fn example_object() -> Object {
    let template: Attributes = [(CKA_PRIVATE, true.into())].into_iter().collect();
    let attributes = [
        (CKA_CLASS, CKO_SECRET_KEY.into()),
        (CKA_TOKEN, true.into()),
        (CKA_PRIVATE, false.into()),
        (CKA_LABEL, b"key"[..].into()),
        (
            CKA_ALLOWED_MECHANISMS,
            AttributeValue::Numbers(vec![CKM_AES_CBC, CKM_AES_GCM]),
        ),
        (CKA_WRAP_TEMPLATE, AttributeValue::Template(template)),
    ];
    let material = WrappedMaterial {
        partition_key_version: 3,
        bytes: vec![0x55; 48],
    };
    Object {
        id: ObjectId::from_bytes([0x22; 16]),
        partition: PartitionId::from_bytes([0x11; 16]),
        lifetime: Lifetime::Token,
        revision: 5,
        attributes: attributes.into_iter().collect(),
        state: KeyState::Enabled,
        spec: Some(KeySpec::AES_256),
        versions: vec![KeyVersion {
            number: 1,
            created_at_unix_milliseconds: 1_700_000_000_000,
            material,
        }],
        kms: None,
    }
}

fn example_partition() -> Partition {
    Partition {
        id: PartitionId::from_bytes([0x11; 16]),
        slot: 300,
        name: "web".to_owned(),
        label: "token".to_owned(),
        profile: TokenProfile::Strict,
        is_initialized: true,
        tenancy: None,
        keys: vec![PartitionKey {
            version: 1,
            wrapped: vec![0x66; 8],
        }],
        era: 2,
        created_at_unix_milliseconds: 1_700_000_000_000,
        revision: 9,
    }
}

const MOMENT: u64 = 1_700_000_000_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

pub(crate) fn example_kms_key() -> Object {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#;
    let policy_bindings = vec![Binding {
        arn: "arn:aws:iam::111122223333:user/ada".into(),
        unique_id: "AIDA1".into(),
    }];
    let first = Material {
        number: 1,
        id: MaterialId([0xaa; 32]),
        rotated: None,
        import: Some(Import {
            is_imported: true,
            valid_to_unix_milliseconds: Some(MOMENT + DAY),
            description: String::new(),
        }),
    };
    let second = Material {
        number: 2,
        id: MaterialId([0xbb; 32]),
        rotated: Some(Rotated {
            at_unix_milliseconds: MOMENT,
            how: RotationType::OnDemand,
        }),
        import: Some(Import {
            is_imported: false,
            valid_to_unix_milliseconds: None,
            description: "next".to_owned(),
        }),
    };
    let kms = KmsKey {
        description: "orders".to_owned(),
        usage: KeyUsage::EncryptDecrypt,
        origin: Origin::External,
        manager: KeyManager::Customer,
        created_at_unix_milliseconds: MOMENT,
        policy: Policies::default().policy(text, &policy_bindings).unwrap(),
        policy_bindings,
        tags: [("team".to_owned(), "shop".to_owned())].into(),
        rotation: Some(Rotation {
            period_days: 365,
            next_at_unix_milliseconds: MOMENT + 365 * DAY,
        }),
        deletion: Some(Deletion {
            waiting_days: 7,
            at_unix_milliseconds: Some(MOMENT + 7 * DAY),
        }),
        multi_region: Some(MultiRegion {
            primary: "us-east-1".parse().unwrap(),
            replicas: vec!["eu-west-1".parse().unwrap()],
        }),
        materials: vec![first, second],
        current_version: Some(1),
        on_demand_rotations: 3,
        public_object: Some(ObjectId::from_bytes([0x23; 16])),
    };
    Object {
        attributes: [(CKA_CLASS, CKO_SECRET_KEY.into())].into_iter().collect(),
        kms: Some(Arc::new(kms)),
        ..example_object()
    }
}

fn example_grant() -> Grant {
    let constraints = GrantConstraints {
        encryption_context_equals: Some([("app", "shop")].into_iter().collect()),
        encryption_context_subset: None,
        source_arn: Some("arn:aws:s3:::x".into()),
    };
    Grant {
        id: GrantId::from_bytes([0x44; 32]),
        key: ObjectId::from_bytes([0x22; 16]),
        name: "batch".into(),
        grantee: "arn:aws:iam::111122223333:user/ada".into(),
        retiring: Some("arn:aws:iam::111122223333:root".into()),
        issuing_account: "444455556666".parse().unwrap(),
        operations: [
            GrantOperation::Encrypt,
            GrantOperation::Decrypt,
            GrantOperation::CreateGrant,
        ]
        .into_iter()
        .collect(),
        constraints: Some(Box::new(constraints)),
        created_at_unix_milliseconds: MOMENT,
        revision: 5,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// A reader of one format, of which only success or failure matters.
type Check<'a> = &'a dyn Fn(&[u8]) -> Result<(), FormatError>;

#[test]
fn an_object() {
    let object = example_object();
    let bytes = encode_object(&object, 2);
    assert_eq!(bytes, vector("object"), "{}", hexadecimal(&bytes));
    assert_eq!(
        decode_object(object.partition, object.id, 5, &bytes, &Policies::default()),
        Ok((object, 2))
    );
}

#[test]
fn a_partition() {
    let partition = example_partition();
    let bytes = encode_partition(&partition);
    assert_eq!(bytes, vector("partition"), "{}", hexadecimal(&bytes));
    assert_eq!(
        decode_partition(partition.id, 9, &bytes),
        Ok(PartitionRecord::Present(partition))
    );

    let bytes = encode_destroyed_partition();
    assert_eq!(bytes, vector("destroyed-partition"));
    assert_eq!(
        decode_partition(PartitionId::from_bytes([0; 16]), 9, &bytes),
        Ok(PartitionRecord::Destroyed)
    );
}

#[test]
fn a_partition_of_an_account() {
    let partition = Partition {
        tenancy: Some(Tenancy {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
        }),
        ..example_partition()
    };
    let bytes = encode_partition(&partition);
    assert_eq!(
        bytes,
        vector("account-partition"),
        "{}",
        hexadecimal(&bytes)
    );
    assert_eq!(
        decode_partition(partition.id, 9, &bytes),
        Ok(PartitionRecord::Present(partition))
    );
}

#[test]
fn a_kms_key() {
    let object = example_kms_key();
    let bytes = encode_object(&object, 2);
    assert_eq!(bytes, vector("kms-key"), "{}", hexadecimal(&bytes));
    assert_eq!(
        decode_object(object.partition, object.id, 5, &bytes, &Policies::default()),
        Ok((object, 2))
    );
}

#[test]
fn an_alias() {
    let alias = Alias {
        name: "orders/web".into(),
        target: ObjectId::from_bytes([0x22; 16]),
        created_at_unix_milliseconds: MOMENT,
        updated_at_unix_milliseconds: MOMENT + 1,
        revision: 5,
    };
    let bytes = encode_alias(&alias);
    assert_eq!(bytes, vector("alias"), "{}", hexadecimal(&bytes));
    assert_eq!(decode_alias(5, &bytes), Ok(alias));
}

#[test]
fn a_grant() {
    let grant = example_grant();
    let bytes = encode_grant(&grant);
    assert_eq!(bytes, vector("grant"), "{}", hexadecimal(&bytes));
    assert_eq!(decode_grant(grant.key, grant.id, 5, &bytes), Ok(grant));
}

#[test]
fn a_last_use() {
    let usage = LastUse {
        operation: "Decrypt".into(),
        at_unix_milliseconds: MOMENT,
        event_id: "event".to_owned(),
        request_id: "request".to_owned(),
    };
    let bytes = encode_last_use(&usage);
    assert_eq!(bytes, vector("last-use"), "{}", hexadecimal(&bytes));
    assert_eq!(decode_last_use(&bytes), Ok(usage));
}

#[test]
fn a_removal() {
    let ids = [
        ObjectId::from_bytes([0x22; 16]),
        ObjectId::from_bytes([0x23; 16]),
    ];
    let bytes = encode_removal(&ids);
    assert_eq!(bytes, vector("removal"), "{}", hexadecimal(&bytes));
    assert_eq!(decode_removal(&bytes).unwrap(), ids);
}

#[test]
fn what_is_cut_short_or_too_long_or_of_another_version_is_refused() {
    let object = |bytes: &[u8]| {
        decode_object(
            PartitionId::from_bytes([0; 16]),
            ObjectId::from_bytes([0; 16]),
            1,
            bytes,
            &Policies::default(),
        )
        .map(drop)
    };
    let partition =
        |bytes: &[u8]| decode_partition(PartitionId::from_bytes([0; 16]), 1, bytes).map(drop);
    let removal = |bytes: &[u8]| decode_removal(bytes).map(drop);
    let alias = |bytes: &[u8]| decode_alias(1, bytes).map(drop);
    let grant = |bytes: &[u8]| {
        decode_grant(
            ObjectId::from_bytes([0; 16]),
            GrantId::from_bytes([0; 32]),
            1,
            bytes,
        )
        .map(drop)
    };
    let last_use = |bytes: &[u8]| decode_last_use(bytes).map(drop);
    let cases: [(&str, Check<'_>); 9] = [
        ("kms-key", &object),
        ("account-partition", &partition),
        ("alias", &alias),
        ("grant", &grant),
        ("object", &object),
        ("partition", &partition),
        ("destroyed-partition", &partition),
        ("removal", &removal),
        ("last-use", &last_use),
    ];
    for (name, decode) in cases {
        let whole = vector(name);
        assert_eq!(decode(&whole), Ok(()), "{name}");
        for length in 0..whole.len() {
            assert!(
                decode(&whole[..length]).is_err(),
                "{name} of {length} bytes"
            );
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(decode(&longer), Err(FormatError::TrailingBytes), "{name}");
        let mut newer = whole;
        newer[0] = 0x7f;
        assert_eq!(
            decode(&newer),
            Err(FormatError::UnknownVersion(0x7f)),
            "{name}"
        );
    }
}

#[test]
fn templates_nested_deeper_than_the_limit_are_refused() {
    let mut attributes = Attributes::new();
    for _ in 0..6 {
        attributes = [(CKA_WRAP_TEMPLATE, AttributeValue::Template(attributes))]
            .into_iter()
            .collect();
    }
    let object = Object {
        attributes,
        ..example_object()
    };
    let decoded = decode_object(
        object.partition,
        object.id,
        1,
        &encode_object(&object, 1),
        &Policies::default(),
    );
    assert_eq!(decoded, Err(FormatError::InvalidField("attribute value")));
}

fn any_attributes() -> impl Strategy<Value = Attributes> {
    let value = prop_oneof![
        any::<bool>().prop_map(AttributeValue::Flag),
        any::<u64>().prop_map(AttributeValue::Number),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(AttributeValue::Bytes),
        prop::collection::vec(any::<u64>(), 0..4).prop_map(AttributeValue::Numbers),
    ];
    let attributes = prop::collection::btree_map(any::<u64>(), value, 0..12)
        .prop_map(|map| map.into_iter().collect::<Attributes>());
    (
        attributes.clone(),
        prop::option::of((any::<u64>(), attributes)),
    )
        .prop_map(|(mut attributes, nested)| {
            if let Some((attribute, template)) = nested {
                attributes.insert(attribute, AttributeValue::Template(template));
            }
            attributes
        })
}

proptest! {
    #[test]
    fn an_object_is_read_as_it_was_written(
        attributes in any_attributes(),
        state in proptest::sample::select(KeyState::ALL),
        materials in prop::collection::vec((any::<u32>(), any::<u64>(), prop::collection::vec(any::<u8>(), 0..60)), 0..4),
        era in any::<u32>(),
    ) {
        let version = |(number, created_at_unix_milliseconds, bytes)| KeyVersion {
            number,
            created_at_unix_milliseconds,
            material: WrappedMaterial { partition_key_version: number, bytes },
        };
        let versions = materials.into_iter().map(version).collect();
        let object = Object { attributes, state, versions, spec: None, ..example_object() };
        let decoded = decode_object(object.partition, object.id, object.revision, &encode_object(&object, era), &Policies::default());
        prop_assert_eq!(decoded, Ok((object, era)));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), position in any::<usize>(), byte in any::<u8>()) {
        let id = ObjectId::from_bytes([0; 16]);
        let partition = PartitionId::from_bytes([0; 16]);
        drop(decode_object(partition, id, 1, &bytes, &Policies::default()));
        drop(decode_partition(partition, 1, &bytes));
        drop(decode_removal(&bytes));

        let mut changed = vector("object");
        let position = position % changed.len();
        changed[position] = byte;
        if let Ok((object, era)) = decode_object(partition, id, 1, &changed, &Policies::default()) {
            prop_assert_eq!(encode_object(&object, era), changed, "there is one encoding of each object");
        }
    }
}
