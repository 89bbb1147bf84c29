//! What a command shows: text and tables for people, or the same as JSON.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};

/// The result of a command. Its JSON form is stable: members are added, never renamed.
pub(crate) trait Report: Serialize {
    /// Writes it for people.
    fn write(&self, out: &mut dyn Write) -> io::Result<()>;
}

/// Where results, notes and errors go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    is_json: bool,
}

impl Output {
    pub(crate) const fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// For a program within the program, which says what it has to say itself.
    pub(crate) const fn quiet() -> Self {
        Self { is_json: true }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.is_json
    }

    /// Shows the result. A reader that has gone away (`hsm … | head`) is no failure.
    pub(crate) fn show(self, report: &impl Report) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = if self.is_json {
            serde_json::to_writer_pretty(&mut out, report)
                .map_err(io::Error::from)
                .and_then(|()| writeln!(out))
        } else {
            report.write(&mut out)
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                Exit::Failed,
                format!("cannot write the result: {error}"),
            )),
            _ => Ok(()),
        }
    }

    /// Tells people something beside the result.
    pub(crate) fn note(self, text: &str) {
        if !self.is_json {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Whether progress bars make sense.
    pub(crate) fn is_watched(self) -> bool {
        !self.is_json && io::stderr().is_terminal()
    }

    /// Shows why a command failed.
    pub(crate) fn failure(self, failure: &Failure) {
        let mut err = io::stderr().lock();
        // If standard error is gone too, there is nobody to tell.
        let _ = if self.is_json {
            let error = json!({
                "error": { "code": failure.code(), "message": failure.message(), "hint": failure.hint() }
            });
            writeln!(err, "{error:#}")
        } else {
            writeln!(err, "error: {}", failure.message()).and_then(|()| {
                failure
                    .hint()
                    .map_or(Ok(()), |hint| writeln!(err, "hint: {hint}"))
            })
        };
    }
}

/// A table without lines, fitted to the terminal.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec());
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column
            .set_padding((0, 2))
            .set_cell_alignment(CellAlignment::Left);
    }
    let text = table.to_string();
    text.lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// Lines of `name: value`, the values below each other.
pub(crate) fn fields(out: &mut dyn Write, fields: &[(&str, String)]) -> io::Result<()> {
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, value) in fields {
        writeln!(
            out,
            "{:<width$}  {value}",
            format!("{name}:"),
            width = width + 1
        )?;
    }
    Ok(())
}

/// A time as `2026-11-21 23:10:40 UTC`.
pub(crate) fn time(unix_seconds: u64) -> String {
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(
            || "never".into(),
            |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        )
}

/// A spinner while something takes its time; invisible unless somebody watches.
pub(crate) fn waiting(output: Output, text: &str) -> ProgressBar {
    if !output.is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner();
    bar.set_message(text.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
