//! Random policies and requests from few words, so that they meet often.

use serde_json::{Map, Value, json};

pub(crate) const OWNER: &str = "111122223333";
const OTHER: &str = "444455556666";
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/aaaa";

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) arn: String,
    /// The role's ARN of a session; empty for others.
    pub(crate) role: String,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    User,
    Session,
    Federated,
    Service,
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) owner: String,
    pub(crate) caller: Caller,
    pub(crate) keys: Vec<(String, Vec<String>)>,
    pub(crate) context: Vec<(String, String)>,
    pub(crate) works_across_accounts: bool,
}

/// All policies that are asked about it.
#[derive(Debug, Clone)]
pub(crate) struct Policies {
    pub(crate) key: Value,
    pub(crate) identity: Vec<Value>,
    pub(crate) boundary: Option<Value>,
    pub(crate) session: Vec<Value>,
    pub(crate) grants: Vec<Grant>,
}

#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) grantee: String,
    pub(crate) operations: Vec<&'static str>,
    /// Empty for no such constraint.
    pub(crate) equals: Vec<(String, String)>,
    /// Empty for no such constraint.
    pub(crate) subset: Vec<(String, String)>,
}

/// A generator of random numbers that a seed repeats: xorshift64*.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).expect("31 bits fit") % limit
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// One text, or a list of up to three.
    fn some(&mut self, from: &[&str]) -> Value {
        if self.one_in(2) {
            return json!(self.pick(from));
        }
        let count = 1 + self.below(3);
        json!((0..count).map(|_| self.pick(from)).collect::<Vec<_>>())
    }
}

const PRINCIPALS: &[&str] = &[
    OWNER,
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:root",
    OTHER,
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:user/ada",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:role/teams/writer",
    "arn:aws:sts::111122223333:assumed-role/writer/ada",
    "arn:aws:sts::111122223333:federated-user/fay",
    "arn:aws:iam::444455556666:user/eve",
    "*",
];
const ACTIONS: &[&str] = &[
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "kms:PutKeyPolicy",
];
const ACTION_PATTERNS: &[&str] = &[
    "*",
    "kms:*",
    "kms:*",
    "kms:De*",
    "KMS:decrypt",
    "kms:?ncrypt",
    "kms:*crypt",
    "kms:Put*Policy",
    "kms:GenerateDataKey*",
    "s3:Get*",
];
const RESOURCES: &[&str] = &[
    "*",
    "*",
    KEY,
    "arn:aws:kms:*:111122223333:key/*",
    "arn:aws:kms:us-????-1:*:key/a*",
    "arn:aws:kms:us-east-1:111122223333:key/bbbb",
    "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key}",
    "arn:aws:kms:us-east-1:111122223333:key/${aws:PrincipalTag/key, 'aaaa'}",
    "arn:aws:kms:${aws:PrincipalTag/key}:444455556666:key/*",
    "arn:aws:kms:*:*:alias/*",
];
const OPERATIONS: &[&str] = &["Decrypt", "Encrypt", "DescribeKey", "GenerateDataKey"];
/// `kms:ResourceAliases` and the last do not count in key policies, or nowhere.
const KEYS: &[(&str, Words)] = &[
    ("kms:CallerAccount", Words::Text),
    ("kms:ViaService", Words::Text),
    ("kms:EncryptionContext:team", Words::Text),
    ("kms:EncryptionContextKeys", Words::Text),
    ("kms:ResourceAliases", Words::Text),
    ("aws:PrincipalTag/key", Words::Text),
    ("aws:TagKeys", Words::Text),
    ("aws:username", Words::Text),
    ("aws:PrincipalArn", Words::Arn),
    ("aws:SourceArn", Words::Arn),
    ("kms:RotationPeriodInDays", Words::Number),
    ("aws:MultiFactorAuthAge", Words::Number),
    ("aws:CurrentTime", Words::Date),
    ("kms:ValidTo", Words::Date),
    ("aws:SecureTransport", Words::Flag),
    ("kms:MultiRegion", Words::Flag),
    ("aws:SourceIp", Words::Address),
    ("kms:Invented", Words::Text),
];

/// Which words fit a key.
#[derive(Clone, Copy)]
enum Words {
    Text,
    Arn,
    Number,
    Date,
    Flag,
    Address,
}

const TEXTS: &[&str] = &["aaaa", "ada", "Ada", "team", "a*", "", "111122223333", "é?"];
const TEXT_PATTERNS: &[&str] = &[
    "aaaa",
    "ada",
    "a*",
    "*",
    "?da",
    "*a",
    "111122223333",
    "${aws:username}",
    "${aws:PrincipalTag/key}",
    "${aws:PrincipalTag/key, 'ada'}",
    "a${*}",
    "TEAM",
    "é*",
];
const ARNS: &[&str] = &[
    "arn:aws:iam::111122223333:user/ada",
    "arn:aws:s3:::bucket",
    "no ARN",
];
const ARN_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::111122223333:user/${aws:username}",
    "arn:aws:s3:::bucket",
    "arn:*:*::*:*",
    "user/*",
];
const NUMBERS: &[&str] = &["90", "365", "365.0", "-1", "many"];
const DATES: &[&str] = &[
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.000Z",
    "1767323045",
    "2026-06-01T00:00:00+02:00",
    "soon",
];
const FLAGS: &[&str] = &["true", "false", "TRUE", "maybe"];
const ADDRESSES: &[&str] = &["192.0.2.1", "192.0.3.1", "2001:db8::1", "AWS Internal"];
const RANGES: &[&str] = &["192.0.2.0/24", "192.0.2.1", "0.0.0.0/0", "2001:db8::/32"];

impl Words {
    fn of_requests(self) -> &'static [&'static str] {
        match self {
            Self::Text => TEXTS,
            Self::Arn => ARNS,
            Self::Number => NUMBERS,
            Self::Date => DATES,
            Self::Flag => FLAGS,
            Self::Address => ADDRESSES,
        }
    }

    /// What may stand in a policy, without what its operators refuse.
    fn of_policies(self) -> &'static [&'static str] {
        match self {
            Self::Text => TEXT_PATTERNS,
            Self::Arn => ARN_PATTERNS,
            Self::Number => &NUMBERS[..4],
            Self::Date => &DATES[..4],
            Self::Flag => &FLAGS[..3],
            Self::Address => RANGES,
        }
    }

    fn operators(self) -> &'static [&'static str] {
        match self {
            Self::Text => &[
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ],
            Self::Arn => &[
                "ArnEquals",
                "ArnNotEquals",
                "ArnLike",
                "ArnNotLike",
                "StringLike",
            ],
            Self::Number => &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            Self::Date => &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            Self::Flag => &["Bool"],
            Self::Address => &["IpAddress", "NotIpAddress"],
        }
    }
}

/// Whether a condition key is one of the product's.
pub(crate) fn is_known(name_in_lower_case: &str) -> bool {
    name_in_lower_case != "kms:invented"
}

pub(crate) fn policies(random: &mut Random) -> Policies {
    let mut list = |one_in: usize, max: usize| -> Vec<Value> {
        if random.one_in(one_in) {
            (0..=random.below(max))
                .map(|_| policy(random, false))
                .collect()
        } else {
            Vec::new()
        }
    };
    let (identity, session, boundary) = (list(1, 2), list(5, 2), list(6, 1));
    let grants = (0..random.below(3)).map(|_| grant(random)).collect();
    Policies {
        key: policy(random, true),
        identity,
        boundary: boundary.into_iter().next(),
        session,
        grants,
    }
}

pub(crate) fn case(random: &mut Random) -> Case {
    let mut keys: Vec<(String, Vec<String>)> = Vec::new();
    for (name, words) in KEYS {
        if random.one_in(3) {
            continue;
        }
        let is_multivalued = matches!(
            *name,
            "kms:EncryptionContextKeys" | "kms:ResourceAliases" | "aws:TagKeys"
        );
        let count = if is_multivalued { random.below(4) } else { 1 };
        let values = (0..count).map(|_| random.pick(words.of_requests()).to_owned());
        keys.push(((*name).to_owned(), values.collect()));
    }
    // A second pair of the context whose name differs in case alone.
    if random.one_in(8) {
        keys.push((
            "kms:EncryptionContext:TEAM".to_owned(),
            vec![random.pick(TEXTS).to_owned()],
        ));
    }
    Case {
        action: random.pick(ACTIONS).to_owned(),
        resource: KEY.to_owned(),
        owner: OWNER.to_owned(),
        caller: caller(random),
        keys,
        context: context(random),
        works_across_accounts: !random.one_in(5),
    }
}

fn caller(random: &mut Random) -> Caller {
    let callers = [
        (OWNER, "arn:aws:iam::111122223333:root", "", Kind::Root),
        (OWNER, "arn:aws:iam::111122223333:user/ada", "", Kind::User),
        (OWNER, "arn:aws:iam::111122223333:user/bob", "", Kind::User),
        (
            OWNER,
            "arn:aws:sts::111122223333:assumed-role/writer/ada",
            "arn:aws:iam::111122223333:role/teams/writer",
            Kind::Session,
        ),
        (
            OWNER,
            "arn:aws:sts::111122223333:federated-user/fay",
            "",
            Kind::Federated,
        ),
        (OTHER, "arn:aws:iam::444455556666:user/eve", "", Kind::User),
        (OTHER, "arn:aws:iam::444455556666:root", "", Kind::Root),
        ("", "s3.amazonaws.com", "", Kind::Service),
    ];
    let (account, arn, role, kind) = random.pick(&callers);
    Caller {
        account: account.to_owned(),
        arn: arn.to_owned(),
        role: role.to_owned(),
        kind,
    }
}

fn context(random: &mut Random) -> Vec<(String, String)> {
    let pairs = [("team", "blue"), ("stage", "test")];
    let some = pairs.iter().filter(|_| random.one_in(2));
    some.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn grant(random: &mut Random) -> Grant {
    // Grants name no bare account and not everyone.
    let grantee = loop {
        let grantee = random.pick(PRINCIPALS);
        if grantee.starts_with("arn:") {
            break grantee;
        }
    };
    let mut constraint = || {
        if random.one_in(3) {
            context(random)
        } else {
            Vec::new()
        }
    };
    let (equals, subset) = (constraint(), constraint());
    Grant {
        grantee: grantee.to_owned(),
        operations: vec![random.pick(OPERATIONS), random.pick(OPERATIONS)],
        equals,
        subset,
    }
}

fn policy(random: &mut Random, is_key_policy: bool) -> Value {
    let statements: Vec<Value> = (0..=random.below(3))
        .map(|_| {
            let effect = if random.one_in(8) { "Deny" } else { "Allow" };
            statement(random, effect, is_key_policy)
        })
        .collect();
    let mut policy = Map::new();
    if !random.one_in(6) {
        let version = if random.one_in(8) {
            "2008-10-17"
        } else {
            "2012-10-17"
        };
        policy.insert("Version".to_owned(), json!(version));
    }
    let statements = match statements.as_slice() {
        [one] if random.one_in(2) => one.clone(),
        _ => json!(statements),
    };
    policy.insert("Statement".to_owned(), statements);
    Value::Object(policy)
}

pub(crate) fn statement(random: &mut Random, effect: &str, is_key_policy: bool) -> Value {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!(effect));
    if is_key_policy {
        let is_not = effect == "Deny" && random.one_in(3);
        let name = if is_not { "NotPrincipal" } else { "Principal" };
        statement.insert(name.to_owned(), principal(random));
    }
    let may_lack = |random: &mut Random| is_key_policy && random.one_in(30);
    if !may_lack(random) {
        let name = if random.one_in(6) {
            "NotAction"
        } else {
            "Action"
        };
        statement.insert(name.to_owned(), random.some(ACTION_PATTERNS));
    }
    if !may_lack(random) {
        let name = if random.one_in(6) {
            "NotResource"
        } else {
            "Resource"
        };
        statement.insert(name.to_owned(), random.some(RESOURCES));
    }
    if random.one_in(2) {
        let conditions = conditions(random, effect, is_key_policy);
        statement.insert("Condition".to_owned(), conditions);
    }
    Value::Object(statement)
}

fn principal(random: &mut Random) -> Value {
    match random.below(8) {
        0 => json!("*"),
        1 => json!({"Service": "s3.amazonaws.com", "AWS": random.some(PRINCIPALS)}),
        2 => json!({"Federated": "accounts.example.com", "AWS": random.some(PRINCIPALS)}),
        _ => json!({"AWS": random.some(PRINCIPALS)}),
    }
}

fn conditions(random: &mut Random, effect: &str, is_key_policy: bool) -> Value {
    let mut conditions = Map::new();
    for _ in 0..=random.below(2) {
        let (key, words) = random.pick(KEYS);
        let is_null = random.one_in(8);
        let mut operator = if is_null {
            "Null".to_owned()
        } else {
            random.pick(words.operators()).to_owned()
        };
        if !is_null && random.one_in(4) {
            operator.push_str("IfExists");
        }
        let would_be_refused =
            is_key_policy && effect == "Allow" && key.starts_with("kms:EncryptionContext:");
        if random.one_in(3) && !would_be_refused {
            let set = random.pick(&["ForAllValues", "ForAnyValue"]);
            operator = format!("{set}:{operator}");
        }
        let values = if is_null {
            random.some(&["true", "false"])
        } else {
            random.some(words.of_policies())
        };
        let key = match random.below(3) {
            0 => key.to_uppercase(),
            1 => key.to_lowercase(),
            _ => key.to_owned(),
        };
        conditions.insert(operator, json!({ key: values }));
    }
    Value::Object(conditions)
}
