//! From what was asked of to permits: the middle of admitting, in its fixed order for each object.

use std::sync::Arc;

use hsm_algorithms::pkcs11;
use hsmd_identity::{Caller, LoginRole};
use hsmd_keys::{Lifetime, Object, ObjectId, Partition, Repository};

use crate::actions::Requirement;
use crate::aws::{KeyPolicyCheck, ResolvedKey, Subjects};
use crate::key_use::{Condition, Use};
use crate::needs::{Objects, PermitSet, Request, Visibility};
use crate::permit::{KeySubject, PartitionSubject, Permit};
use crate::refusal::Refusal;

/// One request, with its partition resolved and the caller's right to it proven.
pub(crate) struct Resolver<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Request,
    pub(crate) repository: &'a Repository,
    pub(crate) partition: Option<Arc<Partition>>,
    /// The policies of keys of accounts.
    pub(crate) key_policies: KeyPolicyCheck<'a>,
    /// What an AWS principal asks of, found and allowed.
    pub(crate) aws: Option<&'a Subjects>,
}

/// What a permit can be about.
pub(crate) trait Subject: Sized {
    /// The subject of a use `U`: the object at `position` of those asked of, or the partition.
    fn resolve<U: Use>(
        resolver: &Resolver<'_>,
        position: usize,
    ) -> Result<(Self, Arc<Partition>), Refusal>;
}

impl Subject for KeySubject {
    fn resolve<U: Use>(
        resolver: &Resolver<'_>,
        position: usize,
    ) -> Result<(Self, Arc<Partition>), Refusal> {
        if let Some(subjects) = resolver.aws {
            let key = subjects.keys.get(position);
            let key = key.ok_or(Refusal::ObjectNotFound)?;
            let subject = Self {
                object: Arc::clone(&key.object),
                version: key.version,
            };
            return Ok((subject, Arc::clone(&key.partition)));
        }
        let object = resolver.object(position)?;
        if !resolver.request.action.states.contains(&object.state) {
            return Err(Refusal::KeyState);
        }
        resolver.check_condition(&object, U::CONDITION)?;
        resolver.check_login(is_private(&object))?;
        if let Condition::KeyUse(attribute) = U::CONDITION {
            resolver.check_key_policy(&object, attribute)?;
            resolver.check_pin_for_this_use(&object)?;
        }
        let version = object.current_version_index();
        Ok((Self { object, version }, resolver.partition()?))
    }
}

impl Subject for PartitionSubject {
    fn resolve<U: Use>(
        resolver: &Resolver<'_>,
        _position: usize,
    ) -> Result<(Self, Arc<Partition>), Refusal> {
        if let Some(subjects) = resolver.aws {
            let account = subjects.account.as_ref();
            let account = account.ok_or(Refusal::PartitionNotFound)?;
            return Ok((Self(()), Arc::clone(account)));
        }
        resolver.check_login(resolver.request.visibility == Visibility::Private)?;
        Ok((Self(()), resolver.partition()?))
    }
}

impl Resolver<'_> {
    fn permit<U: Use>(&self, position: usize) -> Result<Permit<U>, Refusal> {
        let (subject, partition) = U::Subject::resolve::<U>(self, position)?;
        Ok(Permit::new(subject, partition))
    }

    fn partition(&self) -> Result<Arc<Partition>, Refusal> {
        self.partition.clone().ok_or(Refusal::PartitionNotFound)
    }

    fn object_id(&self, position: usize) -> Option<ObjectId> {
        match (&self.request.objects, position) {
            (Objects::One(only), 0) => Some(*only),
            (Objects::Two(first, _), 0) => Some(*first),
            (Objects::Two(_, second), 1) => Some(*second),
            (Objects::Many(many), _) => many.get(position).copied(),
            (Objects::None | Objects::One(_) | Objects::Two(..), _) => None,
        }
    }

    /// The object, if it is there for this caller: session objects of other applications are not.
    fn object(&self, position: usize) -> Result<Arc<Object>, Refusal> {
        let partition = self.partition.as_ref().ok_or(Refusal::PartitionNotFound)?;
        let id = self.object_id(position).ok_or(Refusal::ObjectNotFound)?;
        let object = self
            .repository
            .object_at(partition.id, id, self.key_policies.now)
            .ok_or(Refusal::ObjectNotFound)?;
        match object.lifetime {
            Lifetime::Token => Ok(object),
            Lifetime::Session(owner) if Some(owner) == self.caller.application_id() => Ok(object),
            Lifetime::Session(_) => Err(Refusal::ObjectNotFound),
        }
    }

    fn check_condition(&self, object: &Object, condition: Condition) -> Result<(), Refusal> {
        let attributes = &object.attributes;
        let (holds, refusal) = match condition {
            Condition::None | Condition::Creation => (true, Refusal::ActionProhibited),
            Condition::KeyUse(flag) => (
                attributes.is_set(flag) && self.allows_algorithm(object),
                Refusal::KeyUseNotPermitted,
            ),
            Condition::Permission(flag) => (
                attributes.flag(flag) != Some(false),
                Refusal::ActionProhibited,
            ),
            Condition::Destruction => (
                object.lifetime != Lifetime::Token
                    || attributes.flag(pkcs11::CKA_DESTROYABLE) != Some(false),
                Refusal::ActionProhibited,
            ),
            Condition::LeavesWrapped if !attributes.is_set(pkcs11::CKA_EXTRACTABLE) => {
                (false, Refusal::KeyNotExtractable)
            }
            Condition::LeavesWrapped => {
                (self.is_wrapped_as_it_asks(object), Refusal::KeyNotWrappable)
            }
            Condition::LeavesClear => (
                attributes.is_set(pkcs11::CKA_EXTRACTABLE)
                    && attributes.flag(pkcs11::CKA_SENSITIVE) == Some(false),
                Refusal::KeyNotExtractable,
            ),
        };
        if holds { Ok(()) } else { Err(refusal) }
    }

    fn allows_algorithm(&self, object: &Object) -> bool {
        // An empty list says nothing, as a missing one; applications write it for `all`.
        let allowed = match object.attributes.numbers(pkcs11::CKA_ALLOWED_MECHANISMS) {
            None | Some([]) => return true,
            Some(allowed) => allowed,
        };
        // An algorithm without a mechanism, or a use without an algorithm, is in no list of mechanisms.
        let mechanism = self
            .request
            .algorithm
            .and_then(|algorithm| algorithm.row().pkcs11);
        mechanism.is_some_and(|mechanism| allowed.contains(&mechanism))
    }

    /// `CKA_WRAP_WITH_TRUSTED` asks for a wrapping key that a security officer trusts; it is the first object.
    fn is_wrapped_as_it_asks(&self, object: &Object) -> bool {
        !object.attributes.is_set(pkcs11::CKA_WRAP_WITH_TRUSTED)
            || self
                .object(0)
                .is_ok_and(|wrapping| wrapping.attributes.is_set(pkcs11::CKA_TRUSTED))
    }

    fn check_login(&self, is_private: bool) -> Result<(), Refusal> {
        let login = self
            .partition
            .as_ref()
            .and_then(|partition| self.caller.login(partition.id));
        let is_enough = match self.request.action.requires {
            Requirement::Identity
            | Requirement::Operator
            | Requirement::TokenMaker
            | Requirement::Policy => true,
            Requirement::Partition => !is_private,
            Requirement::SecurityOfficer => login == Some(LoginRole::SecurityOfficer),
            Requirement::User => login == Some(LoginRole::User),
            Requirement::Login => {
                login == Some(LoginRole::User) || (login.is_some() && !is_private)
            }
            Requirement::UserIfPrivate => !is_private || login == Some(LoginRole::User),
        };
        if is_enough {
            Ok(())
        } else {
            Err(Refusal::NotLoggedIn)
        }
    }

    /// A key of an account is used under its own policy, whatever door the request comes through.
    fn check_key_policy(&self, object: &Arc<Object>, attribute: u64) -> Result<(), Refusal> {
        if object.kms.is_none() {
            return Ok(());
        }
        let key = ResolvedKey {
            partition: self.partition()?,
            object: Arc::clone(object),
            version: None,
        };
        Ok(self.key_policies.check(self.caller, &key, attribute)?)
    }

    fn check_pin_for_this_use(&self, object: &Object) -> Result<(), Refusal> {
        if !object.attributes.is_set(pkcs11::CKA_ALWAYS_AUTHENTICATE)
            || self
                .caller
                .take_login_for_object(object.partition, object.id)
        {
            Ok(())
        } else {
            Err(Refusal::NotLoggedIn)
        }
    }
}

/// An object that does not say whether it is private, is.
fn is_private(object: &Object) -> bool {
    object.attributes.flag(pkcs11::CKA_PRIVATE) != Some(false)
}

#[expect(private_interfaces, reason = "only the gate can call it")]
mod sets {
    use super::{Objects, Permit, PermitSet, Refusal, Resolver, Use};

    impl PermitSet for () {
        fn resolve(_resolver: &Resolver<'_>) -> Result<Self, Refusal> {
            Ok(())
        }
    }

    impl<U: Use> PermitSet for Permit<U> {
        fn resolve(resolver: &Resolver<'_>) -> Result<Self, Refusal> {
            resolver.permit(0)
        }
    }

    impl<U: Use, V: Use> PermitSet for (Permit<U>, Permit<V>) {
        fn resolve(resolver: &Resolver<'_>) -> Result<Self, Refusal> {
            Ok((resolver.permit(0)?, resolver.permit(1)?))
        }
    }

    impl<U: Use, V: Use> PermitSet for (Permit<U>, Option<Permit<V>>) {
        fn resolve(resolver: &Resolver<'_>) -> Result<Self, Refusal> {
            Ok((resolver.permit(0)?, resolver.permit(0).ok()))
        }
    }

    impl<U: Use, V: Use, W: Use> PermitSet for (Permit<U>, Option<Permit<V>>, Permit<W>) {
        fn resolve(resolver: &Resolver<'_>) -> Result<Self, Refusal> {
            let has_other = matches!(resolver.request.objects, Objects::Two(..));
            let other = has_other.then(|| resolver.permit(1)).transpose()?;
            Ok((resolver.permit(0)?, other, resolver.permit(0)?))
        }
    }

    impl<U: Use> PermitSet for Vec<Permit<U>> {
        fn resolve(resolver: &Resolver<'_>) -> Result<Self, Refusal> {
            let Objects::Many(objects) = &resolver.request.objects else {
                return Err(Refusal::ObjectNotFound);
            };
            (0..objects.len())
                .map(|position| resolver.permit(position))
                .collect()
        }
    }
}
