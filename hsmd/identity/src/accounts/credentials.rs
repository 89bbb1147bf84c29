//! What signs requests: long-term access keys and session credentials, and the callers that they prove.

use std::sync::Arc;

use secrecy::SecretString;

use super::entities::{AccessKey, User};
use super::{Accounts, Known, names};
use crate::aws::{AwsPrincipal, AwsService, PrincipalKind};
use crate::caller::{Caller, Principal};
use crate::sigv4::{SignatureRefused, SignedRequest, SigningKeys};
use hsmd_storage::Version;

/// A secret and whom it proves.
pub(super) struct Credential {
    pub(super) key: AccessKey,
    /// The id of its user, or the name of its service; empty of the root user's.
    pub(super) user_id: String,
    pub(super) secret: SecretString,
    pub(super) signing_keys: SigningKeys,
    pub(super) principal: Arc<Principal>,
    pub(super) version: Version,
}

impl Accounts {
    /// Whoever signed this request for one of these services.
    ///
    /// # Errors
    ///
    /// [`SignatureRefused`].
    pub fn authenticate(
        &self,
        request: &SignedRequest<'_>,
        services: &[AwsService],
    ) -> Result<Caller, SignatureRefused> {
        let now = self.clock.since_epoch();
        let (verification, said) = request.verification(services, now)?;
        let claim = &verification.claim;
        let (principal, key) = if let Some(token) = &claim.session_token {
            let session = self.session(&claim.access_key_id, token)?;
            let key = session.signing_keys.key(&session.secret, &claim.scope);
            if session.expires_at <= now.as_secs() {
                return Err(SignatureRefused::ExpiredCredentials);
            }
            (Arc::clone(&session.principal), key)
        } else {
            let known = self.known.read();
            let credential = known.credentials.get(&*claim.access_key_id);
            let credential = credential.filter(|credential| credential.key.is_active);
            let credential = Arc::clone(credential.ok_or(SignatureRefused::UnknownCredentials)?);
            drop(known);
            let key = credential
                .signing_keys
                .key(&credential.secret, &claim.scope);
            (Arc::clone(&credential.principal), key)
        };
        if !verification.holds(&key) {
            return Err(SignatureRefused::DoesNotMatch);
        }
        Ok(Caller::with_signed_request(principal, request.source, said))
    }
}

impl Known {
    /// Puts an access key, of the user with the id `user_id`, of the service of that name, or of the root user.
    pub(super) fn insert_access_key(
        &mut self,
        mut key: AccessKey,
        user_id: &str,
        secret: SecretString,
        version: Version,
    ) {
        let state = self.accounts.get(&key.account);
        let mut users = state.into_iter().flat_map(|state| state.users.values());
        let user = users.find(|kept| kept.value.entity.id == user_id);
        let principal = match user {
            Some(user) => user_principal(&user.value, key.id.clone()),
            None if user_id.is_empty() => AwsPrincipal {
                access_key_id: key.id.clone(),
                ..AwsPrincipal::root(key.account)
            },
            None if names::check_service(user_id).is_ok() => {
                key.service = Some(user_id.to_owned());
                AwsPrincipal {
                    access_key_id: key.id.clone(),
                    ..AwsPrincipal::service(key.account, user_id)
                }
            }
            // Its user is gone: the key proves nobody.
            None => return,
        };
        key.user = user.map(|user| user.value.entity.name.clone());
        let credential = Credential {
            user_id: user_id.to_owned(),
            secret,
            signing_keys: SigningKeys::default(),
            principal: Arc::new(Principal::of_aws(principal)),
            version,
            key,
        };
        self.credentials
            .insert(credential.key.id.clone(), Arc::new(credential));
    }

    /// Lets the credentials of a user that changed prove it as it is now.
    pub(super) fn refresh_credentials(&mut self, user: &User) {
        for credential in self.credentials.values_mut() {
            if credential.user_id != user.entity.id {
                continue;
            }
            let principal = user_principal(user, credential.key.id.clone());
            *credential = Arc::new(Credential {
                key: AccessKey {
                    user: Some(user.entity.name.clone()),
                    ..credential.key.clone()
                },
                user_id: credential.user_id.clone(),
                secret: credential.secret.clone(),
                signing_keys: SigningKeys::default(),
                principal: Arc::new(Principal::of_aws(principal)),
                version: credential.version,
            });
        }
    }
}

/// A user as a principal.
pub(super) fn user_principal(user: &User, access_key_id: String) -> AwsPrincipal {
    AwsPrincipal {
        arn: user.arn(),
        unique_id: user.entity.id.clone(),
        kind: PrincipalKind::User,
        name: user.entity.name.clone(),
        access_key_id,
        tags: user.entity.tags.clone(),
        ..AwsPrincipal::root(user.entity.account)
    }
}
