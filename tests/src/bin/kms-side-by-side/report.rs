//! The report, as Markdown.

use std::{fmt::Write as _, fs, path::Path};

use crate::{
    bench::{Cell, Results},
    case::{Case, Contender, Http},
};

/// Writes `kms.md` into `folder`, and the report to standard output.
pub(crate) fn write(folder: &Path, results: &Results) {
    let text = markdown(results);
    fs::create_dir_all(folder).expect("the report's folder");
    fs::write(folder.join("kms.md"), &text).expect("the report is written");
    println!("{text}");
    println!("Written to {}.", folder.display());
}

fn markdown(results: &Results) -> String {
    let mut text = format!(
        "{}; {} rounds of {} ms, contenders taking turns. Processor time is the server's for one request, in µs. Bare hyper \
         computes the same and answers as much, without signatures, JSON, policies and audit; moto is asked over plain HTTP.\n\n",
        results.peer, results.rounds, results.slice_milliseconds
    );
    text.push_str(
        "| call | HTTP | connections | goal, µs | hsmd, µs | bare hyper, µs | moto, µs | hsmd, requests/s | bare hyper, requests/s \
         | moto, requests/s | × moto |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for case in Case::ALL {
        for http in Http::ALL {
            for &connections in &results.connections {
                if let Some(row) = row(results, case, http, connections) {
                    text.push_str(&row);
                }
            }
        }
    }
    text
}

fn row(results: &Results, case: Case, http: Http, connections: usize) -> Option<String> {
    let cell = |contender| results.cell(case, contender, http, connections);
    let ours = cell(Contender::Hsmd)?;
    let moto = results.cell(case, Contender::Moto, Http::One, connections);
    let figure = |cell: Option<&Cell>, value: fn(&Cell) -> f64, digits: usize| {
        cell.map_or("–".to_owned(), |cell| format!("{:.digits$}", value(cell)))
    };
    let time = |cell: Option<&Cell>| figure(cell, |cell| cell.server_microseconds, 1);
    let rate = |cell: Option<&Cell>| figure(cell, |cell| cell.requests_per_second, 0);
    let goal = case.goal_microseconds();
    let reached = if ours.server_microseconds <= goal {
        format!("**{:.1}**", ours.server_microseconds)
    } else {
        format!("{:.1} (short)", ours.server_microseconds)
    };
    let times = moto.map_or("–".to_owned(), |moto| {
        format!("{:.0}", ours.requests_per_second / moto.requests_per_second)
    });
    let mut row = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        row,
        "| {} | {} | {connections} | ≤ {goal:.0} | {reached} | {} | {} | {} | {} | {} | {times} |",
        case.name(),
        http.name(),
        time(cell(Contender::Bare)),
        time(moto),
        rate(Some(ours)),
        rate(cell(Contender::Bare)),
        rate(moto),
    );
    Some(row)
}
