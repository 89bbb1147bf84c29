//! The report: Markdown for people, JSON for programs.

use std::{fmt::Write as _, fs, path::Path};

use crate::{
    bench::{Cell, Results},
    cases::{Case, Contender},
    goals::{GOALS, Measure},
};

const THREADS: [usize; 3] = [1, 4, 16];

/// Writes `report.md` and `report.json` into `folder`, and the report to standard output.
pub(crate) fn write(folder: &Path, results: &Results) {
    let text = markdown(results);
    fs::create_dir_all(folder).expect("the report's folder");
    fs::write(folder.join("report.md"), &text).expect("the report is written");
    let json = serde_json::to_string_pretty(results).expect("numbers and text");
    fs::write(folder.join("report.json"), json).expect("the report is written");
    println!("{text}");
    println!("Written to {}.", folder.display());
}

fn markdown(results: &Results) -> String {
    let mut text = String::new();
    let Results {
        machine,
        peer,
        rounds,
        slice_milliseconds,
        ..
    } = results;
    line(
        &mut text,
        &format!(
            "{machine}; {peer}; {rounds} rounds of {slice_milliseconds} ms, contenders taking turns."
        ),
    );
    goals(&mut text, results);
    for (title, value, digits) in [
        (
            "Operations per second",
            (|cell| cell.operations_per_second) as fn(&Cell) -> f64,
            0,
        ),
        (
            "Processor time of an operation in µs, client and daemon together",
            Cell::processor_microseconds,
            2,
        ),
    ] {
        line(&mut text, &format!("\n## {title}\n"));
        line(
            &mut text,
            "| case | threads | raw aws-lc-rs | SoftHSM | bare frames | hsmd, Unix socket | hsmd, mTLS |",
        );
        line(&mut text, "|---|---|---|---|---|---|---|");
        for case in Case::ALL {
            for threads in THREADS {
                let cells = Contender::ALL.map(|contender| {
                    results
                        .cell(contender, case, threads)
                        .map_or("–".to_owned(), |cell| format!("{:.digits$}", value(cell)))
                });
                line(
                    &mut text,
                    &format!("| {} | {threads} | {} |", case.name(), cells.join(" | ")),
                );
            }
        }
    }
    where_time_goes(&mut text, results);
    starts(&mut text, results);
    text
}

fn goals(text: &mut String, results: &Results) {
    line(text, "\n## Against the goals\n");
    line(
        text,
        "A processor ratio is the other's processor time over ours. Bare frames to a process that calls the bare library are what any \
         daemon on this machine could reach at most.\n",
    );
    line(
        text,
        "| case | way | threads | goal | reached | by processor time | bare frames |",
    );
    line(text, "|---|---|---|---|---|---|---|");
    for goal in GOALS {
        let cell = |contender| results.cell(contender, goal.case, goal.threads);
        let Some(ours) = cell(goal.contender) else {
            continue;
        };
        let bare = cell(Contender::Bare);
        let against = |cell: Option<&Cell>, figure: &dyn Fn(&Cell) -> f64| {
            cell.map_or("–".to_owned(), |cell| format!("{:.2}", figure(cell)))
        };
        let (reached, by_processor, bare) = match goal.at {
            Measure::TimesSoftHsm(least) => ratios(ours, cell(Contender::SoftHsm), bare, least),
            Measure::TimesRaw(least) => ratios(ours, cell(Contender::Raw), bare, least),
            Measure::Microseconds(most) => {
                let microseconds = |cell: &Cell| 1e6 / cell.operations_per_second;
                let is_reached = microseconds(ours) <= most;
                (
                    marked(&format!("{:.2}", microseconds(ours)), is_reached),
                    "–".to_owned(),
                    against(bare, &microseconds),
                )
            }
        };
        let row = format!(
            "| {} | {} | {} | {} | {reached} | {by_processor} | {bare} |",
            goal.case.name(),
            goal.contender.name(),
            goal.threads,
            goal.at.text()
        );
        line(text, &row);
    }
}

/// Ours and bare frames' throughput over another's, and the other's processor time over ours.
fn ratios(
    ours: &Cell,
    other: Option<&Cell>,
    bare: Option<&Cell>,
    least: f64,
) -> (String, String, String) {
    let Some(other) = other else {
        return ["–"; 3].map(ToOwned::to_owned).into();
    };
    let throughput = ours.operations_per_second / other.operations_per_second;
    let processor = other.processor_microseconds() / ours.processor_microseconds();
    let bare = bare.map(|bare| bare.operations_per_second / other.operations_per_second);
    (
        marked(&format!("{throughput:.2}"), throughput >= least),
        format!("{processor:.2}"),
        bare.map_or("–".to_owned(), |bare| format!("{bare:.2}")),
    )
}

fn marked(figure: &str, is_reached: bool) -> String {
    if is_reached {
        format!("**{figure}**")
    } else {
        format!("{figure} (short)")
    }
}

/// One signature at one thread, taken apart: what the library needs for it, what the least request costs, and the rest.
fn where_time_goes(text: &mut String, results: &Results) {
    line(text, "\n## Where the time of one C_Sign goes\n");
    line(
        text,
        "One thread, Unix socket, µs of processor time. The least request asks for eight random bytes.\n",
    );
    line(
        text,
        "| case | whole | the signature itself (raw) | the least request | rest | of the whole: client | of the whole: daemon |",
    );
    line(text, "|---|---|---|---|---|---|---|");
    let of = |contender, case| results.cell(contender, case, 1);
    for case in [
        Case::SignRsa2048,
        Case::SignP256,
        Case::SignP384,
        Case::SignEd25519,
    ] {
        let parts = (|| {
            let ours = of(Contender::Unix, case)?;
            let whole = ours.processor_microseconds();
            let raw = of(Contender::Raw, case)?.processor_microseconds();
            let request = of(Contender::Unix, Case::Random8)?.processor_microseconds();
            Some([
                whole,
                raw,
                request,
                whole - raw - request,
                ours.client_microseconds,
                ours.daemon_microseconds,
            ])
        })();
        if let Some(parts) = parts {
            let parts = parts.map(|part| format!("{part:.1}"));
            line(
                text,
                &format!("| {} | {} |", case.name(), parts.join(" | ")),
            );
        }
    }
}

fn starts(text: &mut String, results: &Results) {
    line(
        text,
        &format!(
            "\n## A new process, {} objects in the token\n",
            results.objects
        ),
    );
    line(
        text,
        "Start, log-in, search by label, one P-256 signature, end; and the most memory of that process.\n",
    );
    line(
        text,
        "| who | ms | above an empty process, ms | memory, MiB |",
    );
    line(text, "|---|---|---|---|");
    for start in &results.starts {
        let row = format!(
            "| {} | {:.1} | {:.1} | {:.1} |",
            start.contender.name(),
            start.whole_process_milliseconds,
            start.whole_process_milliseconds - results.empty_process_milliseconds,
            start.client_memory_mib
        );
        line(text, &row);
    }
    if let Some(ours) = results.start(Contender::Unix) {
        let verdict = |is_reached| if is_reached { "reached" } else { "not reached" };
        let (time, memory) = (ours.whole_process_milliseconds, ours.client_memory_mib);
        let goals = format!(
            "\nGoals over the Unix socket: under 10 ms ({}), under 20 MiB ({}).",
            verdict(time < 10.0),
            verdict(memory < 20.0)
        );
        line(text, &goals);
    }
}

fn line(text: &mut String, content: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{content}");
}
