//! Where a record stands: cell, table and name, in one ordered key space.

use std::fmt;

/// The longest name of a record, in bytes.
pub const NAME_BYTES_MAX: usize = 128;

/// What a transaction may not cross: one partition, or the daemon's own records.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell(pub [u8; 16]);

impl Cell {
    /// The records that belong to no partition.
    pub const SYSTEM: Self = Self([0; 16]);
}

impl fmt::Debug for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// A kind of record. Numbers are stored: they are given out once, in [`Table`]'s constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub u8);

impl Table {
    /// Records that are read before the store can be opened, such as the wrapped root key.
    /// The [`Barrier`](crate::Barrier) does not seal them: they must protect themselves.
    pub const FOUNDATION: Self = Self(1);
    /// The daemon's own records.
    pub const SYSTEM: Self = Self(2);
    /// Partitions, one record in each partition's cell.
    pub const PARTITION: Self = Self(3);
    /// Objects.
    pub const OBJECT: Self = Self(4);
    /// PINs and their retry counters.
    pub const PIN: Self = Self(5);
    /// Certificate identities.
    pub const IDENTITY: Self = Self(6);
    /// What the gate keeps: policies, grants, quotas.
    pub const POLICY: Self = Self(7);
    /// Where the audit log stands.
    pub const AUDIT: Self = Self(8);
    /// Objects that are being removed, where that takes more than one transaction.
    pub const REMOVAL: Self = Self(9);
    /// AWS accounts.
    pub const ACCOUNT: Self = Self(16);
    /// Users, roles and managed policies of AWS accounts.
    pub const PRINCIPAL: Self = Self(17);
    /// Access keys of AWS accounts.
    pub const ACCESS_KEY: Self = Self(18);
    /// Aliases of keys. After objects and removals, so that keys are read before what points to them.
    pub const ALIAS: Self = Self(20);
    /// Grants on keys.
    pub const GRANT: Self = Self(21);
    /// When keys were used last.
    pub const LAST_USE: Self = Self(22);
}

/// The place of one record: `cell (16 bytes) ‖ table (1 byte) ‖ name (0 to 128 bytes)`.
///
/// Keys are stored in the clear, because engines order and compare them. So a name is an id or a word that the audit
/// log shows as well; labels, attributes and whatever else belongs to the users stand in the sealed value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<[u8]>);

impl Key {
    /// The key of the record called `name`.
    ///
    /// # Panics
    ///
    /// If `name` is longer than [`NAME_BYTES_MAX`]; callers use names of a fixed or checked length.
    #[must_use]
    pub fn new(cell: Cell, table: Table, name: &[u8]) -> Self {
        assert!(
            name.len() <= NAME_BYTES_MAX,
            "a record's name is at most {NAME_BYTES_MAX} bytes long"
        );
        let mut bytes = Vec::with_capacity(17 + name.len());
        bytes.extend_from_slice(&cell.0);
        bytes.push(table.0);
        bytes.extend_from_slice(name);
        Self(bytes.into_boxed_slice())
    }

    /// The key that these stored bytes are. `None` if they are too short or too long to be one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (17..=17 + NAME_BYTES_MAX)
            .contains(&bytes.len())
            .then(|| Self(bytes.into()))
    }

    /// The whole key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The cell.
    #[must_use]
    pub fn cell(&self) -> Cell {
        let mut cell = [0; 16];
        cell.copy_from_slice(&self.0[..16]);
        Cell(cell)
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> Table {
        Table(self.0[16])
    }

    /// The name within cell and table.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        &self.0[17..]
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}/{}/", self.cell(), self.table().0)?;
        self.name()
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}
