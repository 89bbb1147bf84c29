//! Ciphertext blobs by the page that publishes their format, `docs/formats.md`: read and written here with nothing of the
//! daemon's code.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsm_tests::Daemon;
use serde_json::json;

use crate::imports::imported;
use crate::signed::Kms;

/// How long all before the ciphertext is.
const HEAD_BYTES: usize = 62;

/// The context `purpose` = `test` in its canonical form.
const CONTEXT: &[u8] = b"\0\0\0\x07purpose\0\0\0\x04test";

/// The key that one message is encrypted under: SP 800-108 in counter mode, one block.
fn message_key(material: &[u8], nonce: &[u8]) -> Aes256Gcm {
    let key = hmac::Key::new(hmac::HMAC_SHA256, material);
    let input = [
        &[0, 0, 0, 1][..],
        b"hsmd kms message key",
        &[0],
        nonce,
        &[0, 0, 1, 0],
    ]
    .concat();
    let derived = hmac::sign(&key, &input);
    Aes256Gcm::new_from_slice(derived.as_ref()).unwrap()
}

/// What a blob holds, if it is one of this material and context.
fn opened(blob: &[u8], material: &[u8], context: &[u8]) -> Option<Vec<u8>> {
    let (head, sealed) = blob.split_at_checked(HEAD_BYTES)?;
    let iv: [u8; 12] = head[50..].try_into().ok()?;
    let additional = [head, context].concat();
    let payload = Payload {
        msg: sealed,
        aad: &additional,
    };
    message_key(material, &head[34..50])
        .decrypt(&iv.into(), payload)
        .ok()
}

/// The blobs of the page: each with its context.
fn published() -> Vec<(Vec<u8>, &'static [u8])> {
    let page = include_str!("../../../docs/formats.md");
    let block = |name: &str| {
        let start = page.find(&format!("```vector {name}\n")).unwrap();
        let text = page[start..].split_once('\n').unwrap().1;
        let text = text.split("```").next().unwrap();
        let digits: String = text.split_whitespace().collect();
        hex::decode(digits).unwrap()
    };
    vec![
        (block("ciphertext blob"), &[]),
        (block("ciphertext blob with context"), CONTEXT),
    ]
}

#[test]
fn the_published_blobs_open_as_the_page_says() {
    for (blob, context) in published() {
        assert_eq!(opened(&blob, &[0x11; 32], context).unwrap(), b"hello");
        assert_eq!(opened(&blob, &[0x12; 32], context), None);
        assert_eq!(opened(&blob, &[0x11; 32], b"other"), None);
        assert_eq!(&blob[2..14], b"111122223333");
        assert_eq!(blob[30..34], [0, 0, 0, 7]);
    }
}

#[test]
fn what_the_daemon_writes_is_read_by_the_page_and_the_other_way_round() {
    let daemon = Daemon::dev();
    let mut kms = Kms::of(&daemon);
    let material = [0x5a; 32];
    let key = imported(&mut kms, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", &material).unwrap();
    let asked =
        json!({"KeyId": key, "Plaintext": "aGVsbG8=", "EncryptionContext": {"purpose": "test"}});
    let answer = kms.call("Encrypt", &asked).succeeded();
    let blob = STANDARD
        .decode(answer["CiphertextBlob"].as_str().unwrap())
        .unwrap();
    assert_eq!(opened(&blob, &material, CONTEXT).unwrap(), b"hello");
    let id = hex::decode(key.replace('-', "")).unwrap();
    assert_eq!((&blob[..2], &blob[14..30]), (&[1, 0][..], id.as_slice()));

    // A blob of our own, for the same key.
    let (nonce, iv) = ([7; 16], [9; 12]);
    let head = [&blob[..34], &nonce, &iv].concat();
    let additional = [head.as_slice(), CONTEXT].concat();
    let payload = Payload {
        msg: b"from outside",
        aad: &additional,
    };
    let sealed = message_key(&material, &nonce)
        .encrypt(&iv.into(), payload)
        .unwrap();
    let blob = STANDARD.encode([head, sealed].concat());
    let decrypt = json!({"CiphertextBlob": blob, "EncryptionContext": {"purpose": "test"}});
    let answer = kms.call("Decrypt", &decrypt).succeeded();
    assert_eq!(answer["Plaintext"], STANDARD.encode("from outside"));
    let other = json!({"CiphertextBlob": blob, "EncryptionContext": {"purpose": "Test"}});
    let _ = kms
        .call("Decrypt", &other)
        .failed("InvalidCiphertextException");
}
