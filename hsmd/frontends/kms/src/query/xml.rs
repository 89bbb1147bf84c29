//! XML as STS and IAM answer it.

use std::fmt::Write as _;

use hsmd_identity::AwsService;

use super::QueryProblem;

/// XML that is being written.
#[derive(Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// An element with text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.within(name, |xml| xml.0.push_str(&escaped(text)));
    }

    /// An element with text, if there is any.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// An element with elements.
    pub(crate) fn within(&mut self, name: &str, write: impl FnOnce(&mut Self)) {
        self.0.extend(["<", name, ">"]);
        write(self);
        self.0.extend(["</", name, ">"]);
    }

    /// A list.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.within(name, |xml| {
            for item in items {
                xml.within("member", |xml| write(xml, item));
            }
        });
    }

    /// A moment, in seconds since 1970.
    pub(crate) fn moment(&mut self, name: &str, seconds: u64) {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
        self.text(name, &moment.to_string());
    }

    /// The text of a policy, percent-encoded as IAM gives it.
    pub(crate) fn policy(&mut self, name: &str, text: &str) {
        let mut encoded = String::with_capacity(2 * text.len());
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        self.text(name, &encoded);
    }
}

/// An answer's body. Calls that give nothing have no result.
pub(crate) fn answer(service: AwsService, action: &str, result: &Xml, request_id: &str) -> String {
    let namespace = namespace(service);
    let result = &result.0;
    let result = if result.is_empty() {
        String::new()
    } else {
        format!("<{action}Result>{result}</{action}Result>")
    };
    format!(
        "<{action}Response xmlns=\"{namespace}\">{result}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"
    )
}

/// An error's body.
pub(crate) fn error(service: AwsService, problem: &QueryProblem, request_id: &str) -> String {
    let kind = if problem.status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    format!(
        "<ErrorResponse xmlns=\"{}\"><Error><Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        namespace(service),
        problem.code,
        escaped(&problem.message),
    )
}

/// The namespace of a service's answers.
pub(crate) fn namespace(service: AwsService) -> &'static str {
    match service {
        AwsService::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        AwsService::Sts | AwsService::Kms => "https://sts.amazonaws.com/doc/2011-06-15/",
    }
}

/// Text as XML has it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            // XML 1.0 cannot have them in any form.
            control if control.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
