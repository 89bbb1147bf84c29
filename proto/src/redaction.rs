//! What stands in `Debug` for a secret: its length.

use std::fmt;

/// Prints the lengths of a secret's parts, never a byte of them.
pub(crate) struct Lengths(Vec<usize>);

impl Lengths {
    pub(crate) fn of(secret: &impl Secret) -> Self {
        Self(secret.lengths())
    }
}

impl fmt::Debug for Lengths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(formatter, "<{} secret bytes>", lengths.join(", "))
    }
}

/// The types that a secret field can have.
pub(crate) trait Secret {
    fn lengths(&self) -> Vec<usize>;
}

impl Secret for Vec<u8> {
    fn lengths(&self) -> Vec<usize> {
        vec![self.len()]
    }
}

impl Secret for String {
    fn lengths(&self) -> Vec<usize> {
        vec![self.len()]
    }
}

impl<S: Secret> Secret for Vec<S> {
    fn lengths(&self) -> Vec<usize> {
        self.iter().flat_map(Secret::lengths).collect()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use crate::{
        Attribute, DecryptReply, InitializeReply, IssuedIdentity, LoginRequest, LoginRole, Request,
        SignRequest, attribute::Value,
    };

    const SECRET: &str = "very secret";

    #[test]
    fn debug_shows_of_a_secret_only_its_length() {
        let login = LoginRequest {
            partition: vec![7; 2],
            role: LoginRole::User.into(),
            pin: SECRET.into(),
            for_object: vec![],
            user: String::new(),
        };
        assert_eq!(
            format!("{login:?}"),
            "LoginRequest { partition: [7, 7], role: User, pin: <11 secret bytes>, for_object: [], user: \"\" }"
        );
        let mut request = Request::from(login);
        request.application = SECRET.into();
        let shares = InitializeReply {
            shares: vec![SECRET.into(), "x".into()],
            operator: None,
        };
        let bytes = Attribute {
            r#type: 1,
            value: Some(Value::Bytes(SECRET.into())),
        };
        for text in [
            format!("{request:?}"),
            format!("{shares:?}"),
            format!("{bytes:?}"),
        ] {
            assert!(text.contains("secret bytes"), "{text}");
            assert!(
                !text.contains("very") && !text.contains("118, 101, 114"),
                "{text}"
            );
        }
    }

    #[test]
    fn other_fields_show() {
        let flag = Attribute {
            r#type: 1,
            value: Some(Value::Flag(true)),
        };
        assert_eq!(
            format!("{flag:?}"),
            "Attribute { type: 1, value: Some(Flag(true)) }"
        );
    }

    #[test]
    fn messages_with_secrets_zero_them_on_drop() {
        fn zeroes<T: ZeroizeOnDrop>() {}
        zeroes::<Request>();
        zeroes::<LoginRequest>();
        zeroes::<SignRequest>();
        zeroes::<DecryptReply>();
        zeroes::<InitializeReply>();
        zeroes::<IssuedIdentity>();
        zeroes::<Value>();
    }
}
