//! A foreign C program that calls a PKCS#11 module: rightly in benchmarks, wrongly in the suite `bad_input`.
//!
//! The one place of the tests with `unsafe`, since calling C is. Functions whose name ends in `_raw` pass on whatever
//! pointers and lengths they are given; what such a call does is the module's to answer for, and what is tested.

mod by_shape;
mod computing;
mod forks;
pub mod fuzzing;
mod message;
mod newer;
mod objects;
mod several_keys;
mod template;
mod wrong;

use std::{ffi::c_void, path::Path, ptr};

use cryptoki_sys as c;
pub use cryptoki_sys;
pub use forks::{exit_normally, in_child};
use libloading::Library;

pub use by_shape::Given;
pub use message::GcmMessage;
pub use several_keys::{KeyBlock, KeyBlockOut, UNTOUCHED};
use template::length;
pub use template::{Mechanism, Template, Word};

/// A return value of the standard other than `CKR_OK`.
pub type Failure = c::CK_RV;

/// A loaded module.
pub struct CModule {
    functions: *const c::CK_FUNCTION_LIST,
    library: Library,
}

// SAFETY: the function list is constant, and a module must allow calls from several threads once it was initialised
// with CKF_OS_LOCKING_OK, which `initialize` does.
unsafe impl Send for CModule {}
// SAFETY: as for Send.
unsafe impl Sync for CModule {}

/// Calls one function of the list.
macro_rules! call {
    ($module:expr, $function:ident ( $($argument:expr),* $(,)? )) => {{
        // SAFETY: the list is the module's own and lives as long as the library, which `CModule` keeps loaded. The
        // arguments are what the standard asks for; in `_raw` functions the module must survive any.
        unsafe { (*$module.functions).$function.expect("a function of 2.40")($($argument),*) }
    }};
}

pub(crate) use call;

fn checked(value: c::CK_RV) -> Result<(), Failure> {
    if value == c::CKR_OK {
        Ok(())
    } else {
        Err(value)
    }
}

impl CModule {
    /// Loads the module from `path`.
    ///
    /// # Panics
    ///
    /// When it cannot be loaded or gives no function list.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        // SAFETY: loading runs the library's initialisers; it is the module under test or the peer beside it.
        let library = unsafe { Library::new(path) }
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut functions = ptr::null_mut();
        // SAFETY: the standard gives this symbol this type.
        let get = unsafe {
            library.get::<unsafe extern "C" fn(*mut *mut c::CK_FUNCTION_LIST) -> c::CK_RV>(
                b"C_GetFunctionList\0",
            )
        };
        // SAFETY: the pointer is to a variable of ours.
        let value = unsafe { get.expect("C_GetFunctionList is exported")(&raw mut functions) };
        assert_eq!(value, c::CKR_OK, "C_GetFunctionList");
        Self { functions, library }
    }

    /// Whether the library exports a symbol of this name.
    #[must_use]
    pub fn exports(&self, name: &str) -> bool {
        // SAFETY: the symbol is looked up and not used.
        unsafe { self.library.get::<*const c_void>(name.as_bytes()) }.is_ok()
    }

    /// The versions of the interfaces named `PKCS 11` that `C_GetInterfaceList` offers.
    ///
    /// # Panics
    ///
    /// When the function is missing or fails.
    #[must_use]
    pub fn interface_versions(&self) -> Vec<(u8, u8)> {
        // SAFETY: the standard gives this symbol this type.
        let get = unsafe {
            self.library
                .get::<unsafe extern "C" fn(*mut c::CK_INTERFACE, *mut c::CK_ULONG) -> c::CK_RV>(
                    b"C_GetInterfaceList\0",
                )
        };
        let get = get.expect("C_GetInterfaceList is exported");
        let empty = c::CK_INTERFACE {
            pInterfaceName: ptr::null_mut(),
            pFunctionList: ptr::null_mut(),
            flags: 0,
        };
        let mut interfaces = [empty; 16];
        let mut count = 16;
        // SAFETY: there is room for as many interfaces as are said.
        let value = unsafe { get(interfaces.as_mut_ptr(), &raw mut count) };
        assert_eq!(value, c::CKR_OK, "C_GetInterfaceList");
        let given = usize::try_from(count).expect("a count");
        // SAFETY: every function list begins with its version.
        let version = |list: *mut c_void| unsafe { *list.cast::<c::CK_VERSION>() };
        let versions = interfaces[..given]
            .iter()
            .map(|interface| version(interface.pFunctionList));
        versions
            .map(|version| (version.major, version.minor))
            .collect()
    }

    /// `C_Initialize` for several threads.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn initialize(&self) -> Result<(), Failure> {
        let mut arguments = c::CK_C_INITIALIZE_ARGS {
            CreateMutex: None,
            DestroyMutex: None,
            LockMutex: None,
            UnlockMutex: None,
            flags: c::CKF_OS_LOCKING_OK,
            pReserved: ptr::null_mut(),
        };
        checked(call!(self, C_Initialize((&raw mut arguments).cast())))
    }

    /// `C_Finalize`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn finalize(&self) -> Result<(), Failure> {
        checked(call!(self, C_Finalize(ptr::null_mut())))
    }

    /// `C_GetSlotList` of the slots with a token.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn slots(&self) -> Result<Vec<c::CK_SLOT_ID>, Failure> {
        let mut count = 0;
        checked(call!(
            self,
            C_GetSlotList(c::CK_TRUE, ptr::null_mut(), &raw mut count)
        ))?;
        let mut slots = vec![0; usize::try_from(count).expect("a count")];
        checked(call!(
            self,
            C_GetSlotList(c::CK_TRUE, slots.as_mut_ptr(), &raw mut count)
        ))?;
        slots.truncate(usize::try_from(count).expect("a count"));
        Ok(slots)
    }

    /// `C_GetTokenInfo`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn token_info(&self, slot: c::CK_SLOT_ID) -> Result<c::CK_TOKEN_INFO, Failure> {
        let mut info = c::CK_TOKEN_INFO::default();
        checked(call!(self, C_GetTokenInfo(slot, &raw mut info)))?;
        Ok(info)
    }

    /// The slot whose token has this label.
    ///
    /// # Errors
    ///
    /// The module's return value; `CKR_SLOT_ID_INVALID` when there is none.
    pub fn slot_of(&self, label: &str) -> Result<c::CK_SLOT_ID, Failure> {
        for slot in self.slots()? {
            if String::from_utf8_lossy(&self.token_info(slot)?.label).trim_end() == label {
                return Ok(slot);
            }
        }
        Err(c::CKR_SLOT_ID_INVALID)
    }

    /// `C_InitToken`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn init_token(
        &self,
        slot: c::CK_SLOT_ID,
        so_pin: &str,
        label: &str,
    ) -> Result<(), Failure> {
        let mut padded = [b' '; 32];
        padded[..label.len()].copy_from_slice(label.as_bytes());
        let pin = so_pin.as_bytes();
        checked(call!(
            self,
            C_InitToken(
                slot,
                pin.as_ptr().cast_mut(),
                length(pin),
                padded.as_mut_ptr()
            )
        ))
    }

    /// `C_InitPIN`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn init_pin(&self, session: c::CK_SESSION_HANDLE, pin: &str) -> Result<(), Failure> {
        checked(call!(
            self,
            C_InitPIN(session, pin.as_ptr().cast_mut(), length(pin.as_bytes()))
        ))
    }

    /// `C_OpenSession` for reading and writing.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn open_session(&self, slot: c::CK_SLOT_ID) -> Result<c::CK_SESSION_HANDLE, Failure> {
        let mut session = 0;
        let flags = c::CKF_SERIAL_SESSION | c::CKF_RW_SESSION;
        checked(call!(
            self,
            C_OpenSession(slot, flags, ptr::null_mut(), None, &raw mut session)
        ))?;
        Ok(session)
    }

    /// `C_CloseSession`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn close_session(&self, session: c::CK_SESSION_HANDLE) -> Result<(), Failure> {
        checked(call!(self, C_CloseSession(session)))
    }

    /// `C_Login`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn login(
        &self,
        session: c::CK_SESSION_HANDLE,
        user: c::CK_USER_TYPE,
        pin: &str,
    ) -> Result<(), Failure> {
        checked(call!(
            self,
            C_Login(
                session,
                user,
                pin.as_ptr().cast_mut(),
                length(pin.as_bytes())
            )
        ))
    }

    /// `C_Logout`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn logout(&self, session: c::CK_SESSION_HANDLE) -> Result<(), Failure> {
        checked(call!(self, C_Logout(session)))
    }

    /// Initialises the module and opens a session of the user on the token with this label.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn log_in(&self, label: &str, pin: &str) -> Result<c::CK_SESSION_HANDLE, Failure> {
        match self.initialize() {
            Err(c::CKR_CRYPTOKI_ALREADY_INITIALIZED) => {}
            other => other?,
        }
        let session = self.open_session(self.slot_of(label)?)?;
        match self.login(session, c::CKU_USER, pin) {
            Err(c::CKR_USER_ALREADY_LOGGED_IN) => {}
            other => other?,
        }
        Ok(session)
    }

    /// Searches for at most `max` objects.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn find(
        &self,
        session: c::CK_SESSION_HANDLE,
        template: &Template,
        max: usize,
    ) -> Result<Vec<c::CK_OBJECT_HANDLE>, Failure> {
        let mut attributes = template.attributes();
        checked(call!(
            self,
            C_FindObjectsInit(session, attributes.as_mut_ptr(), template.len())
        ))?;
        let mut found = vec![0; max];
        let mut count = 0;
        let room = c::CK_ULONG::try_from(max).expect("a count");
        let searched = checked(call!(
            self,
            C_FindObjects(session, found.as_mut_ptr(), room, &raw mut count)
        ));
        let finished = checked(call!(self, C_FindObjectsFinal(session)));
        searched.and(finished)?;
        found.truncate(usize::try_from(count).expect("a count"));
        Ok(found)
    }

    /// `C_CreateObject`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn create_object(
        &self,
        session: c::CK_SESSION_HANDLE,
        template: &Template,
    ) -> Result<c::CK_OBJECT_HANDLE, Failure> {
        let mut attributes = template.attributes();
        let mut object = 0;
        checked(call!(
            self,
            C_CreateObject(
                session,
                attributes.as_mut_ptr(),
                template.len(),
                &raw mut object
            )
        ))?;
        Ok(object)
    }

    /// `C_DestroyObject`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn destroy_object(
        &self,
        session: c::CK_SESSION_HANDLE,
        object: c::CK_OBJECT_HANDLE,
    ) -> Result<(), Failure> {
        checked(call!(self, C_DestroyObject(session, object)))
    }

    /// `C_GenerateKey`.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn generate_key(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: c::CK_MECHANISM_TYPE,
        template: &Template,
    ) -> Result<c::CK_OBJECT_HANDLE, Failure> {
        let mut mechanism = Mechanism::plain(mechanism);
        let mut attributes = template.attributes();
        let (list, count) = (attributes.as_mut_ptr(), template.len());
        let mut key = 0;
        checked(call!(
            self,
            C_GenerateKey(session, mechanism.pointer(), list, count, &raw mut key)
        ))?;
        Ok(key)
    }

    /// `C_GenerateKeyPair`: the public and the private key.
    ///
    /// # Errors
    ///
    /// The module's return value.
    pub fn generate_key_pair(
        &self,
        session: c::CK_SESSION_HANDLE,
        mechanism: c::CK_MECHANISM_TYPE,
        public: &Template,
        private: &Template,
    ) -> Result<(c::CK_OBJECT_HANDLE, c::CK_OBJECT_HANDLE), Failure> {
        let mut mechanism = Mechanism::plain(mechanism);
        let (mut of_public, mut of_private) = (public.attributes(), private.attributes());
        let (mut public_key, mut private_key) = (0, 0);
        let value = call!(
            self,
            C_GenerateKeyPair(
                session,
                mechanism.pointer(),
                of_public.as_mut_ptr(),
                public.len(),
                of_private.as_mut_ptr(),
                private.len(),
                &raw mut public_key,
                &raw mut private_key,
            )
        );
        checked(value)?;
        Ok((public_key, private_key))
    }
}
