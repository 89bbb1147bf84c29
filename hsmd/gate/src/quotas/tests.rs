//! Calls of AWS against their rates, by a clock that the test holds.

use std::time::Duration;

use hsm_algorithms::{KeyKind, KmsKeySpec};
use hsmd_identity::{AwsPrincipal, AwsRequest, AwsService};

use super::{Buckets, Payer, Quota, QuotaGroup, Rate, Rates};
use crate::actions::{Action, kms};
use crate::aws::{AskedKey, KeyReference};
use crate::needs::Needs;
use crate::permit::Permit;

const START: Duration = Duration::from_secs(1_700_000_000);

fn payer(account: &str, service: AwsService, region: &str) -> Payer {
    let signed = AwsRequest {
        service,
        region: region.parse().unwrap(),
        tls: None,
        user_agent: String::new(),
        host: String::new(),
        request_id: String::new(),
        source_arn: None,
        source_account: None,
    };
    Payer::of_call(&AwsPrincipal::root(account.parse().unwrap()), &signed)
}

fn ours() -> Payer {
    payer("111122223333", AwsService::Kms, "us-east-1")
}

fn asks<U>(action: &'static Action<Permit<U>>) -> Needs<Permit<U>>
where
    U: crate::key_use::Use<Subject = crate::permit::KeySubject>,
{
    Needs::kms_key(action, AskedKey::new(KeyReference::parse("alias/a")))
}

/// How many of so many requests get through at one moment.
fn admitted(buckets: &Buckets, payer: &Payer, group: QuotaGroup, at: Duration, tries: u32) -> u32 {
    let take = |_: &u32| buckets.take(payer, group, || at);
    u32::try_from((0..tries).filter(take).count()).unwrap()
}

#[test]
fn cryptography_takes_from_the_bucket_of_its_kind_of_key_second_by_second() {
    let two = Rate::each_second(2.0);
    let rates = Rates::UNLIMITED
        .with(QuotaGroup::KmsRsa, two)
        .with(QuotaGroup::KmsEcc, two);
    let buckets = Buckets::new(&rates);
    let (sign, verify) = (asks(&kms::SIGN).request, asks(&kms::VERIFY).request);
    let rsa = Some(KeyKind::Rsa);
    // Signing and verifying with RSA keys are one bucket, elliptic curves another, and an unknown key the symmetric one.
    assert_eq!(
        admitted(&buckets, &ours(), sign.quota_group(rsa), START, 1),
        1
    );
    assert_eq!(
        admitted(&buckets, &ours(), verify.quota_group(rsa), START, 9),
        1
    );
    let curve = sign.quota_group(Some(KeyKind::EcP256));
    assert_eq!(admitted(&buckets, &ours(), curve, START, 9), 2);
    assert_eq!(sign.quota_group(None), QuotaGroup::KmsSymmetric);
    // Half a second later there is one more.
    let later = START + Duration::from_millis(500);
    assert_eq!(
        admitted(&buckets, &ours(), sign.quota_group(rsa), later, 9),
        1
    );
}

#[test]
fn data_key_pairs_count_by_what_is_made_and_not_by_the_key_that_encrypts_it() {
    let buckets = Buckets::new(&Rates::default());
    for (spec, first_second, ten_seconds_later) in [
        (KmsKeySpec::Rsa2048, 1, 1),
        (KmsKeySpec::Rsa3072, 1, 1),
        (KmsKeySpec::Rsa4096, 1, 1),
        (KmsKeySpec::EccNistP256, 100, 100),
    ] {
        let group = QuotaGroup::of_data_key_pair(spec.spec().kind(), spec.spec().bits());
        let pair = asks(&kms::GENERATE_DATA_KEY_PAIR).counted_in(group);
        let group = pair.request.quota_group(Some(KeyKind::Aes));
        assert_eq!(
            admitted(&buckets, &ours(), group, START, 200),
            first_second,
            "{spec}"
        );
        let later = START + Duration::from_secs(10);
        assert_eq!(
            admitted(&buckets, &ours(), group, later, 200),
            ten_seconds_later
        );
    }
    let rsa_4096 = QuotaGroup::KmsDataKeyPairRsa4096;
    let soon = START + Duration::from_secs(19);
    assert_eq!(admitted(&buckets, &ours(), rsa_4096, soon, 9), 0);
}

#[test]
fn each_account_has_its_own_rate_in_each_region_of_kms_and_one_everywhere_else() {
    let two = Rate::each_second(2.0);
    let rates = Rates::UNLIMITED
        .with(QuotaGroup::KmsListKeys, two)
        .with(QuotaGroup::Iam, two);
    let buckets = Buckets::new(&rates);
    let list = QuotaGroup::KmsListKeys;
    let other_account = payer("444455556666", AwsService::Kms, "us-east-1");
    let other_region = payer("111122223333", AwsService::Kms, "eu-west-1");
    for payer in [&ours(), &other_account, &other_region] {
        assert_eq!(admitted(&buckets, payer, list, START, 9), 2);
    }
    // Naming another Region brings nothing where there are no Regions.
    let here = payer("111122223333", AwsService::Iam, "us-east-1");
    let there = payer("111122223333", AwsService::Iam, "xx-anywhere-7");
    assert_eq!(admitted(&buckets, &here, QuotaGroup::Iam, START, 9), 2);
    assert_eq!(admitted(&buckets, &there, QuotaGroup::Iam, START, 9), 0);
}

#[test]
fn what_computes_with_a_key_counts_by_its_kind() {
    for row in kms::ALL.iter().filter(|row| row.is_use_of_keys()) {
        let makes_pairs = row.name.starts_with("kms:GenerateDataKeyPair");
        assert!(
            row.quota == Quota::ByKey || makes_pairs,
            "{} counts in {:?}",
            row.name,
            row.quota
        );
    }
}
