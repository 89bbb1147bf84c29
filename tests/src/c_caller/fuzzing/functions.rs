//! Every function of PKCS#11, called as bytes choose.

use std::ptr;

use cryptoki_sys as c;

use super::{Choices, Room, Target, parameters::ChosenTemplate};
use crate::c_caller::template::Template;

/// Calls one function of the list.
macro_rules! call {
    ($target:expr, $function:ident ( $($argument:expr),* $(,)? )) => {{
        // SAFETY: pointers are null or to memory of the length beside them, or the length is absurd and must be refused
        // first. Surviving that is what is tested.
        unsafe { $target.functions.$function.expect("a function of 3.2")($($argument),*) }
    }};
}

/// How many functions [`Target::call`] chooses among.
const FUNCTIONS: usize = 72;

impl Target {
    /// Initialises, finds the token, logs in, and makes a key of each kind.
    pub(super) fn prepare(&mut self, label: &str) {
        assert_eq!(call!(self, C_Initialize(ptr::null_mut())), c::CKR_OK);
        let mut slots = [0; 64];
        let mut count = 64;
        assert_eq!(
            call!(
                self,
                C_GetSlotList(c::CK_TRUE, slots.as_mut_ptr(), &raw mut count)
            ),
            c::CKR_OK
        );
        self.slot = slots
            .into_iter()
            .take(usize::try_from(count).expect("a count"))
            .find(|slot| {
                let mut info = c::CK_TOKEN_INFO::default();
                call!(self, C_GetTokenInfo(*slot, &raw mut info)) == c::CKR_OK
                    && String::from_utf8_lossy(&info.label).trim_end() == label
            })
            .expect("the token");
        let mut mechanisms = vec![0; 1024];
        let mut count = 1024;
        assert_eq!(
            call!(
                self,
                C_GetMechanismList(self.slot, mechanisms.as_mut_ptr(), &raw mut count)
            ),
            c::CKR_OK
        );
        mechanisms.truncate(usize::try_from(count).expect("a count"));
        self.mechanisms = mechanisms;
    }

    /// Sessions and keys to begin with: the same for every input.
    pub(super) fn begin(&mut self) {
        // A call of the input before may have finalised the library, or been the last to.
        let _ = call!(self, C_Initialize(ptr::null_mut()));
        for _ in 0..2 {
            let mut session = 0;
            let flags = c::CKF_SERIAL_SESSION | c::CKF_RW_SESSION;
            let opened = call!(
                self,
                C_OpenSession(self.slot, flags, ptr::null_mut(), None, &raw mut session)
            );
            assert_eq!(
                opened,
                c::CKR_OK,
                "C_OpenSession after {} calls",
                self.calls
            );
            Self::remember(&mut self.sessions, session);
        }
        let session = self.sessions[0];
        let length = self.pin.len() as c::CK_ULONG;
        let login = call!(
            self,
            C_Login(session, c::CKU_USER, self.pin.as_ptr().cast_mut(), length)
        );
        assert!(
            matches!(login, c::CKR_OK | c::CKR_USER_ALREADY_LOGGED_IN),
            "C_Login: {login:#x} after {} calls",
            self.calls
        );
        let mut make = |mechanism, attributes: Template| {
            let mut mechanism = c::CK_MECHANISM {
                mechanism,
                pParameter: ptr::null_mut(),
                ulParameterLen: 0,
            };
            let (mut list, mut key) = (attributes.attributes(), 0);
            let value = call!(
                self,
                C_GenerateKey(
                    session,
                    &raw mut mechanism,
                    list.as_mut_ptr(),
                    attributes.len(),
                    &raw mut key
                )
            );
            assert_eq!(value, c::CKR_OK, "C_GenerateKey after {} calls", self.calls);
            Self::remember(&mut self.objects, key);
        };
        make(
            c::CKM_AES_KEY_GEN,
            Template::new()
                .number(c::CKA_VALUE_LEN, 32)
                .flag(c::CKA_ENCRYPT, true)
                .flag(c::CKA_DECRYPT, true)
                .flag(c::CKA_WRAP, true)
                .flag(c::CKA_UNWRAP, true)
                .flag(c::CKA_EXTRACTABLE, true),
        );
        make(
            c::CKM_GENERIC_SECRET_KEY_GEN,
            Template::new()
                .number(c::CKA_VALUE_LEN, 32)
                .flag(c::CKA_SIGN, true)
                .flag(c::CKA_VERIFY, true)
                .flag(c::CKA_DERIVE, true),
        );
        let p256 = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let public = Template::new()
            .bytes(c::CKA_EC_PARAMS, &p256)
            .flag(c::CKA_VERIFY, true);
        let private = Template::new()
            .flag(c::CKA_SIGN, true)
            .flag(c::CKA_DERIVE, true);
        let (mut of_public, mut of_private) = (public.attributes(), private.attributes());
        let (mut public_key, mut private_key) = (0, 0);
        let mut mechanism = c::CK_MECHANISM {
            mechanism: c::CKM_EC_KEY_PAIR_GEN,
            pParameter: ptr::null_mut(),
            ulParameterLen: 0,
        };
        let value = call!(
            self,
            C_GenerateKeyPair(
                session,
                &raw mut mechanism,
                of_public.as_mut_ptr(),
                public.len(),
                of_private.as_mut_ptr(),
                private.len(),
                &raw mut public_key,
                &raw mut private_key,
            )
        );
        assert_eq!(
            value,
            c::CKR_OK,
            "C_GenerateKeyPair after {} calls",
            self.calls
        );
        Self::remember(&mut self.objects, public_key);
        Self::remember(&mut self.objects, private_key);
    }

    /// Closes every session, and with them their objects.
    pub(super) fn end(&mut self) {
        let _ = call!(self, C_CloseAllSessions(self.slot));
        self.sessions.clear();
        self.objects.clear();
    }

    /// One call.
    #[expect(clippy::too_many_lines, reason = "a line for each function")]
    pub(super) fn call(&mut self, choices: &mut Choices<'_>) {
        let function = choices.below(FUNCTIONS);
        let session = self.session(choices);
        let (object, other) = (self.object(choices), self.object(choices));
        let mut chosen = self.mechanism(choices);
        let mechanism = if choices.byte().is_multiple_of(32) {
            ptr::null_mut()
        } else {
            &raw mut chosen.mechanism
        };
        let (data, length) = choices.input();
        let (more, more_length) = choices.input();
        let mut room = Room::chosen(choices);
        let (place, room_length) = (room.place(), room.length());
        let mut template = ChosenTemplate::new(choices, function == 12);
        let (list, count) = (template.pointer(), template.count());
        let mut handle = 0;
        let at = if choices.byte().is_multiple_of(32) {
            ptr::null_mut()
        } else {
            &raw mut handle
        };
        let number = choices.number();
        // Parameters of messages are laid out as pointers and numbers too: zeros are null pointers.
        let (zeros, zeros_length) = (
            choices.zeros().cast(),
            c::CK_ULONG::from(choices.byte() % 64),
        );
        let mut makes_object = false;
        let _value = match function {
            0 => call!(self, C_GetInfo(ptr::null_mut())),
            1 => call!(self, C_GetSlotList(1, room.place().cast(), &raw mut handle)),
            2 => call!(self, C_GetSlotInfo(number, place.cast())),
            3 => call!(self, C_GetTokenInfo(number, place.cast())),
            4 => call!(
                self,
                C_GetMechanismInfo(self.slot, chosen.mechanism.mechanism, place.cast())
            ),
            5 => {
                let value = call!(
                    self,
                    C_OpenSession(
                        self.slot,
                        number | c::CKF_SERIAL_SESSION,
                        ptr::null_mut(),
                        None,
                        at
                    )
                );
                Self::remember(&mut self.sessions, handle);
                value
            }
            6 if choices.byte().is_multiple_of(8) => call!(self, C_CloseSession(session)),
            7 => call!(self, C_GetSessionInfo(session, place.cast())),
            8 => call!(self, C_GetOperationState(session, place, room_length)),
            9 => call!(
                self,
                C_SetOperationState(session, data, length, object, other)
            ),
            10 => {
                makes_object = true;
                call!(self, C_CreateObject(session, list, count, at))
            }
            11 => {
                makes_object = true;
                call!(self, C_CopyObject(session, object, list, count, at))
            }
            12 => call!(self, C_GetAttributeValue(session, object, list, count)),
            13 => call!(self, C_SetAttributeValue(session, object, list, count)),
            14 if choices.byte().is_multiple_of(8) => call!(self, C_DestroyObject(session, object)),
            15 => call!(self, C_GetObjectSize(session, object, at)),
            16 => call!(self, C_FindObjectsInit(session, list, count)),
            17 => call!(
                self,
                C_FindObjects(session, place.cast(), number.min(512), at)
            ),
            18 => call!(self, C_FindObjectsFinal(session)),
            19 => call!(self, C_EncryptInit(session, mechanism, object)),
            20 => call!(self, C_Encrypt(session, data, length, place, room_length)),
            21 => call!(
                self,
                C_EncryptUpdate(session, data, length, place, room_length)
            ),
            22 => call!(self, C_EncryptFinal(session, place, room_length)),
            23 => call!(self, C_DecryptInit(session, mechanism, object)),
            24 => call!(self, C_Decrypt(session, data, length, place, room_length)),
            25 => call!(
                self,
                C_DecryptUpdate(session, data, length, place, room_length)
            ),
            26 => call!(self, C_DecryptFinal(session, place, room_length)),
            27 => call!(self, C_DigestInit(session, mechanism)),
            28 => call!(self, C_Digest(session, data, length, place, room_length)),
            29 => call!(self, C_DigestUpdate(session, data, length)),
            30 => call!(self, C_DigestKey(session, object)),
            31 => call!(self, C_DigestFinal(session, place, room_length)),
            32 => call!(self, C_SignInit(session, mechanism, object)),
            33 => call!(self, C_Sign(session, data, length, place, room_length)),
            34 => call!(self, C_SignUpdate(session, data, length)),
            35 => call!(self, C_SignFinal(session, place, room_length)),
            36 => call!(self, C_VerifyInit(session, mechanism, object)),
            37 => call!(self, C_Verify(session, data, length, more, more_length)),
            38 => call!(self, C_VerifyUpdate(session, data, length)),
            39 => call!(self, C_VerifyFinal(session, more, more_length)),
            40 => call!(self, C_SignRecoverInit(session, mechanism, object)),
            41 => call!(
                self,
                C_SignRecover(session, data, length, place, room_length)
            ),
            42 => call!(self, C_VerifyRecoverInit(session, mechanism, object)),
            43 => call!(
                self,
                C_VerifyRecover(session, data, length, place, room_length)
            ),
            44 => call!(
                self,
                C_DigestEncryptUpdate(session, data, length, place, room_length)
            ),
            45 => call!(
                self,
                C_DecryptDigestUpdate(session, data, length, place, room_length)
            ),
            46 => call!(
                self,
                C_SignEncryptUpdate(session, data, length, place, room_length)
            ),
            47 => call!(
                self,
                C_DecryptVerifyUpdate(session, data, length, place, room_length)
            ),
            48 => {
                makes_object = true;
                call!(self, C_GenerateKey(session, mechanism, list, count, at))
            }
            49 => {
                let mut private = ChosenTemplate::new(choices, false);
                let mut private_key = 0;
                let value = call!(
                    self,
                    C_GenerateKeyPair(
                        session,
                        mechanism,
                        list,
                        count,
                        private.pointer(),
                        private.count(),
                        at,
                        &raw mut private_key
                    )
                );
                Self::remember(&mut self.objects, private_key);
                makes_object = true;
                value
            }
            50 => call!(
                self,
                C_WrapKey(session, mechanism, object, other, place, room_length)
            ),
            51 => {
                makes_object = true;
                call!(
                    self,
                    C_UnwrapKey(session, mechanism, object, data, length, list, count, at)
                )
            }
            52 => {
                makes_object = true;
                call!(
                    self,
                    C_DeriveKey(session, mechanism, object, list, count, at)
                )
            }
            53 => call!(
                self,
                C_GenerateRandom(
                    session,
                    if number > 4096 {
                        ptr::null_mut()
                    } else {
                        room.bytes.as_mut_ptr()
                    },
                    number
                )
            ),
            54 => call!(self, C_SeedRandom(session, data, length)),
            55 => call!(
                self,
                C_WaitForSlotEvent(c::CKF_DONT_BLOCK, at, ptr::null_mut())
            ),
            56 => call!(self, C_SessionCancel(session, number)),
            57 => call!(self, C_MessageEncryptInit(session, mechanism, object)),
            58 => call!(
                self,
                C_EncryptMessage(
                    session,
                    zeros,
                    zeros_length,
                    data,
                    length,
                    more,
                    more_length,
                    place,
                    room_length
                )
            ),
            59 => call!(self, C_MessageEncryptFinal(session)),
            60 => call!(self, C_MessageDecryptInit(session, mechanism, object)),
            61 => call!(
                self,
                C_DecryptMessage(
                    session,
                    zeros,
                    zeros_length,
                    data,
                    length,
                    more,
                    more_length,
                    place,
                    room_length
                )
            ),
            62 => call!(self, C_MessageSignInit(session, mechanism, object)),
            63 => call!(
                self,
                C_SignMessage(
                    session,
                    zeros,
                    zeros_length,
                    data,
                    length,
                    place,
                    room_length
                )
            ),
            64 => call!(self, C_MessageVerifyInit(session, mechanism, object)),
            65 => call!(
                self,
                C_VerifyMessage(
                    session,
                    zeros,
                    zeros_length,
                    data,
                    length,
                    more,
                    more_length
                )
            ),
            66 => {
                makes_object = true;
                call!(
                    self,
                    C_EncapsulateKey(
                        session,
                        mechanism,
                        object,
                        list,
                        count,
                        place,
                        room_length,
                        at
                    )
                )
            }
            67 => {
                makes_object = true;
                call!(
                    self,
                    C_DecapsulateKey(session, mechanism, object, list, count, data, length, at)
                )
            }
            68 => call!(
                self,
                C_VerifySignatureInit(session, mechanism, object, data, length)
            ),
            69 => call!(self, C_VerifySignature(session, data, length)),
            70 => call!(
                self,
                C_WrapKeyAuthenticated(
                    session,
                    mechanism,
                    object,
                    other,
                    data,
                    length,
                    place,
                    room_length
                )
            ),
            71 if choices.byte().is_multiple_of(8) => {
                makes_object = true;
                call!(
                    self,
                    C_UnwrapKeyAuthenticated(
                        session,
                        mechanism,
                        object,
                        data,
                        length,
                        list,
                        count,
                        more,
                        more_length,
                        at
                    )
                )
            }
            _ => call!(self, C_GetFunctionStatus(session)),
        };
        if makes_object {
            Self::remember(&mut self.objects, handle);
        }
    }
}
