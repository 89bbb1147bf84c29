//! What the verifier finds.

use super::*;

#[test]
fn a_log_that_nobody_touched_is_whole() {
    let directory = log_of(512);
    assert_eq!(
        check(directory.path()),
        Report {
            records: 512,
            records_signed: 512,
            ..Report::default()
        }
    );
}

#[test]
fn every_changed_dropped_or_swapped_record_of_512_is_found() {
    let directory = log_of(512);
    let path = first_segment(directory.path());
    let whole = lines(&path);
    let mut found = 0;
    for position in 0..whole.len() {
        let mut changed = whole.clone();
        changed[position] = changed[position].replace("\"n\"", "\"m\"");
        write_lines(&path, &changed);
        let report = check(directory.path());
        assert!(
            report.problems.contains(&Problem::RecordChanged {
                number: position as u64
            }),
            "{position}: {report:?}"
        );

        let mut dropped = whole.clone();
        dropped.remove(position);
        write_lines(&path, &dropped);
        assert!(
            !check(directory.path()).problems.is_empty(),
            "{position} dropped"
        );
        found += 2;

        if position > 0 {
            let mut swapped = whole.clone();
            swapped.swap(position - 1, position);
            write_lines(&path, &swapped);
            assert!(
                !check(directory.path()).problems.is_empty(),
                "{position} swapped"
            );
            found += 1;
        }
    }
    assert_eq!(found, 1_535);
    write_lines(&path, &whole);
    assert!(check(directory.path()).problems.is_empty());
}

#[test]
fn a_log_put_back_to_an_earlier_checkpoint_is_found_by_a_later_one() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path());
    for number in 0..300 {
        log.record(&record(number)).unwrap();
    }
    log.sign_now();
    let earlier = copy_of(directory.path());
    for number in 300..400 {
        log.record(&record(number)).unwrap();
    }
    log.sign_now();
    let later = [log.checkpoint().unwrap()];

    assert!(
        check(earlier.path()).problems.is_empty(),
        "by itself it is a whole log"
    );
    let evidence = Evidence {
        checkpoints: &later,
        ..Evidence::default()
    };
    let report = verify_directory(earlier.path(), &evidence).unwrap();
    assert_eq!(
        report.problems,
        [Problem::Truncated {
            found: 300,
            signed: 400
        }]
    );
    assert!(
        verify_directory(directory.path(), &evidence)
            .unwrap()
            .problems
            .is_empty()
    );
}

#[test]
fn a_log_rewritten_and_signed_anew_is_found_by_a_checkpoint_kept_elsewhere() {
    let honest = log_of(100);
    let kept = [std::fs::read(honest.path().join("checkpoint")).unwrap()];
    let forged = tempfile::tempdir().unwrap();
    let log = open(forged.path());
    for number in 0..100 {
        log.record(&record(number.max(1))).unwrap();
    }
    log.close();
    assert!(check(forged.path()).problems.is_empty());
    let evidence = Evidence {
        checkpoints: &kept,
        ..Evidence::default()
    };
    let report = verify_directory(forged.path(), &evidence).unwrap();
    assert_eq!(
        report.problems,
        [Problem::RecordsNotThoseSigned { signed: 100 }]
    );
}

#[test]
fn a_checkpoint_of_another_key_is_refused_by_the_verifier_and_by_the_daemon() {
    let directory = log_of(10);
    let other = key(2).verifier_key("hsmd.test/log");
    let evidence = Evidence {
        verifier_key: Some(&other),
        ..Evidence::default()
    };
    let report = verify_directory(directory.path(), &evidence).unwrap();
    let which = "the log's checkpoint";
    assert_eq!(report.problems, [Problem::CheckpointNotSigned { which }]);

    let log = Log::open(settings(directory.path()), Arc::new(TestClock::default())).unwrap();
    assert!(matches!(log.unseal(key(2)), Err(OpenError::AnotherKey)));
}

#[test]
fn a_log_without_its_checkpoint_or_a_tile_is_not_called_whole() {
    let directory = log_of(600);
    let tile = directory.path().join("tile/0/001");
    let bytes = std::fs::read(&tile).unwrap();
    std::fs::remove_file(&tile).unwrap();
    assert_eq!(
        check(directory.path()).problems,
        [Problem::Tile {
            path: "tile/0/001".to_owned()
        }]
    );
    std::fs::write(&tile, bytes).unwrap();
    assert!(check(directory.path()).problems.is_empty());
    std::fs::remove_file(directory.path().join("checkpoint")).unwrap();
    assert_eq!(check(directory.path()).problems, [Problem::NoCheckpoint]);
}

fn open_with_witness(directory: &Path, witness: &Path) -> Result<Arc<Log>, OpenError> {
    let settings = Settings {
        witness: Some(witness.to_owned()),
        ..settings(directory)
    };
    let log = Log::open(settings, Arc::new(TestClock::default()))?;
    log.unseal(key(1))?;
    Ok(log)
}

#[test]
fn a_log_put_back_as_a_whole_is_found_by_its_witness_and_one_that_went_on_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, witness) = (folder.path().join("audit"), folder.path().join("witness"));
    let write = |directory: &Path, records: std::ops::Range<u64>| {
        let log = open_with_witness(directory, &witness).unwrap();
        for number in records {
            log.record(&record(number)).unwrap();
        }
        log.close();
    };
    write(&directory, 0..40);
    let old_witness = std::fs::read(&witness).unwrap();
    let old = copy_of(&directory);
    write(&directory, 40..700);

    assert!(matches!(
        open_with_witness(old.path(), &witness),
        Err(OpenError::OlderThanWitness { signed: 700 })
    ));
    // Another log of the same key and length is not the witness's either.
    let other = folder.path().join("other");
    let log = open(&other);
    for number in 0..700 {
        log.record(&record(number + 1)).unwrap();
    }
    drop(log);
    assert!(matches!(
        open_with_witness(&other, &witness),
        Err(OpenError::OlderThanWitness { signed: 700 })
    ));
    // A witness that missed checkpoints, or all, agrees.
    for missed in [old_witness, Vec::new()] {
        if missed.is_empty() {
            std::fs::remove_file(&witness).unwrap();
        } else {
            std::fs::write(&witness, missed).unwrap();
        }
        assert!(open_with_witness(&directory, &witness).is_ok());
    }
}

#[test]
fn a_witness_that_another_signed_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, witness) = (folder.path().join("audit"), folder.path().join("witness"));
    open_with_witness(&directory, &witness).unwrap();
    std::fs::write(&witness, "hsmd.test/log\n700\n").unwrap();
    assert!(matches!(
        open_with_witness(&directory, &witness),
        Err(OpenError::AnotherKey)
    ));
}

#[test]
fn checkpoints_say_how_far_the_store_is_even_when_no_record_comes() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, witness) = (folder.path().join("audit"), folder.path().join("witness"));
    let log = open_with_witness(&directory, &witness).unwrap();
    log.record(&record(0)).unwrap();
    log.sign_now();
    assert_eq!(log.store_head(), 0);
    log.note_store_head(41);
    log.note_store_head(42);
    log.sign_now();
    let checkpoint = String::from_utf8(log.checkpoint().unwrap()).unwrap();
    assert!(checkpoint.contains("\nstore-head 42\n"), "{checkpoint}");
    drop(log);
    assert_eq!(open(&directory).store_head(), 42);
    // The witness alone knows it as well.
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(matches!(
        open_with_witness(&directory, &witness),
        Err(OpenError::OlderThanWitness { signed: 1 })
    ));
}
