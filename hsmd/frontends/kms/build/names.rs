//! The model's names as Rust writes them.

/// `KeyId` as `key_id`, `AWSAccountId` as `aws_account_id`, `XksProxyUriPath` as `xks_proxy_uri_path`.
pub(crate) fn field(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut field = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let begins_a_word = letter.is_uppercase()
            && index > 0
            && (!letters[index - 1].is_uppercase()
                || letters
                    .get(index + 1)
                    .is_some_and(|next| next.is_lowercase()));
        if begins_a_word {
            field.push('_');
        }
        field.extend(letter.to_lowercase());
    }
    field
}

/// `ECC_NIST_P256` as `EccNistP256`, `AWS_KMS` as `AwsKms`; `PendingDeletion` stays.
pub(crate) fn variant(value: &str) -> String {
    if value.chars().any(char::is_lowercase) {
        return value.to_owned();
    }
    let words = value.split('_').map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .into_iter()
            .chain(letters.flat_map(char::to_lowercase))
            .collect::<String>()
    });
    match words.collect::<String>() {
        keyword if keyword == "Self" => "SelfAlone".to_owned(),
        variant => variant,
    }
}

/// `KeyId` as `keyId`: how errors write a member.
pub(crate) fn path(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_lowercase)
        .chain(letters)
        .collect()
}

/// A Java pattern as the `regex` crate writes it: `\w`, `\s` and `\d` mean ASCII, and a pattern is of the whole text.
pub(crate) fn pattern(java: &str) -> String {
    let mut pattern = String::from("^(?:");
    let mut is_in_class = false;
    let mut letters = java.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next().unwrap_or('\\');
                let class = match escaped {
                    'w' => Some("A-Za-z0-9_"),
                    'd' => Some("0-9"),
                    's' => Some(r" \t\n\x0B\f\r"),
                    _ => None,
                };
                match (class, is_in_class) {
                    (Some(class), true) => pattern.push_str(class),
                    (Some(class), false) => pattern.extend(["[", class, "]"]),
                    (None, _) => pattern.extend(['\\', escaped]),
                }
                continue;
            }
            '[' => is_in_class = true,
            ']' => is_in_class = false,
            _ => {}
        }
        pattern.push(letter);
    }
    pattern + ")$"
}
