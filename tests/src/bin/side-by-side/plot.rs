//! The plot: how many times faster than SoftHSM, case by case, as SVG and PNG.

use std::path::Path;

use hsm_tests::bench::font_is_here;
use plotters::prelude::*;

use crate::{
    bench::Results,
    cases::{Case, Contender},
};

const SIZE: (u32, u32) = (1_500, 620);
const SHOWN: [(Contender, RGBColor); 3] = [
    (Contender::Raw, RGBColor(176, 176, 176)),
    (Contender::Unix, RGBColor(22, 105, 122)),
    (Contender::Mtls, RGBColor(130, 192, 204)),
];
/// What the search gains is so much that it would flatten the rest.
const CASES: [Case; 14] = [
    Case::SignRsa2048,
    Case::SignRsa4096,
    Case::SignP256,
    Case::SignP384,
    Case::SignEd25519,
    Case::EncryptAesGcm64,
    Case::EncryptAesGcm4K,
    Case::EncryptAesGcm1M,
    Case::MacSha256,
    Case::VerifyRsa2048,
    Case::VerifyP256,
    Case::DigestSha256,
    Case::GenerateAes256,
    Case::GenerateP256,
];

/// Writes `side-by-side.svg` and `side-by-side.png` into `folder`.
pub(crate) fn write(folder: &Path, results: &Results) {
    if !font_is_here() {
        return;
    }
    let svg = folder.join("side-by-side.svg");
    draw(&SVGBackend::new(&svg, SIZE).into_drawing_area(), results).expect("the plot is drawn");
    let png = folder.join("side-by-side.png");
    draw(&BitMapBackend::new(&png, SIZE).into_drawing_area(), results).expect("the plot is drawn");
}

type Drawn<B> = Result<(), DrawingAreaErrorKind<<B as DrawingBackend>::ErrorType>>;

#[expect(clippy::cast_precision_loss, reason = "positions of a dozen bars")]
fn draw<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    results: &Results,
) -> Drawn<B> {
    area.fill(&WHITE)?;
    let highest = SHOWN
        .iter()
        .flat_map(|(contender, _)| {
            CASES
                .iter()
                .filter_map(|case| times_softhsm(results, *contender, *case))
        })
        .fold(10.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(
            "Operations per second at 16 threads, as multiples of SoftHSM's",
            ("sans-serif", 22),
        )
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..CASES.len() as f64, (0.1..highest * 2.0).log_scale())?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_desc("× SoftHSM (logarithmic)")
        .y_label_formatter(&|value| format!("{value}×"))
        .label_style(("sans-serif", 14))
        .draw()?;
    let label = TextStyle::from(("sans-serif", 13)).color(&BLACK).pos(
        plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Top,
        ),
    );
    for (index, (contender, color)) in SHOWN.iter().enumerate() {
        let bars = CASES.iter().enumerate().filter_map(|(position, case)| {
            let value = times_softhsm(results, *contender, *case)?;
            let left = position as f64 + 0.14 + index as f64 * 0.24;
            Some(Rectangle::new(
                [(left, 0.1), (left + 0.22, value)],
                color.filled(),
            ))
        });
        chart
            .draw_series(bars)?
            .label(contender.name())
            .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], color.filled()));
    }
    chart.draw_series(std::iter::once(PathElement::new(
        vec![(0.0, 1.0), (CASES.len() as f64, 1.0)],
        BLACK.stroke_width(2),
    )))?;
    for (position, case) in CASES.iter().enumerate() {
        let (name, kind) = case.name().split_once(' ').unwrap_or((case.name(), ""));
        let (x, y) = chart.backend_coord(&(position as f64 + 0.5, 0.1));
        area.draw_text(name, &label, (x, y + 6))?;
        area.draw_text(kind, &label, (x, y + 24))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(200, 200, 200))
        .label_font(("sans-serif", 14))
        .draw()?;
    area.present()
}

fn times_softhsm(results: &Results, contender: Contender, case: Case) -> Option<f64> {
    let (ours, peer) = (
        results.cell(contender, case, 16)?,
        results.cell(Contender::SoftHsm, case, 16)?,
    );
    Some(ours.operations_per_second / peer.operations_per_second)
}
