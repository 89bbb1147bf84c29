//! The report: Markdown for people, JSON for programs.

use std::{fmt::Write as _, fs, path::Path};

use crate::{
    bench::{Cell, Results},
    cases::{Case, Contender},
};

const THREADS: [usize; 3] = [1, 4, 16];

/// What must be reached, as ratios of one run: against SoftHSM, and against the bare library.
struct Goal {
    case: Case,
    contender: Contender,
    times_softhsm: f64,
    times_raw: Option<f64>,
}

const GOALS: [Goal; 8] = [
    Goal {
        case: Case::SignRsa2048,
        contender: Contender::Unix,
        times_softhsm: 2.0,
        times_raw: Some(0.93),
    },
    Goal {
        case: Case::SignP256,
        contender: Contender::Unix,
        times_softhsm: 2.0,
        times_raw: None,
    },
    Goal {
        case: Case::SignP384,
        contender: Contender::Unix,
        times_softhsm: 8.0,
        times_raw: None,
    },
    Goal {
        case: Case::SignEd25519,
        contender: Contender::Unix,
        times_softhsm: 10.0,
        times_raw: None,
    },
    Goal {
        case: Case::EncryptAesGcm64,
        contender: Contender::Unix,
        times_softhsm: 1.5,
        times_raw: None,
    },
    Goal {
        case: Case::SignRsa2048,
        contender: Contender::Mtls,
        times_softhsm: 2.0,
        times_raw: None,
    },
    Goal {
        case: Case::SignP256,
        contender: Contender::Mtls,
        times_softhsm: 1.7,
        times_raw: None,
    },
    Goal {
        case: Case::SignEd25519,
        contender: Contender::Mtls,
        times_softhsm: 7.0,
        times_raw: None,
    },
];

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
        "At 16 threads. A processor ratio is the other's processor time over ours. Bare frames are what any daemon on this machine could reach at most.\n",
    );
    line(
        text,
        "| case | way | goal | × SoftHSM, throughput | × SoftHSM, processor | × raw, throughput | × raw, processor | × bare frames, throughput | × bare frames, processor | bare frames × SoftHSM |",
    );
    line(text, "|---|---|---|---|---|---|---|---|---|---|");
    for Goal {
        case,
        contender,
        times_softhsm,
        times_raw,
    } in &GOALS
    {
        let ours = results.cell(*contender, *case, 16);
        let against = |other| {
            let (ours, other) = (ours?, results.cell(other, *case, 16)?);
            let throughput = ours.operations_per_second / other.operations_per_second;
            Some((
                throughput,
                other.processor_microseconds() / ours.processor_microseconds(),
            ))
        };
        let softhsm = against(Contender::SoftHsm).unwrap_or_default();
        let raw = against(Contender::Raw).unwrap_or_default();
        let bare = against(Contender::Bare).unwrap_or_default();
        let goal = match times_raw {
            Some(times_raw) => format!("≥ {times_softhsm}×, ≥ {times_raw}× raw"),
            None => format!("≥ {times_softhsm}×"),
        };
        let row = format!(
            "| {} | {} | {goal} | {} | {} | {} | {} | {:.2} | {:.2} | {:.2} |",
            case.name(),
            contender.name(),
            marked(softhsm.0, *times_softhsm),
            marked(softhsm.1, *times_softhsm),
            times_raw.map_or_else(|| format!("{:.2}", raw.0), |goal| marked(raw.0, goal)),
            times_raw.map_or_else(|| format!("{:.2}", raw.1), |goal| marked(raw.1, goal)),
            bare.0,
            bare.1,
            softhsm.0 / bare.0,
        );
        line(text, &row);
    }
    let microseconds = |contender| {
        results
            .cell(contender, Case::FindByLabel, 1)
            .map_or(f64::NAN, |cell| 1e6 / cell.operations_per_second)
    };
    let (ours, softhsm) = (
        microseconds(Contender::Unix),
        microseconds(Contender::SoftHsm),
    );
    let verdict = if ours < 20.0 {
        "reached"
    } else {
        "not reached"
    };
    let objects = results.objects;
    let search = format!(
        "\nFinding one object by label among {objects}, one thread: {ours:.1} µs (goal: under 20 µs, {verdict}); \
         SoftHSM {softhsm:.0} µs."
    );
    line(text, &search);
}

fn marked(value: f64, goal: f64) -> String {
    if value >= goal {
        format!("**{value:.2}**")
    } else {
        format!("{value:.2} (short)")
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
