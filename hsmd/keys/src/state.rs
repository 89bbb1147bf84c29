//! The life of a key: its states, what can happen to it, and the one table of what follows.

use std::fmt;

/// Makes an enum whose variants have a stored number and a name.
macro_rules! stored_enum {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$variant_documentation])* $variant = $number,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name, as in the source.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)* }
            }

            /// The number that stored formats use; it never changes.
            #[must_use]
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The value with this stored number.
            #[must_use]
            pub const fn by_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.name())
            }
        }
    };
}
pub(crate) use stored_enum;

stored_enum! {
    /// Where a key stands in its life. Objects that are no keys are always enabled.
    KeyState {
        /// It can be used.
        Enabled = 1,
        /// It cannot be used until it is enabled again.
        Disabled = 2,
        /// It waits for material from outside.
        PendingImport = 3,
        /// It waits for its end and cannot be used.
        PendingDeletion = 4,
        /// Its material is gone for good.
        Destroyed = 5,
        /// It waits for the end of its replicas in other Regions, and then for its own; it cannot be used.
        PendingReplicaDeletion = 6,
        /// Its key store cannot be reached.
        Unavailable = 7,
        /// It is being copied from another Region.
        Creating = 8,
        /// Its primary Region is being changed. It can be used.
        Updating = 9,
    }
}

stored_enum! {
    /// What can happen to a key.
    KeyEvent {
        /// It may be used again.
        Enable = 1,
        /// It may not be used for now.
        Disable = 2,
        /// Material from outside arrived.
        ImportMaterial = 3,
        /// Material from outside was removed, or its time ran out.
        DeleteMaterial = 4,
        /// Its end was set for a later time.
        ScheduleDeletion = 5,
        /// Its end was called off.
        CancelDeletion = 6,
        /// The time before its end ran out.
        WaitingPeriodEnded = 7,
        /// It was destroyed at once, as `C_DestroyObject` does.
        Destroy = 8,
        /// Its end was set for a time after that of its replicas in other Regions.
        ScheduleDeletionAfterReplicas = 9,
        /// The last replica is gone.
        LastReplicaDeleted = 10,
    }
}

impl KeyState {
    /// The state that `event` leads to. `None` if it cannot happen in this state.
    #[must_use]
    pub const fn after(self, event: KeyEvent) -> Option<Self> {
        use KeyEvent::{
            CancelDeletion, DeleteMaterial, Destroy, Disable, Enable, ImportMaterial,
            LastReplicaDeleted, ScheduleDeletion, ScheduleDeletionAfterReplicas,
            WaitingPeriodEnded,
        };
        use KeyState::{
            Creating, Destroyed, Disabled, Enabled, PendingDeletion, PendingImport,
            PendingReplicaDeletion, Unavailable, Updating,
        };

        Some(match (self, event) {
            (Enabled | Disabled, Enable) | (PendingImport | Enabled, ImportMaterial) => Enabled,
            (Enabled | Disabled, Disable)
            | (Disabled, ImportMaterial)
            | (PendingDeletion | PendingReplicaDeletion, CancelDeletion) => Disabled,
            (Enabled | Disabled | PendingImport, DeleteMaterial) => PendingImport,
            (Enabled | Disabled | PendingImport | Unavailable | Creating, ScheduleDeletion)
            | (PendingDeletion, DeleteMaterial)
            | (PendingReplicaDeletion, LastReplicaDeleted) => PendingDeletion,
            (Enabled | Disabled | PendingImport, ScheduleDeletionAfterReplicas)
            | (PendingReplicaDeletion, DeleteMaterial) => PendingReplicaDeletion,
            (PendingDeletion, WaitingPeriodEnded)
            | (
                Enabled
                | Disabled
                | PendingImport
                | PendingDeletion
                | PendingReplicaDeletion
                | Unavailable
                | Creating
                | Updating,
                Destroy,
            ) => Destroyed,
            (PendingImport, Enable | Disable)
            | (
                Enabled | Disabled | PendingImport,
                CancelDeletion | WaitingPeriodEnded | LastReplicaDeleted,
            )
            | (
                PendingDeletion | PendingReplicaDeletion,
                Enable
                | Disable
                | ImportMaterial
                | ScheduleDeletion
                | ScheduleDeletionAfterReplicas,
            )
            | (PendingDeletion, LastReplicaDeleted)
            | (PendingReplicaDeletion, WaitingPeriodEnded)
            | (
                Unavailable | Creating,
                Enable
                | Disable
                | ImportMaterial
                | DeleteMaterial
                | CancelDeletion
                | WaitingPeriodEnded
                | ScheduleDeletionAfterReplicas
                | LastReplicaDeleted,
            )
            | (
                Updating,
                Enable
                | Disable
                | ImportMaterial
                | DeleteMaterial
                | CancelDeletion
                | ScheduleDeletion
                | WaitingPeriodEnded
                | ScheduleDeletionAfterReplicas
                | LastReplicaDeleted,
            )
            | (
                Destroyed,
                Enable
                | Disable
                | ImportMaterial
                | DeleteMaterial
                | ScheduleDeletion
                | CancelDeletion
                | WaitingPeriodEnded
                | Destroy
                | ScheduleDeletionAfterReplicas
                | LastReplicaDeleted,
            ) => return None,
        })
    }

    /// True if key material in this state can be used.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, Self::Enabled | Self::Updating)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_event() -> impl Strategy<Value = KeyEvent> {
        proptest::sample::select(KeyEvent::ALL)
    }

    proptest! {
        #[test]
        fn a_destroyed_key_never_comes_back(events in prop::collection::vec(any_event(), 0..50)) {
            let mut state = KeyState::Enabled;
            for event in events {
                let next = state.after(event);
                prop_assert!(state != KeyState::Destroyed || next.is_none());
                state = next.unwrap_or(state);
            }
        }
    }

    #[test]
    fn a_key_that_waits_for_its_end_is_used_again_only_after_cancelling_and_enabling() {
        let waiting = KeyState::Enabled.after(KeyEvent::ScheduleDeletion).unwrap();
        assert_eq!(waiting, KeyState::PendingDeletion);
        for event in KeyEvent::ALL {
            assert_ne!(waiting.after(*event), Some(KeyState::Enabled), "{event}");
        }
        let cancelled = waiting.after(KeyEvent::CancelDeletion).unwrap();
        assert_eq!(cancelled, KeyState::Disabled);
        assert_eq!(cancelled.after(KeyEvent::Enable), Some(KeyState::Enabled));
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for state in KeyState::ALL {
            assert_eq!(KeyState::by_number(state.number()), Some(*state));
        }
        assert_eq!(KeyState::by_number(0), None);
        assert_eq!(KeyState::by_number(10), None);
    }
}
