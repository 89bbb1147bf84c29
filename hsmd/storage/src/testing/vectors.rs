//! The vectors in `docs/formats.md`: code blocks that begin with `vector` and a name, in hexadecimal.

const FORMATS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/formats.md"
));

/// The bytes of the vector called `name`. White space between its digits does not count, nor does what follows a `#`.
///
/// # Panics
///
/// If there is no such vector, or it is not hexadecimal.
#[must_use]
pub fn vector(name: &str) -> Vec<u8> {
    let begin = format!("```vector {name}\n");
    let (_, rest) = FORMATS
        .split_once(&begin)
        .unwrap_or_else(|| panic!("docs/formats.md has no vector {name}"));
    let (block, _) = rest.split_once("```").expect("code blocks end");
    let digits: String = block
        .lines()
        .filter_map(|line| line.split('#').next())
        .flat_map(str::chars)
        .filter(|digit| !digit.is_whitespace())
        .collect();
    let byte = |pair: &[u8]| {
        u8::from_str_radix(std::str::from_utf8(pair).expect("hexadecimal"), 16)
            .expect("hexadecimal")
    };
    digits.as_bytes().chunks(2).map(byte).collect()
}
