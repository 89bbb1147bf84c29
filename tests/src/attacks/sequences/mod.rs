//! Random sequences of calls, with an oracle: whatever is called in whatever order, no byte string that leaves the module
//! tells a secret.
//!
//! Rules for attackers are a list, and lists have holes; a machine that tries everything judges the list. Each round
//! plants sensitive keys whose values the oracle knows, then calls at random: generating, bringing, copying, changing,
//! wrapping, unwrapping, deriving, encapsulating, encrypting, signing, in one call or message by message. Of every output it asks whether eight bytes of a secret are in
//! it, as it is or after opening it with what the attacker knows. A sequence that leaks is cut to the shortest one that
//! still does.

mod newer;
mod offline;
mod step;

use std::collections::HashSet;
use std::{fmt, thread};

use cryptoki_sys as c;

use super::ground::{Ground, Key, P256, unwrapped_offline};
use crate::c_caller::{Failure, Mechanism, Template};
use offline::opened;
use step::Numbers;
pub use step::{Change, Derivation, Flags, How, KeyType, Pick, Step};

/// The steps of one round; then it starts anew with an empty session.
const ROUND_STEPS: usize = 400;
/// Objects and byte strings that steps choose from; new ones take the place of old ones.
const POOL: usize = 40;
/// Threads that call at once.
const THREADS: usize = 4;
/// The objects and byte strings that are there at the beginning have the numbers below.
const FIRST_STEP: usize = 10;
/// The planted keys: the first objects, which stay.
const PLANTED: usize = 4;
/// So many bytes of a secret in a row are no chance.
const WINDOW_BYTES: usize = 8;

/// A sequence that leaked.
pub struct Leak {
    /// What made the random numbers.
    pub seed: u64,
    /// The calls up to the leak.
    pub calls: usize,
    /// The shortest sequence that still leaks.
    pub shortest: Vec<Numbered>,
}

impl fmt::Display for Leak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "seed {} leaked a secret after {} calls; the shortest sequence:",
            self.seed, self.calls
        )?;
        self.shortest
            .iter()
            .try_for_each(|(number, step)| writeln!(formatter, "  #{number} {step:?}"))
    }
}

/// Makes `calls` random calls, on several threads with a session and a seed each.
///
/// # Errors
///
/// The leak, if there is one.
///
/// # Panics
///
/// When the token takes no keys to be secrets.
pub fn run(ground: &Ground, seed: u64, calls: usize) -> Result<Tally, Leak> {
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let seed = seed.wrapping_add(thread as u64);
                scope.spawn(move || run_alone(ground, seed, calls.div_ceil(THREADS)))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    });
    let mut tally = Tally::default();
    for result in results {
        let of_thread = result?;
        tally.calls += of_thread.calls;
        tally.succeeded += of_thread.succeeded;
        tally.outputs += of_thread.outputs;
    }
    Ok(tally)
}

fn run_alone(ground: &Ground, seed: u64, calls: usize) -> Result<Tally, Leak> {
    let mut numbers = Numbers(seed);
    let mut tally = Tally::default();
    while tally.calls < calls {
        let planted = numbers.next();
        let mut steps: Vec<_> = (FIRST_STEP..FIRST_STEP + ROUND_STEPS)
            .map(|number| (number, Step::random(&mut numbers)))
            .collect();
        if let Some(length) = leaks(ground, planted, &mut steps, &mut tally) {
            let calls = tally.calls;
            let shortest = shortened(&steps[..length], |steps| {
                leaks(ground, planted, steps, &mut Tally::default())
            });
            return Err(Leak {
                seed,
                calls,
                shortest,
            });
        }
    }
    Ok(tally)
}

/// What a run did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Calls that were made.
    pub calls: usize,
    /// Those that succeeded.
    pub succeeded: usize,
    /// Byte strings that were judged.
    pub outputs: usize,
}

/// A step and its number, by which later ones name what it made.
pub type Numbered = (usize, Step);

/// Cuts a leaking sequence: leaves out ever smaller parts of it, as long as the rest leaks.
fn shortened(
    steps: &[Numbered],
    leaks: impl Fn(&mut [Numbered]) -> Option<usize>,
) -> Vec<Numbered> {
    let mut steps = steps.to_vec();
    let mut part = steps.len().div_ceil(2);
    loop {
        let mut begin = 0;
        while begin < steps.len() {
            let end = (begin + part).min(steps.len());
            let mut rest = [&steps[..begin], &steps[end..]].concat();
            match leaks(&mut rest) {
                Some(length) => steps = rest[..length].to_vec(),
                None => begin = end,
            }
        }
        if part == 1 {
            return steps;
        }
        part = part.div_ceil(2);
    }
}

/// Runs a round; gives the number of steps after which a secret was out.
fn leaks(
    ground: &Ground,
    planted: u64,
    steps: &mut [Numbered],
    tally: &mut Tally,
) -> Option<usize> {
    let mut round = Round::begin(ground, planted);
    let leak = steps.iter_mut().position(|(number, step)| {
        tally.calls += 1;
        round.step = *number;
        let Ok(outputs) = round.perform(step) else {
            return false;
        };
        tally.succeeded += 1;
        tally.outputs += outputs.len();
        outputs.iter().any(|output| round.tells_a_secret(output))
    });
    round.end();
    leak.map(|index| index + 1)
}

/// One round: a session, its objects, the byte strings that came out, and the secrets.
struct Round<'g> {
    ground: &'g Ground,
    session: c::CK_SESSION_HANDLE,
    /// The number of the step that is performed.
    step: usize,
    /// Objects and byte strings, with the number of the step that made each.
    objects: Vec<(usize, Key)>,
    strings: Vec<(usize, Vec<u8>)>,
    next: usize,
    point: Vec<u8>,
    /// Values of keys that the attacker knows.
    known: Vec<Vec<u8>>,
    windows: HashSet<[u8; WINDOW_BYTES]>,
}

impl<'g> Round<'g> {
    fn begin(ground: &'g Ground, planted: u64) -> Self {
        let module = &ground.module;
        let session = module.open_session(ground.slot).expect("a session");
        let mut numbers = Numbers(planted);
        let mut round = Self {
            ground,
            session,
            step: 0,
            objects: Vec::new(),
            strings: vec![(0, numbers.bytes(32)), (1, vec![0; 16])],
            next: 0,
            point: Vec::new(),
            known: vec![numbers.bytes(32)],
            windows: HashSet::new(),
        };
        let sensitive = |is_extractable| {
            Template::new()
                .flag(c::CKA_SENSITIVE, true)
                .flag(c::CKA_EXTRACTABLE, is_extractable)
        };
        for template in [
            key(KeyType::Aes, sensitive(true).flag(c::CKA_ENCRYPT, true)),
            key(KeyType::Generic, sensitive(true).flag(c::CKA_SIGN, true)),
            key(KeyType::Generic, sensitive(false).flag(c::CKA_DERIVE, true)),
            key(KeyType::Ec, sensitive(true).flag(c::CKA_SIGN, true)),
        ] {
            let mut secret = numbers.bytes(32);
            secret[0] = 1; // below the order of P-256
            let template = template.bytes(c::CKA_VALUE, &secret);
            let object = module.create_object(session, &template);
            let number = round.objects.len();
            round.objects.push((number, object.expect("a planted key")));
            let windows = secret.windows(WINDOW_BYTES);
            round.windows.extend(
                windows.map(|window| <[u8; WINDOW_BYTES]>::try_from(window).expect("its length")),
            );
        }
        let (public, private) = round
            .pair(Template::new().flag(c::CKA_DERIVE, true))
            .expect("a pair");
        let point = module.attribute(session, public, c::CKA_EC_POINT);
        round.point = point.expect("a point").split_off(2);
        round.objects.push((PLANTED, private));
        round.objects.push((PLANTED + 1, public));
        round
    }

    fn end(self) {
        // Session objects go with their session.
        self.ground
            .module
            .close_session(self.session)
            .expect("the session is open");
    }

    /// Performs a step and gives the byte strings that came out.
    #[expect(clippy::too_many_lines, reason = "an arm for each function")]
    fn perform(&mut self, step: &mut Step) -> Result<Vec<Vec<u8>>, Failure> {
        let (module, session) = (&self.ground.module, self.session);
        match step {
            Step::Generate(key_type, flags) => {
                let template = flags
                    .template()
                    .flag(c::CKA_TOKEN, false)
                    .number(c::CKA_VALUE_LEN, 32);
                let made = match key_type {
                    KeyType::Aes => module.generate_key(session, c::CKM_AES_KEY_GEN, &template)?,
                    KeyType::Generic => {
                        module.generate_key(session, c::CKM_GENERIC_SECRET_KEY_GEN, &template)?
                    }
                    KeyType::Ec => self.pair(flags.template())?.1,
                };
                self.keep_object(made);
            }
            Step::Bring(key_type, flags) => {
                let template = key(*key_type, flags.template());
                let mut value = self.known[0].clone();
                value[0] = 1;
                let template = template.bytes(c::CKA_VALUE, &value);
                let made = module.create_object(session, &template)?;
                if !self.known.contains(&value) {
                    self.known.push(value);
                }
                self.keep_object(made);
            }
            Step::Copy(object, change) => {
                let copy = module.copy_object(session, self.object(object)?, &change.template())?;
                self.keep_object(copy);
            }
            Step::Set(object, change) => {
                module.set_attributes(session, self.object(object)?, &change.template())?;
            }
            Step::Read(object) => {
                let value = module.attribute(session, self.object(object)?, c::CKA_VALUE)?;
                if value.len() == 32 && self.known.len() < POOL {
                    self.known.push(value.clone());
                }
                return Ok(self.kept(value));
            }
            Step::Wrap(how, by, wrapped) => {
                let (by, wrapped) = (self.object(by)?, self.object(wrapped)?);
                let wrapped = module.wrap_key(session, &mut how.mechanism(), by, wrapped)?;
                return Ok(self.kept(wrapped));
            }
            Step::Unwrap(how, by, string, key_type, flags) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let template = key(*key_type, flags.template());
                let made =
                    module.unwrap_key(session, &mut how.mechanism(), by, &string, &template)?;
                self.keep_object(made);
            }
            Step::Derive(derivation, base, length, flags) => {
                let template = key(KeyType::Generic, flags.template())
                    .number(c::CKA_VALUE_LEN, u64::from(*length % 33));
                let data = [0; 16];
                let mut mechanism = match derivation {
                    Derivation::Ecdh => Mechanism::ecdh(&self.point),
                    Derivation::BaseAndData => string_data(c::CKM_CONCATENATE_BASE_AND_DATA, &data),
                    Derivation::DataAndBase => string_data(c::CKM_CONCATENATE_DATA_AND_BASE, &data),
                    Derivation::Xor => string_data(c::CKM_XOR_BASE_AND_DATA, &data),
                    Derivation::EncryptData => string_data(c::CKM_AES_ECB_ENCRYPT_DATA, &data),
                    Derivation::Extract => {
                        let bit = (u64::from(*length) % 256).to_ne_bytes();
                        Mechanism::with_bytes(c::CKM_EXTRACT_KEY_FROM_KEY, &bit)
                    }
                };
                let made =
                    module.derive_key(session, &mut mechanism, self.object(base)?, &template)?;
                self.keep_object(made);
            }
            Step::Encrypt(how, by, string) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let out = module.ciphertext(session, &mut how.mechanism(), by, &string)?;
                return Ok(self.kept(out));
            }
            Step::Decrypt(how, by, string) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let out = module.decrypt(session, &mut how.mechanism(), by, &string)?;
                return Ok(self.kept(out));
            }
            Step::Sign(by, string) => {
                let (by, string) = (self.object(by)?, self.string(string)?);
                let mut hmac = Mechanism::plain(c::CKM_SHA256_HMAC);
                let out = module.signature(session, &mut hmac, by, &string)?;
                return Ok(self.kept(out));
            }
            Step::Digest(object) => {
                let out = module.digest_key(session, self.object(object)?)?;
                return Ok(self.kept(out));
            }
            Step::Newer(newer) => return self.perform_newer(newer),
            Step::Destroy(object) => {
                // The planted keys stay: without them there is nothing to find.
                let key = self.object(object)?;
                if !self.objects[..PLANTED]
                    .iter()
                    .any(|(_, planted)| *planted == key)
                {
                    self.objects.retain(|(_, other)| *other != key);
                    module.destroy_object(session, key)?;
                }
            }
        }
        Ok(Vec::new())
    }

    fn pair(&self, private: Template) -> Result<(Key, Key), Failure> {
        let public = Template::new()
            .flag(c::CKA_TOKEN, false)
            .bytes(c::CKA_EC_PARAMS, P256);
        let private = private.flag(c::CKA_TOKEN, false);
        self.ground.module.generate_key_pair(
            self.session,
            c::CKM_EC_KEY_PAIR_GEN,
            &public,
            &private,
        )
    }

    fn object(&self, pick: &mut Pick) -> Result<Key, Failure> {
        let (step, object) = match *pick {
            Pick::Any(number) => self.objects[usize::from(number) % self.objects.len()],
            Pick::Made(step) => *self
                .objects
                .iter()
                .find(|(number, _)| *number == step)
                .ok_or(c::CKR_OBJECT_HANDLE_INVALID)?,
        };
        *pick = Pick::Made(step);
        Ok(object)
    }

    fn string(&self, pick: &mut Pick) -> Result<Vec<u8>, Failure> {
        let (step, string) = match *pick {
            Pick::Any(number) => {
                // The newest are the likeliest: what was wrapped just now is what an attacker opens.
                let back = usize::from(number) % self.strings.len().min(8);
                &self.strings[self.strings.len() - 1 - back]
            }
            Pick::Made(step) => self
                .strings
                .iter()
                .find(|(number, _)| *number == step)
                .ok_or(c::CKR_DATA_INVALID)?,
        };
        *pick = Pick::Made(*step);
        Ok(string.clone())
    }

    fn keep_object(&mut self, object: Key) {
        let made = (self.step, object);
        if self.objects.len() < POOL {
            self.objects.push(made);
        } else {
            self.next = (self.next + 1) % (POOL - PLANTED);
            self.objects[PLANTED + self.next] = made;
        }
    }

    fn kept(&mut self, string: Vec<u8>) -> Vec<Vec<u8>> {
        if self.strings.len() == POOL {
            self.strings.remove(0);
        }
        self.strings.push((self.step, string.clone()));
        vec![string]
    }

    /// Whether a byte string tells a secret to somebody who has the known keys.
    fn tells_a_secret(&self, string: &[u8]) -> bool {
        self.is_in(string)
            || self.known.iter().any(|key| {
                self.is_in(&unwrapped_offline(key, string)) || self.is_in(&opened(key, string))
            })
    }

    fn is_in(&self, string: &[u8]) -> bool {
        string
            .windows(WINDOW_BYTES)
            .any(|window| self.windows.contains(window))
    }
}

fn key(key_type: KeyType, template: Template) -> Template {
    let template = template.flag(c::CKA_TOKEN, false);
    match key_type {
        KeyType::Aes => template
            .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .number(c::CKA_KEY_TYPE, c::CKK_AES),
        KeyType::Generic => template
            .number(c::CKA_CLASS, c::CKO_SECRET_KEY)
            .number(c::CKA_KEY_TYPE, c::CKK_GENERIC_SECRET),
        KeyType::Ec => template
            .number(c::CKA_CLASS, c::CKO_PRIVATE_KEY)
            .number(c::CKA_KEY_TYPE, c::CKK_EC)
            .bytes(c::CKA_EC_PARAMS, P256),
    }
}

fn string_data(mechanism: c::CK_MECHANISM_TYPE, data: &[u8]) -> Mechanism {
    Mechanism::with_string_data(mechanism, data)
}
