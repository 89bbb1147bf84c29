//! PINs, their tries and the logins that they give.

use super::*;

#[tokio::test]
async fn logins_belong_to_one_application_and_one_role_at_a_time() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let (caller, other) = (world.caller(&peer), world.caller(&peer));
    let pins = &world.opened.pins;
    assert_eq!(
        pins.logout(&caller, world.partition),
        Err(Error::NotLoggedIn)
    );
    world.login(&caller, LoginRole::User, PIN).await.unwrap();
    assert_eq!(caller.login(world.partition), Some(LoginRole::User));
    assert_eq!(other.login(world.partition), None);
    let again = world.login(&caller, LoginRole::User, PIN).await;
    assert_eq!(again, Err(Error::AlreadyLoggedIn));
    let officer = world
        .login(&caller, LoginRole::SecurityOfficer, SO_PIN)
        .await;
    assert_eq!(officer, Err(Error::AnotherRoleLoggedIn));
    let object = ObjectId::from_bytes([1; 16]);
    pins.login_for_object(&caller, world.partition, object, PIN.to_vec().into())
        .await
        .unwrap();
    assert_eq!(pins.logout(&caller, world.partition), Ok(LoginRole::User));
    assert!(
        !caller.take_login_for_object(world.partition, object),
        "logging out ends it too"
    );
    world
        .login(&caller, LoginRole::SecurityOfficer, SO_PIN)
        .await
        .unwrap();
    pins.end_logins(world.partition);
    assert_eq!(caller.login(world.partition), None);
}

#[tokio::test]
async fn pins_are_set_and_changed_as_the_standard_says() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(&["dns:web.example"], ISSUER));
    let pins = &world.opened.pins;
    let set = |old: &[u8], new: &[u8]| {
        pins.set_pin(
            &caller,
            world.partition,
            old.to_vec().into(),
            new.to_vec().into(),
        )
    };
    assert_eq!(set(PIN, b"123").await, Err(Error::PinLength));
    assert_eq!(set(PIN, &[b'1'; 256]).await, Err(Error::PinLength));
    assert_eq!(
        world.user_state().await,
        Some(PinState::Ok),
        "no try was counted"
    );
    assert_eq!(set(b"9999", b"5678").await, Err(Error::PinIncorrect));
    set(PIN, b"5678").await.unwrap();
    assert_eq!(
        world.login(&caller, LoginRole::User, PIN).await,
        Err(Error::PinIncorrect)
    );
    world
        .login(&caller, LoginRole::User, b"5678")
        .await
        .unwrap();
    pins.logout(&caller, world.partition).unwrap();

    world
        .login(&caller, LoginRole::SecurityOfficer, SO_PIN)
        .await
        .unwrap();
    set(SO_PIN, b"87654321").await.unwrap();
    pins.init_pin(world.partition, &PinHolder::User, b"0000".to_vec().into())
        .await
        .unwrap();
    pins.logout(&caller, world.partition).unwrap();
    world
        .login(&caller, LoginRole::User, b"0000")
        .await
        .unwrap();
    let checked = |pin: &[u8]| pins.check_security_officer(world.partition, pin.to_vec().into());
    assert_eq!(checked(SO_PIN).await, Err(Error::PinIncorrect));
    assert_eq!(checked(b"87654321").await, Ok(()));
}

#[tokio::test]
async fn a_token_without_a_user_pin_says_so_and_initialising_it_again_takes_the_pin_away() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(&["dns:web.example"], ISSUER));
    let pins = &world.opened.pins;
    let records = pins
        .initial_records(world.partition, b"newsopin".to_vec().into(), None)
        .await
        .unwrap();
    let partition = world.repository.partition(world.partition).unwrap();
    world
        .repository
        .reinitialize_partition((*partition).clone(), records)
        .await
        .unwrap();
    assert_eq!(world.user_state().await, None);
    assert_eq!(
        world.login(&caller, LoginRole::User, PIN).await,
        Err(Error::PinNotSet)
    );
    let officer = LoginRole::SecurityOfficer;
    assert_eq!(
        world.login(&caller, officer, SO_PIN).await,
        Err(Error::PinIncorrect)
    );
    assert_eq!(world.login(&caller, officer, b"newsopin").await, Ok(()));
}

#[tokio::test]
async fn a_locked_pin_stays_locked_over_a_restart_until_the_security_officer_sets_another() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let caller = world.caller(&peer);
    for try_number in 1..=PIN_TRIES {
        let outcome = world.login(&caller, LoginRole::User, b"wrong").await;
        assert_eq!(outcome, Err(Error::PinIncorrect), "try {try_number}");
        let expected = match PIN_TRIES - try_number {
            0 => PinState::Locked,
            1 => PinState::FinalTry,
            _ => PinState::CountLow,
        };
        assert_eq!(
            world.user_state().await,
            Some(expected),
            "after try {try_number}"
        );
    }
    assert_eq!(
        world.login(&caller, LoginRole::User, PIN).await,
        Err(Error::PinLocked)
    );

    let again = open(&world.barrier, &world.clock, SERVE).await;
    let token = again.authenticator.hello(&peer, "test", 8).unwrap();
    let caller = again.authenticator.caller(&peer, token.expose()).unwrap();
    let user = LoginRole::User;
    let outcome = again
        .pins
        .login(&caller, world.partition, user, PIN.to_vec().into())
        .await;
    assert_eq!(outcome, Err(Error::PinLocked));
    again
        .pins
        .init_pin(world.partition, &PinHolder::User, PIN.to_vec().into())
        .await
        .unwrap();
    again
        .pins
        .login(&caller, world.partition, user, PIN.to_vec().into())
        .await
        .unwrap();
}

#[tokio::test]
async fn concurrent_tries_are_counted_every_one() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let caller = world.caller(&peer);
    let tries: Vec<_> = (0..40)
        .map(|_| {
            let (pins, caller, partition) = (
                Arc::clone(&world.opened.pins),
                caller.clone(),
                world.partition,
            );
            tokio::spawn(async move {
                pins.login(
                    &caller,
                    partition,
                    LoginRole::User,
                    b"wrong".to_vec().into(),
                )
                .await
            })
        })
        .collect();
    let mut looked_at = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Err(Error::PinIncorrect) => looked_at += 1,
            Err(Error::PinLocked) => {}
            outcome => panic!("{outcome:?}"),
        }
    }
    assert_eq!(looked_at, PIN_TRIES);
}

#[tokio::test]
async fn a_try_is_finished_even_if_its_caller_goes_away() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let caller = world.caller(&certificate(&["dns:web.example"], ISSUER));
    for _ in 0..3 * PIN_TRIES {
        let mut attempt = Box::pin(world.login(&caller, LoginRole::User, PIN));
        // Polled once, so that the try has begun, and dropped as when a client hangs up.
        std::future::poll_fn(|context| {
            let _ = attempt.as_mut().poll(context);
            std::task::Poll::Ready(())
        })
        .await;
        drop(attempt);
    }
    // Takes its turn after all of them.
    world.login(&caller, LoginRole::User, PIN).await.unwrap();
    assert_eq!(world.user_state().await, Some(PinState::Ok));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The model: a number of tries, and nothing else.
    #[test]
    fn tries_are_those_of_a_counter_with_restarts_anywhere(steps in proptest::collection::vec(0..10_u8, 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut opened = open(&world.barrier, &world.clock, SERVE).await;
            let mut tries = 0;
            for step in steps {
                if step == 9 {
                    opened = open(&world.barrier, &world.clock, SERVE).await;
                    continue;
                }
                let is_right = step == 0;
                let pin = if is_right { SO_PIN } else { b"wrong" };
                let outcome = opened.pins.check_security_officer(world.partition, pin.to_vec().into()).await;
                let expected = if tries >= PIN_TRIES {
                    Err(Error::PinLocked)
                } else if is_right {
                    tries = 0;
                    Ok(())
                } else {
                    tries += 1;
                    Err(Error::PinIncorrect)
                };
                assert_eq!(outcome, expected);
                let states = opened.pins.states(world.partition).await.unwrap();
                assert_eq!(states.security_officer, Some(PinState::after_tries(tries)));
            }
        });
    }
}

#[tokio::test]
async fn stored_pins_hold_neither_the_pin_nor_its_plain_hash() {
    let world = World::new().await;
    let records = hsmd_keys::Records::new(Arc::clone(&world.barrier), hsmd_storage::Table::PIN);
    let record = records
        .get(world.partition.cell(), b"user")
        .await
        .unwrap()
        .unwrap();
    assert!(!record.value.windows(PIN.len()).any(|window| window == PIN));
    // Below the barrier not even that is there to be seen.
    let mut found = Vec::new();
    for entry in std::fs::read_dir(world.directory.path().join("store")).unwrap() {
        found.extend(std::fs::read(entry.unwrap().path()).unwrap_or_default());
    }
    assert!(
        !found
            .windows(16)
            .any(|window| window == &record.value[8..24])
    );
}

#[tokio::test]
async fn users_with_names_log_in_each_with_their_own_pin() {
    let world = World::new().await;
    world.add_client("web", "dns:web.example").await;
    let peer = certificate(&["dns:web.example"], ISSUER);
    let pins = &world.opened.pins;
    let named = |name| PinHolder::named(name).unwrap();
    let set = async |name, pin: &[u8]| {
        let pin = pin.to_vec().into();
        pins.init_pin(world.partition, &named(name), pin).await
    };
    set("alice", b"alice's").await.unwrap();
    set("bob", b"bob's pin").await.unwrap();
    let login = async |caller: &Caller, name, pin: &[u8]| {
        let pin = pin.to_vec().into();
        pins.login(caller, world.partition, named(name), pin).await
    };

    let caller = world.caller(&peer);
    for (name, pin) in [
        ("alice", &b"bob's pin"[..]),
        ("carol", b"alice's"),
        ("user", PIN),
    ] {
        assert_eq!(login(&caller, name, pin).await, Err(Error::PinIncorrect));
    }
    login(&caller, "alice", b"alice's").await.unwrap();
    assert_eq!(caller.login(world.partition), Some(LoginRole::User));
    assert_eq!(caller.pin_holder(world.partition), Some(named("alice")));
    let other = login(&caller, "bob", b"bob's pin").await;
    assert_eq!(other, Err(Error::AnotherRoleLoggedIn));
    let (old, new) = (b"alice's".to_vec().into(), b"new one".to_vec().into());
    pins.set_pin(&caller, world.partition, old, new)
        .await
        .unwrap();

    pins.remove_user(world.partition, &named("alice"))
        .await
        .unwrap();
    assert_eq!(caller.login(world.partition), None);
    let gone = login(&caller, "alice", b"new one").await;
    assert_eq!(gone, Err(Error::PinIncorrect));
    world.login(&caller, LoginRole::User, PIN).await.unwrap();
}

#[test]
fn names_of_users_are_plain() {
    for good in ["a", "alice@host.example", "A-b_9"] {
        assert!(PinHolder::named(good).is_ok());
    }
    for bad in ["", "a/b", "a b", "\u{e9}", &"x".repeat(65)] {
        assert_eq!(PinHolder::named(bad), Err(Error::NameInvalid));
    }
}
