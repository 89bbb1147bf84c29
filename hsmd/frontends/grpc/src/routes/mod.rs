//! From each request of the contract to its operation, and from the operation's output to the reply. One route a request.

mod accounts;
mod administration;
mod keys;
mod objects;
mod policies;
mod tokens;
mod wire;

use hsm_proto::request::Operation as Asked;
use hsm_proto::{Call, Reply};
use hsmd_identity::Caller;
use hsmd_operations::{Error, OpenDaemon, Operation};

/// A request that is answered by performing one operation.
trait Route: Call {
    /// The operation.
    type Operation: Operation<Error = Error>;

    /// The operation that the request asks for.
    fn operation(self) -> Result<Self::Operation, Error>;

    /// The reply that tells what it gave.
    fn reply(output: <Self::Operation as Operation>::Output) -> Self::Reply;
}

/// Performs the one operation of a request.
async fn perform<R: Route>(
    daemon: &OpenDaemon,
    caller: &Caller,
    request: R,
) -> Result<Reply, Error> {
    let operation = request.operation();
    let operation =
        operation.inspect_err(|error| daemon.service.refuse::<R::Operation>(caller, error))?;
    let output = daemon.service.perform(caller, operation).await?;
    Ok(R::reply(output).into())
}

/// Answers a request of a known caller.
///
/// # Errors
///
/// Those of the operation; [`Error::MalformedRequest`] for what is answered without a caller.
pub(crate) async fn route(
    daemon: &OpenDaemon,
    caller: &Caller,
    asked: Asked,
) -> Result<Reply, Error> {
    match asked {
        Asked::Sign(request) => perform(daemon, caller, request).await,
        Asked::Encrypt(request) => perform(daemon, caller, request).await,
        Asked::Decrypt(request) => perform(daemon, caller, request).await,
        Asked::SignRecover(request) => perform(daemon, caller, request).await,
        Asked::VerifyMac(request) => perform(daemon, caller, request).await,
        Asked::FindObjects(request) => perform(daemon, caller, request).await,
        Asked::ReadAttributes(request) => perform(daemon, caller, request).await,
        Asked::GenerateRandom(request) => perform(daemon, caller, request).await,
        Asked::WrapKey(request) => perform(daemon, caller, request).await,
        Asked::UnwrapKey(request) => perform(daemon, caller, request).await,
        Asked::DeriveKey(request) => perform(daemon, caller, request).await,
        Asked::EncapsulateKey(request) => perform(daemon, caller, request).await,
        Asked::DecapsulateKey(request) => perform(daemon, caller, request).await,
        Asked::GenerateKey(request) => perform(daemon, caller, request).await,
        Asked::GenerateKeyPair(request) => perform(daemon, caller, request).await,
        Asked::CreateObject(request) => perform(daemon, caller, request).await,
        Asked::CopyObject(request) => perform(daemon, caller, request).await,
        Asked::DestroyObjects(request) => perform(daemon, caller, request).await,
        Asked::WriteAttributes(request) => perform(daemon, caller, request).await,
        Asked::Login(request) => tokens::login(daemon, caller, request).await,
        Asked::Logout(request) => perform(daemon, caller, request).await,
        Asked::InitPin(request) => perform(daemon, caller, request).await,
        Asked::SetPin(request) => perform(daemon, caller, request).await,
        Asked::ListTokens(request) => perform(daemon, caller, request).await,
        Asked::InitToken(request) => tokens::init_token(daemon, caller, request).await,
        Asked::CreatePartition(request) => perform(daemon, caller, request).await,
        Asked::DestroyPartition(request) => perform(daemon, caller, request).await,
        Asked::Seal(request) => perform(daemon, caller, request).await,
        Asked::RotateBarrier(request) => perform(daemon, caller, request).await,
        Asked::IssueIdentity(request) => perform(daemon, caller, request).await,
        Asked::TrustIdentity(request) => perform(daemon, caller, request).await,
        Asked::ListIdentities(request) => perform(daemon, caller, request).await,
        Asked::RemoveIdentity(request) => perform(daemon, caller, request).await,
        Asked::CreateAccount(request) => perform(daemon, caller, request).await,
        Asked::ListAccounts(request) => perform(daemon, caller, request).await,
        Asked::DeleteAccount(request) => perform(daemon, caller, request).await,
        Asked::OpenAccountToken(request) => perform(daemon, caller, request).await,
        Asked::CreateAccessKey(request) => perform(daemon, caller, request).await,
        Asked::ListAccessKeys(request) => perform(daemon, caller, request).await,
        Asked::UpdateAccessKey(request) => perform(daemon, caller, request).await,
        Asked::DeleteAccessKey(request) => perform(daemon, caller, request).await,
        Asked::ExplainPolicy(request) => perform(daemon, caller, request).await,
        Asked::ReadAudit(request) => perform(daemon, caller, request).await,
        Asked::Hello(_)
        | Asked::Status(_)
        | Asked::Initialize(_)
        | Asked::Unseal(_)
        | Asked::StartJob(_)
        | Asked::FinishJob(_) => Err(Error::Internal {
            task: "route a request that the door answers",
        }),
    }
}

pub(crate) use administration::{initialization, initialized, status, unseal_key, unseal_reply};
