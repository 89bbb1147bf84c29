//! The plot: requests a second from 1 to 64 connections, for each call and contender, as SVG.

use std::path::Path;

use hsm_tests::bench::font_is_here;
use plotters::prelude::*;

use crate::{
    bench::Results,
    case::{Case, Contender, Http},
};

const SIZE: (u32, u32) = (1_200, 480);
const LINES: [(Contender, Http, RGBColor); 5] = [
    (Contender::Hsmd, Http::One, RGBColor(22, 105, 122)),
    (Contender::Hsmd, Http::Two, RGBColor(130, 192, 204)),
    (Contender::Bare, Http::One, RGBColor(120, 120, 120)),
    (Contender::Bare, Http::Two, RGBColor(190, 190, 190)),
    (Contender::Moto, Http::One, RGBColor(219, 124, 38)),
];

/// Writes `kms.svg` into `folder`.
pub(crate) fn write(folder: &Path, results: &Results) {
    if !font_is_here() {
        return;
    }
    let svg = folder.join("kms.svg");
    draw(&SVGBackend::new(&svg, SIZE).into_drawing_area(), results).expect("the plot is drawn");
}

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    results: &Results,
) -> Drawn<B> {
    area.fill(&WHITE)?;
    for (half, case) in area.split_evenly((1, 2)).iter().zip(Case::ALL) {
        draw_case(half, results, case)?;
    }
    area.present()
}

#[expect(clippy::cast_precision_loss, reason = "at most 64 connections")]
fn draw_case<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    results: &Results,
    case: Case,
) -> Drawn<B> {
    let of_case = results.cells.iter().filter(|cell| cell.case == case);
    let rates = of_case.map(|cell| cell.requests_per_second);
    let highest = rates.fold(1_000.0, f64::max);
    let most = *results.connections.iter().max().unwrap_or(&1) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(case.name(), ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(
            (1.0..most).log_scale().base(4.0),
            (100.0..highest * 2.0).log_scale(),
        )?;
    chart
        .configure_mesh()
        .x_desc("connections")
        .y_desc("requests a second (logarithmic)")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .label_style(("sans-serif", 13))
        .draw()?;
    for (contender, http, color) in LINES {
        let points: Vec<_> = results
            .connections
            .iter()
            .filter_map(|connections| {
                let cell = results.cell(case, contender, http, *connections)?;
                Some((*connections as f64, cell.requests_per_second))
            })
            .collect();
        if points.is_empty() {
            continue;
        }
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(3)).point_size(4))?
            .label(format!("{}, {}", contender.name(), http.name()))
            .legend(move |(x, y)| Rectangle::new([(x, y - 3), (x + 16, y + 3)], color.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 13))
        .draw()?;
    Ok(())
}
