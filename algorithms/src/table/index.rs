//! Where an algorithm is found by a number.

use super::Algorithm;

/// Algorithms in the order of a number: by mechanism and by a hash of their names. Every use of a key looks one up. Sorted by the
/// compiler, so that there is nothing to make first, in whatever thread or process.
pub(super) type Index = [(u64, Algorithm); Algorithm::ALL.len()];

/// By mechanism.
pub(super) static BY_MECHANISM: Index = index(false);
/// By [`hash`] of the name.
pub(super) static BY_NAME: Index = index(true);

const fn index(is_by_name: bool) -> Index {
    let mut index = [(u64::MAX, Algorithm::ALL[0]); Algorithm::ALL.len()];
    let mut filled = 0;
    while filled < index.len() {
        let algorithm = Algorithm::ALL[filled];
        let number = match algorithm.row().pkcs11 {
            _ if is_by_name => hash(algorithm.name()),
            Some(mechanism) => mechanism,
            None => u64::MAX,
        };
        // What has the same number stays in the order of the table.
        let mut place = filled;
        while place > 0 && index[place - 1].0 > number {
            index[place] = index[place - 1];
            place -= 1;
        }
        index[place] = (number, algorithm);
        filled += 1;
    }
    index
}

/// FNV-1a.
pub(super) const fn hash(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        index += 1;
    }
    hash
}

/// The algorithms with this number.
pub(super) fn at(index: &'static Index, number: u64) -> impl Iterator<Item = Algorithm> {
    let begin = index.partition_point(|(one, _)| *one < number);
    let rest = index[begin..].iter();
    rest.take_while(move |(one, _)| *one == number)
        .map(|(_, algorithm)| *algorithm)
}
