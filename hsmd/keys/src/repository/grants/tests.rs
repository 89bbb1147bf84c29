//! Look-ups of grants look at few of them.

use hsmd_policy::{GrantConstraints, GrantOperations};

use super::*;

const GRANTEE: &str = "arn:aws:iam::111122223333:user/ada";
const KEY: ObjectId = ObjectId::from_bytes([7; 16]);

fn grant(key: ObjectId, number: u32) -> Grant {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Grant {
        id: GrantId::from_bytes(id),
        key,
        name: format!("grant {number}").into(),
        grantee: GRANTEE.into(),
        retiring: Some("arn:aws:iam::111122223333:root".into()),
        issuing_account: "111122223333".parse().unwrap(),
        operations: GrantOperations::default(),
        constraints: None,
        created_at_unix_milliseconds: 0,
        revision: 1,
    }
}

/// Every look-up of a grant, with how many grants it looked at.
fn visited(grants: &Grants, among: u32) -> Vec<(&'static str, usize)> {
    let at = grant(KEY, among / 2);
    let counted = |look_up: &dyn Fn() -> bool| {
        VISITED.set(0);
        assert!(look_up());
        VISITED.get()
    };
    let root = at.retiring.as_deref().unwrap();
    vec![
        ("count", counted(&|| grants.count(KEY) == among as usize)),
        ("one", counted(&|| grants.grant(KEY, at.id).is_some())),
        (
            "a page of a key's",
            counted(&|| grants.page(KEY, Some(at.id), 3).entries.len() == 3),
        ),
        (
            "to a grantee",
            counted(&|| grants.to_grantee(KEY, GRANTEE, None, |_| true).is_some()),
        ),
        (
            "a page of a grantee's",
            counted(&|| grants.page_to(KEY, GRANTEE, Some(at.id), 3).entries.len() == 3),
        ),
        (
            "by name",
            counted(&|| grants.named(KEY, GRANTEE, &at.name, |_| true).is_some()),
        ),
        (
            "a page of those to retire",
            counted(&|| {
                let page = grants.retirable(root, Some((KEY, at.id)), 3);
                page.entries.len() == 3
            }),
        ),
    ]
}

#[test]
fn no_look_up_walks_the_grants_of_a_key() {
    let mut grants = Grants::default();
    let mut made = 0;
    let mut grow = |grants: &mut Grants, to: u32| {
        for number in made..to {
            grants.add(grant(KEY, number));
        }
        made = to;
    };
    grow(&mut grants, 16);
    let few = visited(&grants, 16);
    grow(&mut grants, 16 << 10);
    for ((what, many), (_, few)) in visited(&grants, 16 << 10).into_iter().zip(few) {
        // A B-tree looks at most at 11 entries a level, and a thousand times as many grants are three levels more.
        assert!(
            many <= few + 3 * 2 * 11,
            "{what}: {few} of 16, {many} of 16,384"
        );
    }
}

#[test]
fn a_grant_for_one_context_is_found_among_those_for_others() {
    let context = |number: u32| EncryptionContext::from_iter([("volume", number.to_string())]);
    let mut grants = Grants::default();
    let looked_at = |grants: &Grants, number: u32| {
        VISITED.set(0);
        let mut asked = 0;
        let found = grants.to_grantee(KEY, GRANTEE, Some(&context(number)), |grant| {
            asked += 1;
            let constraints = grant.constraints.as_ref();
            constraints.is_none_or(|constraints| {
                constraints.encryption_context_equals == Some(context(number))
            })
        });
        (found.map(|grant| grant.id), asked, VISITED.get())
    };
    let bound = |number: u32| Grant {
        constraints: Some(Box::new(GrantConstraints {
            encryption_context_equals: Some(context(number)),
            ..GrantConstraints::NONE
        })),
        ..grant(KEY, number)
    };
    for number in 0..16 {
        grants.add(bound(number));
    }
    let (_, _, few) = looked_at(&grants, 9);
    for number in 16..16 << 10 {
        grants.add(bound(number));
    }
    let (found, asked, many) = looked_at(&grants, 9_999);
    assert_eq!((found, asked), (Some(bound(9_999).id), 1));
    // Two ranges, each of three levels more.
    assert!(
        many <= few + 2 * 3 * 2 * 11,
        "{few} of 16, {many} of 16,384"
    );
    assert_eq!(looked_at(&grants, 99_999).0, None);
    let open = grants.add(grant(KEY, 99_999));
    assert_eq!(looked_at(&grants, 99_999).0, Some(open.id));
    grants.remove(&open);
    assert_eq!(looked_at(&grants, 99_999).0, None);
    assert_eq!(grants.remove_key(KEY).len(), 16 << 10);
    assert!(grants.by_context.is_empty() && grants.by_grantee.is_empty());
}

#[test]
fn counts_are_those_of_what_is_there() {
    let mut grants = Grants::default();
    let other = ObjectId::from_bytes([8; 16]);
    let one = grants.add(grant(KEY, 1));
    grants.add(grant(KEY, 2));
    grants.add(grant(KEY, 2));
    grants.add(grant(other, 3));
    assert_eq!((grants.count(KEY), grants.count(other)), (2, 1));
    grants.remove(&one);
    grants.remove(&one);
    assert_eq!(grants.count(KEY), 1);
    assert_eq!(grants.remove_key(KEY).len(), 1);
    assert_eq!((grants.count(KEY), grants.count(other)), (0, 1));
    assert!(grants.named(KEY, GRANTEE, "grant 2", |_| true).is_none());
}
