//! C structures of mechanism parameters, right and wrong.

use std::ptr;

use cryptoki_sys::*;

use hsm_algorithms::GcmParameters;

use super::ciphers::OldGcmParams;
use super::*;

fn parsed<T>(
    mechanism: CK_MECHANISM_TYPE,
    purpose: Purpose,
    parameter: &T,
) -> Result<Parameters, CK_RV> {
    with_length(mechanism, purpose, parameter, size_of::<T>() as CK_ULONG)
}

fn with_length<T>(
    mechanism: CK_MECHANISM_TYPE,
    purpose: Purpose,
    parameter: &T,
    length: CK_ULONG,
) -> Result<Parameters, CK_RV> {
    let mechanism = CK_MECHANISM {
        mechanism,
        pParameter: if length == 0 {
            ptr::null_mut()
        } else {
            ptr::from_ref(parameter).cast_mut().cast()
        },
        ulParameterLen: length,
    };
    // SAFETY: the mechanism and its parameter outlive the call.
    let parsed = unsafe { Mechanism::new(&raw const mechanism) }.algorithm(purpose);
    parsed
        .map(|(_, parameters)| parameters)
        .map_err(|failure| failure.value())
}

fn gcm(iv: &[u8], aad: &[u8], tag_bits: CK_ULONG) -> CK_GCM_PARAMS {
    CK_GCM_PARAMS {
        pIv: iv.as_ptr().cast_mut(),
        ulIvLen: iv.len() as CK_ULONG,
        ulIvBits: 0,
        pAAD: aad.as_ptr().cast_mut(),
        ulAADLen: aad.len() as CK_ULONG,
        ulTagBits: tag_bits,
    }
}

const INVALID: Result<Parameters, CK_RV> = Err(CKR_MECHANISM_PARAM_INVALID);

#[test]
fn gcm_parameters_are_read_in_both_forms() {
    let expected = Parameters::Gcm(GcmParameters {
        iv: vec![7; 12],
        aad: b"more".to_vec(),
        tag_bits: 96,
    });
    let new = gcm(&[7; 12], b"more", 96);
    assert_eq!(
        parsed(CKM_AES_GCM, Purpose::Encrypt, &new).as_ref(),
        Ok(&expected)
    );
    let old = OldGcmParams {
        pIv: new.pIv,
        ulIvLen: new.ulIvLen,
        pAAD: new.pAAD,
        ulAADLen: new.ulAADLen,
        ulTagBits: new.ulTagBits,
    };
    assert_eq!(parsed(CKM_AES_GCM, Purpose::Encrypt, &old), Ok(expected));
}

#[test]
fn gcm_without_iv_or_tag_and_with_null_pointers_is_refused() {
    let null_iv = CK_GCM_PARAMS {
        pIv: ptr::null_mut(),
        ..gcm(&[7; 12], b"", 128)
    };
    let null_aad = CK_GCM_PARAMS {
        pAAD: ptr::null_mut(),
        ulAADLen: 4,
        ..gcm(&[7; 12], b"", 128)
    };
    let absurd = CK_GCM_PARAMS {
        ulAADLen: CK_ULONG::MAX,
        ..gcm(&[7; 12], b"x", 128)
    };
    for bad in [
        gcm(b"", b"", 128),
        gcm(&[7; 12], b"", 0),
        null_iv,
        null_aad,
        absurd,
    ] {
        assert_eq!(parsed(CKM_AES_GCM, Purpose::Encrypt, &bad), INVALID);
    }
    assert_eq!(with_length(CKM_AES_GCM, Purpose::Encrypt, &(), 0), INVALID);
    assert_eq!(
        with_length(CKM_AES_GCM, Purpose::Encrypt, &[0_u64; 8], 47),
        INVALID
    );
}

#[test]
fn oaep_takes_label_digest_and_mask_each_by_itself() {
    let label = b"label";
    let oaep = CK_RSA_PKCS_OAEP_PARAMS {
        hashAlg: CKM_SHA384,
        mgf: CKG_MGF1_SHA1,
        source: CKZ_DATA_SPECIFIED,
        pSourceData: label.as_ptr().cast_mut().cast(),
        ulSourceDataLen: 5,
    };
    let expected = OaepParameters {
        hash: Digest::Sha384,
        mgf1_hash: Digest::Sha1,
        label: b"label".to_vec(),
    };
    assert_eq!(
        parsed(CKM_RSA_PKCS_OAEP, Purpose::Encrypt, &oaep),
        Ok(Parameters::Oaep(expected))
    );
    for bad in [
        CK_RSA_PKCS_OAEP_PARAMS {
            pSourceData: ptr::null_mut(),
            ..oaep
        },
        CK_RSA_PKCS_OAEP_PARAMS {
            hashAlg: CKM_AES_CBC,
            ..oaep
        },
        CK_RSA_PKCS_OAEP_PARAMS { mgf: 99, ..oaep },
        CK_RSA_PKCS_OAEP_PARAMS { source: 2, ..oaep },
    ] {
        assert_eq!(parsed(CKM_RSA_PKCS_OAEP, Purpose::Encrypt, &bad), INVALID);
    }
}

#[test]
fn pss_must_agree_with_the_digest_of_its_mechanism() {
    let pss = CK_RSA_PKCS_PSS_PARAMS {
        hashAlg: CKM_SHA256,
        mgf: CKG_MGF1_SHA256,
        sLen: 32,
    };
    assert!(parsed(CKM_SHA256_RSA_PKCS_PSS, Purpose::Sign, &pss).is_ok());
    assert!(parsed(CKM_RSA_PKCS_PSS, Purpose::Sign, &pss).is_ok());
    assert_eq!(
        parsed(CKM_SHA384_RSA_PKCS_PSS, Purpose::Sign, &pss),
        INVALID
    );
    let absurd = CK_RSA_PKCS_PSS_PARAMS {
        sLen: CK_ULONG::MAX,
        ..pss
    };
    assert_eq!(parsed(CKM_RSA_PKCS_PSS, Purpose::Sign, &absurd), INVALID);
}

#[test]
fn parameters_for_a_mechanism_that_has_none_are_refused() {
    assert_eq!(parsed(CKM_SHA256, Purpose::Digest, &[0_u8; 16]), INVALID);
    assert_eq!(parsed(CKM_ECDSA, Purpose::Sign, &1_u64), INVALID);
    assert_eq!(parsed(CKM_AES_CBC, Purpose::Encrypt, &[0_u8; 12]), INVALID);
}

#[test]
fn a_public_point_may_come_in_an_octet_string() {
    let mut point = vec![0x04; 65];
    point[1..].fill(9);
    let mut wrapped = vec![0x04, 65];
    wrapped.extend_from_slice(&point);
    for given in [&point, &wrapped] {
        let ecdh = CK_ECDH1_DERIVE_PARAMS {
            kdf: CKD_NULL,
            ulSharedDataLen: 0,
            pSharedData: ptr::null_mut(),
            ulPublicDataLen: given.len() as CK_ULONG,
            pPublicData: given.as_ptr().cast_mut(),
        };
        let Ok(Parameters::Ecdh(parsed)) = parsed(CKM_ECDH1_DERIVE, Purpose::Derive, &ecdh) else {
            panic!("not read");
        };
        assert_eq!(parsed.public_point, point);
    }
}

#[test]
fn unknown_mechanisms_and_null_pointers_are_refused() {
    assert_eq!(
        with_length(0x8000_0001, Purpose::Sign, &(), 0),
        Err(CKR_MECHANISM_INVALID)
    );
    assert_eq!(
        with_length(CKM_SHA256, Purpose::Sign, &(), 0),
        Err(CKR_MECHANISM_INVALID)
    );
    // SAFETY: null is what is tested.
    let null = unsafe { Mechanism::new(ptr::null()) };
    assert_eq!(
        null.algorithm(Purpose::Sign).unwrap_err().value(),
        CKR_ARGUMENTS_BAD
    );
    assert_eq!(null.generator().unwrap_err().value(), CKR_ARGUMENTS_BAD);
}

#[test]
fn the_length_of_a_code_must_be_there_and_fit() {
    let length = |length: CK_ULONG| parsed(CKM_SHA256_HMAC_GENERAL, Purpose::Sign, &length);
    assert_eq!(length(20), Ok(Parameters::CodeLength(20)));
    for wrong in [0, 33, CK_ULONG::MAX] {
        assert_eq!(length(wrong), INVALID);
    }
    assert_eq!(
        with_length(CKM_SHA256_HMAC_GENERAL, Purpose::Sign, &(), 0),
        INVALID
    );
}

#[test]
fn ccm_and_chacha20_check_what_they_point_to() {
    let nonce = [7; 13];
    let ccm = CK_CCM_PARAMS {
        ulDataLen: 16,
        pNonce: nonce.as_ptr().cast_mut(),
        ulNonceLen: 13,
        pAAD: ptr::null_mut(),
        ulAADLen: 0,
        ulMACLen: 8,
    };
    assert!(parsed(CKM_AES_CCM, Purpose::Encrypt, &ccm).is_ok());
    for bad in [
        CK_CCM_PARAMS {
            pNonce: ptr::null_mut(),
            ..ccm
        },
        CK_CCM_PARAMS {
            ulNonceLen: 6,
            ..ccm
        },
        CK_CCM_PARAMS { ulAADLen: 1, ..ccm },
        CK_CCM_PARAMS { ulMACLen: 5, ..ccm },
        CK_CCM_PARAMS {
            ulDataLen: 1 << 16,
            ..ccm
        },
    ] {
        assert_eq!(parsed(CKM_AES_CCM, Purpose::Encrypt, &bad), INVALID);
    }
    let counter = [1, 0, 0, 0];
    let chacha20 = CK_CHACHA20_PARAMS {
        pBlockCounter: counter.as_ptr().cast_mut(),
        blockCounterBits: 32,
        pNonce: nonce.as_ptr().cast_mut(),
        ulNonceBits: 96,
    };
    let read = parsed(CKM_CHACHA20, Purpose::Encrypt, &chacha20);
    assert!(matches!(read, Ok(Parameters::ChaCha20(parameters)) if parameters.counter == 1));
    let odd = CK_CHACHA20_PARAMS {
        blockCounterBits: 33,
        ..chacha20
    };
    assert_eq!(parsed(CKM_CHACHA20, Purpose::Encrypt, &odd), INVALID);
    let null = CK_CHACHA20_PARAMS {
        pBlockCounter: ptr::null_mut(),
        ..chacha20
    };
    assert_eq!(parsed(CKM_CHACHA20, Purpose::Encrypt, &null), INVALID);
}
