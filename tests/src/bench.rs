//! What the side-by-side benchmarks share: the median of their rounds, and the font of their plots.

use std::fs;

use plotters::style::{FontStyle, register_font};

/// The median of at least one value.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Debian's package fonts-dejavu-core.
const FONT: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

/// Makes `sans-serif` known to plots. False, with a word on standard error, if the font is not installed.
///
/// # Panics
///
/// When the file is no font.
#[must_use]
pub fn font_is_here() -> bool {
    let Ok(font) = fs::read(FONT) else {
        eprintln!("no plot: {FONT} is missing (Debian package fonts-dejavu-core)");
        return false;
    };
    // plotters keeps fonts for the life of the program.
    let registered = register_font(
        "sans-serif",
        FontStyle::Normal,
        Box::leak(font.into_boxed_slice()),
    );
    assert!(registered.is_ok(), "{FONT} is no font");
    true
}
