//! Ciphers against published answers, and what must be refused.

use super::BlockCipher::Aes;
use super::*;

#[test]
fn padding_is_found_exactly() {
    for length in 1..=16_u8 {
        let mut block = [0xaa; 16];
        block[16 - usize::from(length)..].fill(length);
        assert_eq!(unpadded_length(&block, 16), Some(16 - usize::from(length)));
        if length > 1 {
            block[16 - usize::from(length)] ^= 1;
            assert_eq!(
                unpadded_length(&block, 16),
                None,
                "first of {length} changed"
            );
        }
    }
    for last in (17..=255).chain([0]) {
        assert_eq!(unpadded_length(&[last; 16], 16), None, "{last}");
    }
}

#[test]
fn a_counter_never_wraps_around() {
    let counter = |block: [u8; 16], counter_bits| CtrParameters {
        counter_block: block,
        counter_bits,
    };
    let mut nearly_full = [0; 16];
    nearly_full[15] = 0xfe;
    let run = |parameters: &CtrParameters, blocks: usize| {
        ctr::<Vec<u8>>(&[7; 16], parameters, &vec![0; blocks * 16])
    };
    assert!(run(&counter(nearly_full, 8), 2).is_ok());
    assert_eq!(
        run(&counter(nearly_full, 8), 3).err(),
        Some(Error::InputLength)
    );
    assert!(run(&counter(nearly_full, 9), 3).is_ok());
    assert!(run(&counter([0xff; 16], 128), 1).is_ok());
    assert_eq!(
        run(&counter([0xff; 16], 128), 2).err(),
        Some(Error::InputLength)
    );
}

#[test]
fn a_changed_ciphertext_gives_nothing() {
    let parameters = GcmParameters {
        iv: vec![1; 12],
        aad: b"header".to_vec(),
        tag_bits: 128,
    };
    let sealed: Vec<u8> = gcm_encrypt(&[3; 32], &parameters, b"plaintext").unwrap();
    assert_eq!(
        gcm_decrypt::<Vec<u8>>(&[3; 32], &parameters, &sealed).unwrap(),
        b"plaintext"
    );
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 0x80;
        let opened = gcm_decrypt::<Vec<u8>>(&[3; 32], &parameters, &changed);
        assert_eq!(opened.err(), Some(Error::CiphertextInvalid), "byte {index}");
    }
    assert_eq!(
        gcm_decrypt::<Vec<u8>>(&[3; 32], &parameters, &sealed[..15]).err(),
        Some(Error::CiphertextLength)
    );
}

#[test]
fn padding_goes_on_and_comes_off_at_every_length() {
    for length in 0..50 {
        let input: Vec<u8> = (0..length).collect();
        let sealed: Vec<u8> = cbc_pad_encrypt(Aes, &[5; 24], &[9; 16], &input).unwrap();
        assert_eq!(sealed.len(), usize::from(length) / 16 * 16 + 16);
        assert_eq!(
            cbc_pad_decrypt::<Vec<u8>>(Aes, &[5; 24], &[9; 16], &sealed).unwrap(),
            input
        );
    }
}

#[test]
fn partial_blocks_and_odd_keys_are_refused() {
    assert_eq!(
        ecb_encrypt::<Vec<u8>>(Aes, &[0; 16], &[0; 15]).err(),
        Some(Error::InputLength)
    );
    assert_eq!(
        cbc_decrypt::<Vec<u8>>(Aes, &[0; 16], &[0; 16], &[0; 17]).err(),
        Some(Error::CiphertextLength)
    );
    assert_eq!(
        cbc_pad_decrypt::<Vec<u8>>(Aes, &[0; 16], &[0; 16], &[]).err(),
        Some(Error::CiphertextLength)
    );
    assert_eq!(
        ecb_encrypt::<Vec<u8>>(Aes, &[0; 17], &[0; 16]).err(),
        Some(Error::KeySize)
    );
}
