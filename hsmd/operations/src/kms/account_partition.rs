//! The partition of an account in a Region: made when the account first asks for something there.

use std::sync::Arc;

use hsmd_identity::Caller;
use hsmd_keys::{Partition, PartitionId, Tenancy};
use secrecy::{ExposeSecret, SecretSlice};

use crate::tokens::{check_room, free_slot};
use crate::{Dependencies, Error};

/// The PINs of an account's token. Only development daemons give all tokens some; with others, an operator sets them
/// (`hsm account token`).
pub struct AccountPins {
    /// The security officer's.
    pub so_pin: SecretSlice<u8>,
    /// The user's.
    pub user_pin: SecretSlice<u8>,
}

/// The partition of the caller's account in the Region of its request, if there is one.
pub(super) fn partition(caller: &Caller, with: &Dependencies) -> Option<Arc<Partition>> {
    let region = &caller.aws_request()?.region;
    with.repository.tenant_of(&caller.aws()?.account, region)
}

/// Makes the partition of the caller's account in the Region of its request, if there is none yet.
///
/// # Errors
///
/// [`Error::LimitReached`]; the store's.
pub(crate) async fn ensure(caller: &Caller, with: &Dependencies) -> Result<(), Error> {
    let (Some(principal), Some(request)) = (caller.aws(), caller.aws_request()) else {
        return Ok(());
    };
    let tenancy = Tenancy {
        account: principal.account,
        region: request.region.clone(),
    };
    ensure_partition(&tenancy, with).await
}

/// Makes the partition of an account in a Region, if there is none yet.
///
/// # Errors
///
/// [`Error::LimitReached`]; the store's.
pub(crate) async fn ensure_partition(tenancy: &Tenancy, with: &Dependencies) -> Result<(), Error> {
    let is_there = || {
        let tenant = with.repository.tenant_of(&tenancy.account, &tenancy.region);
        tenant.is_some()
    };
    if is_there() || with.accounts.account(tenancy.account).is_none() {
        return Ok(());
    }
    check_room(with)?;
    match make(tenancy, with).await {
        // Another request was faster.
        Err(_) if is_there() => Ok(()),
        outcome => outcome,
    }
}

async fn make(tenancy: &Tenancy, with: &Dependencies) -> Result<(), Error> {
    let id = PartitionId::random()?;
    let name = format!("kms-{}-{}", tenancy.account, tenancy.region);
    let records = match &with.account_pins {
        None => Vec::new(),
        Some(AccountPins { so_pin, user_pin }) => {
            #[expect(
                clippy::disallowed_methods,
                reason = "the PINs go into another secret, and into their hashes"
            )]
            let copy = |pin: &SecretSlice<u8>| pin.expose_secret().to_vec().into();
            with.pins
                .initial_records(id, copy(so_pin), Some(copy(user_pin)))
                .await?
        }
    };
    let partition = Partition {
        id,
        slot: free_slot(with),
        label: label(&name),
        name,
        profile: with.default_profile,
        is_initialized: true,
        tenancy: Some(tenancy.clone()),
        keys: vec![with.vault.new_partition_key(id, 1)?],
        era: 0,
        created_at_unix_milliseconds: u64::try_from(with.clock.since_epoch().as_millis())
            .unwrap_or(u64::MAX),
        revision: 0,
    };
    with.repository.create_partition(partition, records).await?;
    Ok(())
}

/// The token's label: the partition's name, as much of it as fits.
fn label(name: &str) -> String {
    name.chars().take(crate::limits::LABEL_BYTES_MAX).collect()
}
