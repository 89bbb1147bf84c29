//! Names of aliases, as requests write them.

use std::sync::Arc;

use hsmd_gate::aws::KeyReference;
use hsmd_keys::{Alias, Change, Object, alias_name};

use super::key::AccountKey;
use super::{Error, objects};
use crate::Dependencies;

/// The name of an alias that may be made, changed or deleted: with `alias/`, and none of those that are AWS's own.
#[derive(Debug, Clone)]
pub struct AliasName {
    full: String,
}

impl AliasName {
    /// The name that a request gives.
    ///
    /// # Errors
    ///
    /// [`Error::Validation`] for text that is no name of an alias; [`Error::NotAuthorized`] for those under `alias/aws/`.
    pub fn new(text: &str) -> Result<Self, Error> {
        if !text.starts_with("alias/") {
            return Err(Error::Validation(
                r#"Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"#.to_owned(),
            ));
        }
        if text.starts_with("alias/aws/") {
            return Err(Error::NotAuthorized);
        }
        if alias_name(text).is_none() {
            return Err(Error::Validation(format!(
                "{text} contains invalid characters for an alias"
            )));
        }
        Ok(Self {
            full: text.to_owned(),
        })
    }

    /// With `alias/`.
    pub(super) fn full(&self) -> &str {
        &self.full
    }

    /// Without `alias/`.
    pub(super) fn bare(&self) -> &str {
        alias_name(&self.full).unwrap_or_default()
    }

    /// The key that it points to.
    pub(super) fn key(&self) -> KeyReference {
        KeyReference::parse(&self.full)
    }
}

/// Refuses an alias where a key's id or ARN is asked for.
pub(super) fn check_target(target: &KeyReference) -> Result<(), Error> {
    if target.alias().is_some() {
        return Err(Error::Validation(
            "Aliases must refer to keys. Not aliases".to_owned(),
        ));
    }
    Ok(())
}

/// The changes that give a key's objects the label of the first of these aliases.
pub(super) fn relabelling(
    key: &AccountKey<'_>,
    aliases: &[Arc<Alias>],
    with: &Dependencies,
) -> Vec<Change> {
    let mut shown = vec![Object::clone(key.object)];
    let public = key.kms.public_object;
    shown.extend(
        public
            .and_then(|id| with.repository.object(key.partition.id, id))
            .map(|object| Object::clone(&object)),
    );
    objects::relabelled(shown, aliases)
        .into_iter()
        .map(|object| Change::Replace(Box::new(object)))
        .collect()
}
