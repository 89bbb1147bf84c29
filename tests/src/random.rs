//! Random numbers that a seed repeats on every machine.

/// A generator: xorshift64*. Its state is its seed, which is not zero.
pub struct Random(pub u64);

impl Random {
    /// 64 bits, the higher ones better than the lower.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below the limit; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.bits() >> 16).expect("64 bits") % limit.max(1)
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.bits().to_be_bytes()[0]
    }
}
