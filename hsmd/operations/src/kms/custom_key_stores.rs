//! The calls about custom key stores: there are none, and none can be made.

use hsmd_gate::{Needs, Permit, Row, actions, key_use};
use hsmd_identity::Caller;

use super::Error;
use crate::{Dependencies, Operation};

/// Makes the operations that differ in their action and in what they answer alone.
macro_rules! unsupported {
    ($($(#[$documentation:meta])* $name:ident, $action:ident, $error:expr;)+) => {
        $($(#[$documentation])*
        pub struct $name;

        impl Operation for $name {
            type Permits = Permit<key_use::Administer>;
            type Output = ();
            type Error = Error;

            fn action() -> &'static Row {
                actions::kms::$action.row()
            }

            fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
                Ok(Needs::aws_account(&actions::kms::$action))
            }

            async fn execute(
                self,
                _: &Self::Permits,
                _: &Caller,
                _: &Dependencies,
            ) -> Result<(), Error> {
                Err($error)
            }
        })+
    };
}

unsupported! {
    /// Makes a custom key store.
    CreateCustomKeyStore, CREATE_CUSTOM_KEY_STORE,
        Error::UnsupportedOperation("Custom key stores are not supported.".to_owned());
    /// Changes a custom key store, of which there is none.
    UpdateCustomKeyStore, UPDATE_CUSTOM_KEY_STORE, Error::CustomKeyStoreNotFound;
    /// Deletes a custom key store, of which there is none.
    DeleteCustomKeyStore, DELETE_CUSTOM_KEY_STORE, Error::CustomKeyStoreNotFound;
    /// Connects a custom key store, of which there is none.
    ConnectCustomKeyStore, CONNECT_CUSTOM_KEY_STORE, Error::CustomKeyStoreNotFound;
    /// Disconnects a custom key store, of which there is none.
    DisconnectCustomKeyStore, DISCONNECT_CUSTOM_KEY_STORE, Error::CustomKeyStoreNotFound;
}

/// Describes custom key stores: one of them, or all.
pub struct DescribeCustomKeyStores {
    /// Whether one is named, which is then not there.
    pub names_one: bool,
}

impl Operation for DescribeCustomKeyStores {
    type Permits = Permit<key_use::Search>;
    type Output = ();
    type Error = Error;

    fn action() -> &'static Row {
        actions::kms::DESCRIBE_CUSTOM_KEY_STORES.row()
    }

    fn needs(&self) -> Result<Needs<Self::Permits>, Error> {
        Ok(Needs::aws_account(
            &actions::kms::DESCRIBE_CUSTOM_KEY_STORES,
        ))
    }

    async fn execute(self, _: &Self::Permits, _: &Caller, _: &Dependencies) -> Result<(), Error> {
        if self.names_one {
            return Err(Error::CustomKeyStoreNotFound);
        }
        Ok(())
    }
}
