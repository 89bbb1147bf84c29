//! The token of an account: who logs in to it uses the account's keys through PKCS#11.

use hsmd_gate::{Detail, Needs, Row, actions};
use hsmd_identity::{Caller, PinHolder};
use hsmd_keys::{AccountId, RegionName, Tenancy};
use secrecy::SecretSlice;

use crate::kms::AccountPins;
use crate::{Dependencies, Error, Operation, Token, kms};

/// Sets the PINs of the token that shows an account's keys in one Region. The token is made if the account has not asked
/// for anything there yet; whoever is logged in must log in again.
pub struct OpenAccountToken {
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub region: RegionName,
    /// The new PINs.
    pub pins: AccountPins,
}

impl Operation for OpenAccountToken {
    type Permits = ();
    type Output = Token;
    type Error = Error;

    fn action() -> &'static Row {
        actions::OPEN_ACCOUNT_TOKEN.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::OPEN_ACCOUNT_TOKEN)
            .with_detail("account", Detail::Text(self.account.to_string()))
            .with_detail("region", Detail::Text(self.region.to_string())))
    }

    async fn execute(self, (): &(), _: &Caller, with: &Dependencies) -> Result<Token, Error> {
        if with.accounts.account(self.account).is_none() {
            return Err(Error::AccountNotFound);
        }
        let tenancy = Tenancy {
            account: self.account,
            region: self.region,
        };
        kms::ensure_partition(&tenancy, with).await?;
        let partition = with
            .repository
            .tenant_of(&tenancy.account, &tenancy.region)
            .ok_or(Error::PartitionNotFound)?;
        let AccountPins { so_pin, user_pin } = self.pins;
        set(PinHolder::SecurityOfficer, so_pin, &partition, with).await?;
        set(PinHolder::User, user_pin, &partition, with).await?;
        with.pins.end_logins(partition.id);
        Token::of(&partition, with).await
    }

    fn made(token: &Token) -> Option<[u8; 16]> {
        token.partition.map(|partition| *partition.as_bytes())
    }
}

async fn set(
    holder: PinHolder,
    pin: SecretSlice<u8>,
    partition: &hsmd_keys::Partition,
    with: &Dependencies,
) -> Result<(), Error> {
    Ok(with.pins.init_pin(partition.id, &holder, pin).await?)
}
