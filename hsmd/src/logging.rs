//! Log lines on standard error, and what a panic leaves behind.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::configuration::LogFormat;

/// Starts logging. A filter that cannot be read is refused.
pub(crate) fn start(
    filter: &str,
    format: LogFormat,
) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().init(),
    }
    Ok(())
}

/// A panic is logged by its place alone, since its message may hold what was worked on, and ends the process.
pub(crate) fn end_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(place) = panic.location() {
            tracing::error!(
                file = place.file(),
                line = place.line(),
                "a fault in the daemon ends it"
            );
        } else {
            tracing::error!("a fault in the daemon ends it");
        }
        std::process::abort();
    }));
}
