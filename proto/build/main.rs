//! Generates the messages, and the gRPC service where asked, from `hsm/v1/hsm.proto`; and from the same descriptor
//! what prost does not: secrecy of the fields marked `debug_redact` and the glue of "rpc X is the member x".
//! protox parses the file, so no `protoc` is needed.

#![forbid(unsafe_code)]

mod operations;
mod secrets;

use std::{env, error::Error, fs, path::Path};

const PROTO: &str = "hsm/v1/hsm.proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO}");
    println!("cargo::rerun-if-changed=build");

    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_source_info(true).open_file(PROTO)?;
    let pool = compiler.descriptor_pool();
    let secret_messages = secrets::messages(&pool)?;
    let operations = operations::read(&pool)?;
    let with_grpc = env::var_os("CARGO_FEATURE_GRPC").is_some();

    let mut config = prost_build::Config::new();
    config.skip_debug(
        secret_messages
            .iter()
            .map(|message| format!(".{}", message.full_name())),
    );
    tonic_prost_build::configure()
        .build_client(with_grpc)
        .build_server(with_grpc)
        .emit_rerun_if_changed(false)
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;

    let mut glue = String::new();
    secrets::write(&mut glue, &secret_messages)?;
    operations::write(&mut glue, &operations, with_grpc)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("glue.rs"), glue)?;
    Ok(())
}
