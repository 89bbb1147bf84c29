//! The canonical form of a request, and the text that is signed.

use std::borrow::Cow;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::SignedRequest;
use super::credential::{ALGORITHM, Claim, SCOPE_END};

/// The text that a signature signs.
pub(super) fn string_to_sign(request: &SignedRequest<'_>, claim: &Claim<'_>) -> Vec<u8> {
    let canonical = canonical_request(request, claim);
    let scope = &claim.scope;
    let mut text = Vec::with_capacity(192);
    for part in [ALGORITHM, "\n", &claim.date_time, "\n"] {
        text.extend_from_slice(part.as_bytes());
    }
    for part in [&scope.date, &scope.region, &scope.service] {
        text.extend_from_slice(part.as_bytes());
        text.push(b'/');
    }
    text.extend_from_slice(SCOPE_END.as_bytes());
    text.push(b'\n');
    push_hexadecimal(&mut text, &Sha256::digest(canonical));
    text
}

/// The request in the form that both sides agree on: method, path, query, signed headers, and the body's digest.
pub(super) fn canonical_request(request: &SignedRequest<'_>, claim: &Claim<'_>) -> Vec<u8> {
    let mut text = String::with_capacity(CANONICAL_BYTES);
    text.push_str(request.method);
    text.push('\n');
    push_path(&mut text, request.path);
    text.push('\n');
    push_query(&mut text, request.query, claim.presigned_seconds.is_some());
    text.push('\n');
    let mut canonical = text.into_bytes();
    for name in claim.headers() {
        push_header(&mut canonical, name, request.headers);
    }
    canonical.push(b'\n');
    canonical.extend_from_slice(claim.signed_headers.as_bytes());
    canonical.push(b'\n');
    push_hexadecimal(&mut canonical, &Sha256::digest(request.body));
    canonical
}

/// Room for most canonical requests without growing.
const CANONICAL_BYTES: usize = 1024;

/// The query's parameters, decoded.
pub(super) fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
}

/// Each segment encoded once more, dot segments and empty ones left out, as all services but S3 have it.
fn push_path(text: &mut String, path: &str) {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    for segment in &segments {
        text.push('/');
        push_encoded(text, segment);
    }
    if segments.is_empty() || path.ends_with('/') {
        text.push('/');
    }
}

fn push_query(text: &mut String, query: &str, is_presigned: bool) {
    if query.is_empty() {
        return;
    }
    let mut encoded: Vec<(String, String)> = parameters(query)
        .filter(|(name, _)| !(is_presigned && name == "X-Amz-Signature"))
        .map(|(name, value)| (encoded(&name), encoded(&value)))
        .collect();
    encoded.sort();
    for (index, (name, value)) in encoded.iter().enumerate() {
        if index > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
}

/// `name:value,value`, each value without spaces at its ends and with one where it has several.
fn push_header(canonical: &mut Vec<u8>, name: &str, headers: &[(&str, &[u8])]) {
    canonical.extend_from_slice(name.as_bytes());
    canonical.push(b':');
    let values = headers.iter().filter(|(present, _)| *present == name);
    for (index, (_, value)) in values.enumerate() {
        if index > 0 {
            canonical.push(b',');
        }
        let words = value
            .split(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
            .filter(|word| !word.is_empty());
        for (index, word) in words.enumerate() {
            if index > 0 {
                canonical.push(b' ');
            }
            canonical.extend_from_slice(word);
        }
    }
    canonical.push(b'\n');
}

/// Text without percent-encoding. What is not valid UTF-8 afterwards is left as it was.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let digits = bytes.get(index + 1..index + 3).filter(|_| byte == b'%');
        if let Some(value) = digits.and_then(hexadecimal) {
            decoded.push(value);
            index += 3;
        } else {
            decoded.push(byte);
            index += 1;
        }
    }
    String::from_utf8(decoded).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The byte that two digits are.
pub(super) fn hexadecimal(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(*digits.first()?)? * 16 + digit(*digits.get(1)?)?;
    u8::try_from(value).ok()
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, text);
    encoded
}

/// Percent-encodes everything but the unreserved characters of RFC 3986.
fn push_encoded(text: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes everything");
        }
    }
}

fn push_hexadecimal(text: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        let digits = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
        text.extend_from_slice(&digits);
    }
}
