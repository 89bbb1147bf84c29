//! Who is recognised, and as whom.

use super::*;

#[tokio::test]
async fn a_certificate_is_recognised_by_its_name_and_its_issuer_together() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(
        &["dns:other.example", "dns:web.example"],
        ISSUER,
    ));
    assert_eq!(caller.principal_name(), "web");
    assert!(!caller.is_operator() && caller.may_use(world.partition));
    assert!(!caller.may_use(PartitionId::from_bytes([1; 16])) && !caller.may_create_tokens());
    for stranger in [
        certificate(&["dns:web.example"], [8; 32]),
        certificate(&["dns:other.example"], ISSUER),
        certificate(&["uri:web.example"], ISSUER),
        certificate(&[], ISSUER),
    ] {
        assert_eq!(world.hello(&stranger).unwrap_err(), Error::NotRecognised);
    }
}

#[tokio::test]
async fn an_identity_that_is_removed_has_no_rights_from_the_next_request_on() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let token = world.hello(&peer).unwrap();
    let authenticator = &world.opened.authenticator;
    assert!(authenticator.caller(&peer, token.expose()).is_ok());
    world.opened.identities.remove("web").await.unwrap();
    assert_eq!(
        authenticator.caller(&peer, token.expose()).unwrap_err(),
        Error::NotRecognised
    );
    assert_eq!(
        world.opened.identities.remove("web").await,
        Err(Error::IdentityNotFound)
    );
}

#[tokio::test]
async fn identities_are_there_after_a_restart_and_names_and_subjects_are_unique() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let again = open(&world.barrier, &world.clock, SERVE).await;
    assert_eq!(
        again.identities.list(),
        [client("web", "dns:web.example", world.partition)]
    );
    for (name, subject, refused) in [
        ("web", "dns:other.example", Error::NameInUse),
        ("other", "dns:WEB.example", Error::NameInUse),
        ("", "dns:other.example", Error::NameInvalid),
        ("a b", "dns:other.example", Error::NameInvalid),
        ("a\n", "dns:other.example", Error::NameInvalid),
    ] {
        let identity = client(name, subject, world.partition);
        assert_eq!(
            world.opened.identities.add(identity).await,
            Err(refused),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn local_users_have_the_rights_of_the_mode_and_of_their_identity() {
    let world = World::new().await;
    let (socket, _other) = UnixStream::pair().unwrap();
    let peer = Peer::of_unix_socket(&socket).unwrap();
    let uid = peer.local_uid().unwrap();
    let rights = |daemon_uid, is_development| LocalRights {
        daemon_uid,
        is_development,
    };

    let development = open(&world.barrier, &world.clock, rights(uid, true)).await;
    let caller = development.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && caller.may_use(world.partition) && caller.may_create_tokens());

    let serve = open(&world.barrier, &world.clock, rights(uid, false)).await;
    let caller = serve.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && !caller.may_use(world.partition));
    assert!(!caller.may_create_tokens());
    assert_eq!(caller.application_id(), None);

    let both = client("me", &format!("uid:{uid}"), world.partition);
    serve.identities.add(both).await.unwrap();
    let caller = serve.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && caller.may_use(world.partition));
    serve.identities.remove("me").await.unwrap();
    let caller = serve.authenticator.caller(&peer, &[]).unwrap();
    assert!(caller.is_operator() && !caller.may_use(world.partition));
}

#[test]
fn while_sealed_operators_are_known_by_what_the_peer_proves_alone() {
    let (socket, _other) = UnixStream::pair().unwrap();
    let local = Peer::of_unix_socket(&socket).unwrap();
    let mine = LocalRights {
        daemon_uid: local.local_uid().unwrap(),
        is_development: false,
    };
    let sealed = |peer: &Peer, local| crate::operator_while_sealed(peer, local, ISSUER);
    assert!(sealed(&local, mine).unwrap().is_operator());
    let operator = certificate(&["uri:urn:hsmd:operator:ann"], ISSUER);
    assert_eq!(sealed(&operator, SERVE).unwrap().principal_name(), "ann");
    for stranger in [
        certificate(&["uri:urn:hsmd:operator:ann"], [8; 32]),
        certificate(&["uri:urn:hsmd:client:ann"], ISSUER),
        certificate(&["dns:ann"], ISSUER),
    ] {
        assert_eq!(sealed(&stranger, SERVE).unwrap_err(), Error::NotRecognised);
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_changed_or_in_other_hands() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    world.add_client("db", "dns:db.example").await;
    let web = certificate(&["dns:web.example"], ISSUER);
    let token = world.hello(&web).unwrap();
    let caller = |peer: &Peer, token: &[u8]| world.opened.authenticator.caller(peer, token);
    assert!(caller(&web, token.expose()).is_ok());
    let other = certificate(&["dns:db.example"], ISSUER);
    assert_eq!(
        caller(&other, token.expose()).unwrap_err(),
        Error::UnknownApplication
    );
    for position in 0..32 {
        let mut changed = *token.expose();
        changed[position] ^= 1;
        assert_eq!(
            caller(&web, &changed).unwrap_err(),
            Error::UnknownApplication,
            "{position}"
        );
    }
    assert_eq!(
        caller(&web, &token.expose()[..31]).unwrap_err(),
        Error::UnknownApplication
    );
}

#[tokio::test]
async fn applications_end_a_minute_after_their_last_connection_or_after_an_idle_hour() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let authenticator = &world.opened.authenticator;
    let framed = world.caller(&peer);
    let called = world.caller(&peer);
    let ended_after = |seconds| -> Vec<_> {
        world.clock.advance(Duration::from_secs(seconds));
        let ended = authenticator.sweep();
        ended.into_iter().map(|ended| ended.id).collect()
    };
    let first = authenticator.attach(&framed).unwrap();
    let second = authenticator.attach(&framed).unwrap();
    drop(first);
    assert!(ended_after(3_599).is_empty(), "an hour is not over");
    assert_eq!(ended_after(1), [called.application_id().unwrap()]);
    assert!(ended_after(100_000).is_empty(), "an open connection");
    drop(second);
    assert!(ended_after(59).is_empty(), "a minute is not over");
    assert_eq!(ended_after(1), [framed.application_id().unwrap()]);
    assert_eq!(authenticator.applications(), 0);
}

#[tokio::test]
async fn one_identity_cannot_take_all_applications() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    world.add_client("db", "dns:db.example").await;
    let web = certificate(&["dns:web.example"], ISSUER);
    for _ in 0..3 {
        world.hello(&web).unwrap();
    }
    let what = "applications of one identity";
    assert_eq!(
        world.hello(&web).unwrap_err(),
        Error::LimitReached { what, maximum: 3 }
    );
    assert!(
        world
            .hello(&certificate(&["dns:db.example"], ISSUER))
            .is_ok()
    );
}

#[test]
fn subjects_are_read_as_they_are_written_and_nothing_else() {
    for text in ["dns:a.example", "uri:spiffe://example/service", "uid:1000"] {
        assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "dns:",
        "a.example",
        "uid:-1",
        "uid:x",
        "dns:a b",
        "mail:a@b",
        "uri:\u{e9}",
    ] {
        assert_eq!(
            text.parse::<Subject>(),
            Err(Error::SubjectInvalid),
            "{text}"
        );
    }
}
