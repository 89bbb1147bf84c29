//! XML as STS and IAM answer it.

use std::fmt::Write as _;

use hsmd_identity::AwsService;

use super::QueryProblem;

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
