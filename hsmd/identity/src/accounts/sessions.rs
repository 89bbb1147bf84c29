//! Sessions: temporary credentials of roles and users. Nothing of them is stored: the session token is sealed by the
//! daemon and carries all that there is to know, so that there may be any number of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hsmd_keys::AccountId;
use hsmd_secret_memory::LockedBytes;
use parking_lot::Mutex;
use prost::Message;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::entities::{Role, Tag};
use super::error::AccountError;
use super::names::KeyCase;
use super::session_limits::{
    POLICY_BYTES_MAX, ROLE_SECONDS_DEFAULT, USER_SECONDS_MAX, check_policies, check_role_seconds,
    check_session_name, check_user_seconds,
};
use super::{Accounts, credentials, names};
use crate::aws::{AwsPrincipal, PrincipalKind};
use crate::caller::Principal;
use crate::sigv4::{SignatureRefused, SigningKeys};

/// How many opened sessions are kept.
const OPENED_MAX: usize = 4_096;

/// The format of session tokens.
const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;

/// What assuming a role takes.
#[derive(Debug, Clone, Default)]
pub struct AssumeRole {
    /// The session's name, which is in its ARN.
    pub session_name: String,
    /// How long, in seconds; an hour if nothing is said.
    pub seconds: Option<u32>,
    /// Policies that are a ceiling on what the session may do.
    pub policies: Vec<String>,
    /// The ARNs of managed policies of the role's account, which are such a ceiling together with these.
    pub policy_arns: Vec<String>,
    /// The session's tags.
    pub tags: Vec<Tag>,
    /// The keys of those that a role inherits which the session assumes.
    pub transitive_tag_keys: Vec<String>,
    /// What it inherits itself.
    pub inherited_tags: Vec<Tag>,
    /// Who the session is of.
    pub source_identity: Option<String>,
    /// Whether a session of a role asks.
    pub is_by_role: bool,
}

/// Temporary credentials. The secret is shown once and never again.
pub struct SessionCredentials {
    /// `ASIA…`.
    pub access_key_id: String,
    /// Signs.
    pub secret: SecretString,
    /// Goes with each request.
    pub session_token: SecretString,
    /// Seconds since 1970.
    pub expires_at: u64,
    /// Whom they prove.
    pub principal: AwsPrincipal,
    /// How much of what a session may carry its policies and tags take, in per cent; none without any.
    pub packed_percent: Option<usize>,
}

/// The key that seals tokens, and the sessions that were opened lately.
pub(super) struct Sessions {
    key: LockedBytes,
    opened: Mutex<Opened>,
}

/// Sessions by the digest of their token, and how often all were forgotten.
#[derive(Default)]
struct Opened {
    sessions: HashMap<[u8; 32], Arc<Session>>,
    era: u64,
}

/// One session.
pub(super) struct Session {
    pub(super) access_key_id: String,
    pub(super) secret: SecretString,
    pub(super) signing_keys: SigningKeys,
    pub(super) principal: Arc<Principal>,
    pub(super) expires_at: u64,
}

/// What a token seals. Its secret moves into a [`Session`] and is wiped with it.
#[derive(Clone, PartialEq, Message)]
struct Sealed {
    #[prost(string, tag = "1")]
    account: String,
    /// `AIDA…` or `AROA…`; empty of the root user's.
    #[prost(string, tag = "2")]
    entity_id: String,
    /// Of a role's session.
    #[prost(string, tag = "3")]
    session_name: String,
    #[prost(string, tag = "4")]
    access_key_id: String,
    #[prost(string, tag = "5")]
    secret: String,
    #[prost(uint64, tag = "6")]
    issued_at: u64,
    #[prost(uint64, tag = "7")]
    expires_at: u64,
    #[prost(string, repeated, tag = "8")]
    policies: Vec<String>,
    /// Keys and values in turn.
    #[prost(string, repeated, tag = "9")]
    tags: Vec<String>,
    #[prost(string, repeated, tag = "10")]
    policy_arns: Vec<String>,
    #[prost(string, repeated, tag = "11")]
    transitive_tag_keys: Vec<String>,
    #[prost(string, tag = "12")]
    source_identity: String,
}

impl Accounts {
    /// Begins a session of a role. Whether the caller may is for the gate to say.
    ///
    /// # Errors
    ///
    /// [`AccountError::NoSuchEntity`], [`AccountError::Invalid`], [`AccountError::MalformedPolicy`].
    pub fn assume_role(
        &self,
        account: AccountId,
        role: &str,
        asked: AssumeRole,
    ) -> Result<SessionCredentials, AccountError> {
        let role = self.role(account, role)?;
        check_session_name("roleSessionName", &asked.session_name)?;
        if let Some(identity) = &asked.source_identity {
            check_session_name("sourceIdentity", identity)?;
        }
        let seconds = asked.seconds.unwrap_or(ROLE_SECONDS_DEFAULT);
        check_role_seconds(seconds, &role, asked.is_by_role)?;
        check_policies(&asked.policies)?;
        for arn in &asked.policy_arns {
            self.attachable(account, arn)?;
        }
        let tags = names::with_tags(&asked.inherited_tags, &asked.tags, KeyCase::Ignored)?;
        let inherited = asked.inherited_tags.iter().map(|(key, _)| key.clone());
        let transitive_tag_keys = inherited.chain(asked.transitive_tag_keys).collect();
        self.issue(Sealed {
            account: account.to_string(),
            entity_id: role.entity.id.clone(),
            session_name: asked.session_name,
            policies: asked.policies,
            policy_arns: asked.policy_arns,
            transitive_tag_keys,
            source_identity: asked.source_identity.unwrap_or_default(),
            tags: tags
                .into_iter()
                .flat_map(|(key, value)| [key, value])
                .collect(),
            ..self.times(seconds)
        })
    }

    /// Begins a session of a user or of a root user.
    ///
    /// # Errors
    ///
    /// [`AccountError::Invalid`].
    pub fn session_of_user(
        &self,
        principal: &AwsPrincipal,
        seconds: Option<u32>,
    ) -> Result<SessionCredentials, AccountError> {
        let (default, maximum) = if principal.is_root() {
            (ROLE_SECONDS_DEFAULT, ROLE_SECONDS_DEFAULT)
        } else {
            (43_200, USER_SECONDS_MAX)
        };
        let seconds = seconds.unwrap_or(default);
        check_user_seconds(seconds)?;
        let entity_id = match principal.kind {
            PrincipalKind::User => principal.unique_id.clone(),
            PrincipalKind::Root => String::new(),
            // A session of theirs would be the root user's.
            PrincipalKind::AssumedRole { .. } | PrincipalKind::Service => {
                return Err(AccountError::Invalid {
                    member: "credentials",
                    rule: "Sessions are for users and root users.",
                });
            }
        };
        self.issue(Sealed {
            account: principal.account.to_string(),
            entity_id,
            ..self.times(seconds.min(maximum))
        })
    }

    /// The session that a token is of, if it is the one of this access key.
    pub(super) fn session(
        &self,
        access_key_id: &str,
        token: &str,
    ) -> Result<Arc<Session>, SignatureRefused> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let (opened, era) = self.sessions.opened(&digest);
        let session = if let Some(session) = opened {
            session
        } else {
            let sealed = self.sessions.open(token);
            let session = sealed.and_then(|sealed| self.session_of(sealed));
            let session = Arc::new(session.ok_or(SignatureRefused::UnknownCredentials)?);
            self.sessions.keep(digest, &session, era);
            session
        };
        (session.access_key_id == access_key_id)
            .then_some(session)
            .ok_or(SignatureRefused::UnknownCredentials)
    }

    fn times(&self, seconds: u32) -> Sealed {
        let now = self.now_seconds();
        Sealed {
            issued_at: now,
            expires_at: now + u64::from(seconds),
            ..Sealed::default()
        }
    }

    fn issue(&self, sealed: Sealed) -> Result<SessionCredentials, AccountError> {
        let mut bytes = Zeroizing::new([0; 30]);
        names::random(&mut *bytes)?;
        let sealed = Sealed {
            access_key_id: names::new_id("ASIA", 20)?,
            secret: STANDARD.encode(bytes.as_slice()),
            ..sealed
        };
        let token = self.sessions.seal(&sealed)?;
        let packed_percent = sealed.packed_percent();
        let (access_key_id, expires_at) = (sealed.access_key_id.clone(), sealed.expires_at);
        let session = self
            .session_of(sealed)
            .ok_or(AccountError::Store(crate::Error::IdentityNotFound))?;
        let principal = session.principal.aws.as_deref().cloned();
        Ok(SessionCredentials {
            access_key_id,
            secret: session.secret,
            session_token: SecretString::from(token),
            expires_at,
            principal: principal.ok_or(AccountError::Store(crate::Error::IdentityNotFound))?,
            packed_percent,
        })
    }

    /// A session with its principal as it is now; none if its user or role is gone.
    fn session_of(&self, mut sealed: Sealed) -> Option<Session> {
        let account: AccountId = sealed.account.parse().ok()?;
        let mut principal = {
            let known = self.known.read();
            let state = known.accounts.get(&account)?;
            if sealed.entity_id.starts_with("AROA") {
                let mut roles = state.roles.values().map(|kept| &kept.value);
                let role = roles.find(|role| role.entity.id == sealed.entity_id)?;
                role_principal(role, &sealed.session_name)
            } else if sealed.entity_id.is_empty() {
                AwsPrincipal::root(account)
            } else {
                let mut users = state.users.values().map(|kept| &kept.value);
                let user = users.find(|user| user.entity.id == sealed.entity_id)?;
                credentials::user_principal(user, String::new())
            }
        };
        principal.access_key_id.clone_from(&sealed.access_key_id);
        principal.issued_at = Some(Duration::from_secs(sealed.issued_at));
        if !sealed.source_identity.is_empty() {
            principal.source_identity = Some(std::mem::take(&mut sealed.source_identity));
        }
        let session_tags: Vec<Tag> = sealed
            .tags
            .chunks_exact(2)
            .map(|pair| (pair[0].clone(), pair[1].clone()))
            .collect();
        let is_transitive = |(key, _): &&Tag| {
            let mut keys = sealed.transitive_tag_keys.iter();
            keys.any(|one| KeyCase::Ignored.is_same(one, key))
        };
        principal.transitive_tags = session_tags.iter().filter(is_transitive).cloned().collect();
        // A managed policy that is gone takes the session with it: without its ceiling it could do more.
        self.give(
            &mut principal,
            &sealed.policies,
            &sealed.policy_arns,
            &session_tags,
        )
        .ok()?;
        Some(Session {
            access_key_id: std::mem::take(&mut sealed.access_key_id),
            secret: SecretString::from(std::mem::take(&mut sealed.secret)),
            signing_keys: SigningKeys::default(),
            principal: Arc::new(Principal::of_aws(principal)),
            expires_at: sealed.expires_at,
        })
    }
}

impl Sealed {
    /// How much of what a session may carry its policies and tags take, in per cent.
    fn packed_percent(&self) -> Option<usize> {
        let texts = self.policies.iter().chain(&self.policy_arns);
        let bytes: usize = texts.chain(&self.tags).map(String::len).sum();
        (bytes > 0).then(|| (bytes * 100).div_ceil(POLICY_BYTES_MAX).min(100))
    }
}

impl Sessions {
    pub(super) fn new(key: LockedBytes) -> Self {
        Self {
            key,
            opened: Mutex::default(),
        }
    }

    /// Lets every session be opened anew, because a user or role changed.
    pub(super) fn forget_all(&self) {
        let mut opened = self.opened.lock();
        opened.sessions.clear();
        opened.era += 1;
    }

    /// A session that was opened before, and the era in which that was asked.
    fn opened(&self, digest: &[u8; 32]) -> (Option<Arc<Session>>, u64) {
        let opened = self.opened.lock();
        (opened.sessions.get(digest).cloned(), opened.era)
    }

    /// Keeps a session that was opened in this era. If all were forgotten since, it may prove somebody who is gone, and is
    /// not kept.
    fn keep(&self, digest: [u8; 32], session: &Arc<Session>, era: u64) {
        let mut opened = self.opened.lock();
        if opened.era != era {
            return;
        }
        if opened.sessions.len() >= OPENED_MAX {
            opened.sessions.clear();
        }
        opened.sessions.insert(digest, Arc::clone(session));
    }

    /// `format ‖ nonce ‖ AES-256-GCM`, in base64. The nonce is random: a key seals far fewer than 2^32 tokens.
    fn seal(&self, sealed: &Sealed) -> Result<String, AccountError> {
        let mut nonce = [0; NONCE_BYTES];
        names::random(&mut nonce)?;
        let message = Zeroizing::new(sealed.encode_to_vec());
        let ciphertext = self
            .cipher()
            .encrypt(
                &nonce.into(),
                Payload {
                    msg: &message,
                    aad: &[FORMAT],
                },
            )
            .map_err(|_| {
                AccountError::Store(crate::Error::Resources {
                    task: "seal a session token",
                })
            })?;
        Ok(STANDARD.encode([&[FORMAT][..], &nonce, &ciphertext].concat()))
    }

    fn open(&self, token: &str) -> Option<Sealed> {
        let bytes = STANDARD.decode(token).ok()?;
        let (&FORMAT, rest) = bytes.split_first()? else {
            return None;
        };
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload {
            msg: ciphertext,
            aad: &[FORMAT],
        };
        let message = self.cipher().decrypt(&(*nonce).into(), payload).ok()?;
        Sealed::decode(Zeroizing::new(message).as_slice()).ok()
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new_from_slice(self.key.expose()).expect("the key is 32 bytes long")
    }
}

/// A session of a role as a principal.
pub(super) fn role_principal(role: &Role, session: &str) -> AwsPrincipal {
    let (account, name) = (role.entity.account, &role.entity.name);
    AwsPrincipal {
        arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
        unique_id: format!("{}:{session}", role.entity.id),
        kind: PrincipalKind::AssumedRole {
            role_arn: role.arn(),
            role_id: role.entity.id.clone(),
            session: session.to_owned(),
        },
        name: name.clone(),
        tags: role.entity.tags.clone(),
        ..AwsPrincipal::root(account)
    }
}

impl fmt::Debug for SessionCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_was_opened_before_a_change_is_not_kept_after_it() {
        let sessions = Sessions::new(LockedBytes::random(32).unwrap());
        let account = "111122223333".parse().unwrap();
        let session = Arc::new(Session {
            access_key_id: "ASIA".to_owned(),
            secret: String::new().into(),
            signing_keys: SigningKeys::default(),
            principal: Arc::new(Principal::of_aws(AwsPrincipal::root(account))),
            expires_at: 0,
        });
        let digest = [7; 32];
        let (_, era) = sessions.opened(&digest);
        sessions.forget_all();
        sessions.keep(digest, &session, era);
        assert!(sessions.opened(&digest).0.is_none());
        let (_, era) = sessions.opened(&digest);
        sessions.keep(digest, &session, era);
        assert!(sessions.opened(&digest).0.is_some());
    }
}
