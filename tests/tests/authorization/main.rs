//! The matrix: every action × every kind of caller × every door. What is expected follows from the action's row and who
//! the caller is, by one table; and every refusal stands in the audit log.
//!
//! A new action appears here by itself: without a request for it ([`requests::ask`] has no `_` arm for names it does not
//! know) the suite fails.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod doors;
mod requests;
mod world;

use std::collections::BTreeMap;

use hsm_proto::ErrorCode;
use hsmd_gate::Row;
use hsmd_gate::actions::{ALL, Requirement};

use doors::{Answer, Door};
use world::World;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Caller {
    /// Nobody: no certificate, or a user of the machine who has no identity.
    Nobody,
    /// Somebody with a certificate of a CA that the daemon does not know.
    Stranger,
    /// A client of another partition.
    Neighbour,
    /// A client of the partition, not logged in.
    Public,
    /// The partition's user, logged in.
    User,
    /// The partition's security officer, logged in.
    Officer,
    /// An operator, who has no partition.
    Operator,
}

const CALLERS: &[Caller] = &[
    Caller::Nobody,
    Caller::Stranger,
    Caller::Neighbour,
    Caller::Public,
    Caller::User,
    Caller::Officer,
    Caller::Operator,
];

/// What must come of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It is admitted: done, or refused for a reason that is none of authorization's.
    Admitted,
    /// It is refused with this code.
    Refused(ErrorCode),
    /// The connection does not even come to stand.
    ShutOut,
}

/// The one table: objects in requests are private, as keys are.
fn expected(action: &Row, caller: Caller, door: Door) -> Expected {
    let denied = Expected::Refused(ErrorCode::AccessDenied);
    let not_found = Expected::Refused(ErrorCode::PartitionNotFound);
    let not_logged_in = Expected::Refused(ErrorCode::NotLoggedIn);
    match (caller, door) {
        (Caller::Nobody | Caller::Stranger, Door::Frames | Door::Grpc) => return Expected::ShutOut,
        // Where the daemon stands is no secret on its own machine.
        (Caller::Nobody | Caller::Stranger, Door::Unix) if action.name == "hsm:Status" => {
            return Expected::Admitted;
        }
        (Caller::Nobody | Caller::Stranger, Door::Unix) => return denied,
        _ => {}
    }
    let has_partition = matches!(caller, Caller::Public | Caller::User | Caller::Officer);
    match action.name {
        // Made once, by whoever runs the daemon on its own machine; it is made already.
        "hsm:Initialize" if caller == Caller::Operator && door == Door::Unix => {
            return Expected::Refused(ErrorCode::AlreadyInitialized);
        }
        "hsm:Initialize" => return denied,
        // What is not logged in cannot log out.
        "hsm:Logout" if caller == Caller::Public => return not_logged_in,
        // A production daemon shows no free slot.
        "hsm:CreateToken" => return not_found,
        _ => {}
    }
    match action.requires {
        Requirement::Identity => Expected::Admitted,
        Requirement::Operator if caller == Caller::Operator => Expected::Admitted,
        Requirement::Operator | Requirement::TokenMaker | Requirement::Policy => denied,
        _ if !has_partition => not_found,
        Requirement::Partition => Expected::Admitted,
        Requirement::SecurityOfficer if caller == Caller::Officer => Expected::Admitted,
        Requirement::User | Requirement::Login | Requirement::UserIfPrivate
            if caller == Caller::User =>
        {
            Expected::Admitted
        }
        Requirement::SecurityOfficer
        | Requirement::User
        | Requirement::Login
        | Requirement::UserIfPrivate => not_logged_in,
    }
}

/// Codes by which a request is refused before it is done.
const OF_AUTHORIZATION: &[ErrorCode] = &[
    ErrorCode::AccessDenied,
    ErrorCode::NotLoggedIn,
    ErrorCode::PartitionNotFound,
    ErrorCode::UnknownApplication,
    ErrorCode::Sealed,
];

fn is_as_expected(expected: Expected, answer: &Answer) -> bool {
    match (expected, answer) {
        (Expected::Admitted, Answer::Done) | (Expected::ShutOut, Answer::ShutOut) => true,
        (Expected::Admitted, Answer::Refused(code)) => !OF_AUTHORIZATION.contains(code),
        (Expected::Refused(expected), Answer::Refused(code)) => expected == *code,
        _ => false,
    }
}

/// Refusals by who was refused what and why, as the audit log writes these.
type Refusals = BTreeMap<(String, String, String), usize>;

#[test]
fn every_action_is_for_whom_its_row_says_at_every_door() {
    let world = World::new();
    let mut refused = Refusals::new();
    let mut failures = Vec::new();
    let mut cells = 0;
    for door in Door::ALL {
        for caller in CALLERS {
            if !World::can_be(*caller, *door) {
                continue;
            }
            for action in ALL {
                let mut line = world.line(*caller, *door);
                let answer = requests::ask(&world, &world.targets, &mut line, action, *caller);
                let expected = expected(action, *caller, *door);
                cells += 1;
                if !is_as_expected(expected, &answer) {
                    let cell = format!("{} for {caller:?} at {door:?}", action.name);
                    failures.push(format!("{cell}: {answer:?}, expected {expected:?}"));
                }
                if let (Expected::Refused(_), Answer::Refused(code)) = (expected, &answer) {
                    let key = (
                        principal(action, *caller, *door),
                        event(action, *caller).to_owned(),
                        audit_name(*code),
                    );
                    *refused.entry(key).or_default() += 1;
                }
            }
        }
    }
    println!("{cells} cells, {} kinds of refusal", refused.len());
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(cells > 30 * 10, "{cells} cells");

    let recorded = world.recorded_refusals();
    let unrecorded: Vec<_> = refused
        .iter()
        .filter(|(kind, count)| recorded.get(*kind).is_none_or(|recorded| recorded < *count))
        .map(|(kind, count)| {
            format!(
                "{kind:?}: {count} refused, {:?} recorded",
                recorded.get(kind)
            )
        })
        .collect();
    assert!(unrecorded.is_empty(), "{unrecorded:#?}");
    assert!(
        world.recorded_handshakes() > 0,
        "no refused handshake is recorded"
    );
}

/// Actions on objects that are there already.
const ON_OBJECTS: &[&str] = &[
    "hsm:LoginForObject",
    "hsm:CopyObject",
    "hsm:DestroyObjects",
    "hsm:ReadAttributes",
    "hsm:WriteAttributes",
    "hsm:WrapKey",
    "hsm:UnwrapKey",
    "hsm:DeriveKey",
    "hsm:EncapsulateKey",
    "hsm:DecapsulateKey",
    "hsm:Sign",
    "hsm:SignRecover",
    "hsm:VerifyMac",
    "hsm:Encrypt",
    "hsm:Decrypt",
];

#[test]
fn an_object_of_others_is_not_told_from_one_that_is_nowhere() {
    let world = World::new();
    let nowhere = [0xa5; 16];
    let theirs = world.targets.key.clone();
    let mut owner = world.line(Caller::User, Door::Frames);
    let of_their_session = world.session_object(&mut owner);
    let web = world.targets.partition.clone();
    let mut cells = 0;
    for door in Door::ALL {
        if !World::can_be(Caller::User, *door) {
            continue;
        }
        for name in ON_OBJECTS {
            let action = Row::by_name(name).unwrap();
            let mut ask = |mut line, partition: &[u8], object: &[u8]| {
                cells += 1;
                let targets = world.targets.all(partition, object);
                requests::ask(&world, &targets, &mut line, action, Caller::User)
            };
            let not_found = Answer::Refused(ErrorCode::ObjectNotFound);
            // Of another partition, asked for in one's own.
            for object in [&theirs[..], &of_their_session, &nowhere] {
                let line = world.line_of_the_neighbours_user(*door);
                assert_eq!(
                    ask(line, &world.mail, object),
                    not_found,
                    "{name} at {door:?}"
                );
            }
            // Of another application of the same identity, which is logged in too.
            for object in [&of_their_session[..], &nowhere] {
                let line = world.line(Caller::User, *door);
                assert_eq!(ask(line, &web, object), not_found, "{name} at {door:?}");
            }
        }
    }
    assert!(cells >= ON_OBJECTS.len() * 10, "{cells} cells");
    let own = world.targets.all(&web, &of_their_session);
    let action = Row::by_name("hsm:Encrypt").unwrap();
    let answer = requests::ask(&world, &own, &mut owner, action, Caller::User);
    assert_eq!(answer, Answer::Done, "its owner uses it all the while");
}

/// What the audit log calls a request: before it is known which of two actions it asks for, by the request's name.
fn event(action: &'static Row, caller: Caller) -> &'static str {
    match action.name {
        "hsm:CreateToken" => "InitToken",
        "hsm:LoginForObject" if caller == Caller::Nobody => "Login",
        _ => action.event_name(),
    }
}

/// What the audit log calls a caller: what asks for no identity names the peer as it came.
fn principal(action: &Row, caller: Caller, door: Door) -> String {
    match action.name {
        "hsm:Initialize" | "hsm:Unseal" => World::peer(caller, door),
        _ => World::principal(caller, door),
    }
}

/// `ALREADY_INITIALIZED` as `errorCode` writes it: `AlreadyInitialized`.
fn audit_name(code: ErrorCode) -> String {
    code.as_str_name()
        .split('_')
        .flat_map(|word| {
            let (first, rest) = word.split_at(1);
            [first.to_owned(), rest.to_lowercase()]
        })
        .collect()
}
