//! Makes the requests, responses, enums and constraint checks of AWS KMS from its service model.

#[path = "build/generate.rs"]
mod generate;
#[path = "build/model.rs"]
mod model;
#[path = "build/names.rs"]
mod names;
#[path = "build/shapes.rs"]
mod shapes;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

const MODEL: &str = "model/service-2.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={MODEL}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let model = serde_json::from_str(&fs::read_to_string(MODEL)?)?;
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(folder.join("model.rs"), generate::code(&model)?)?;
    Ok(())
}
