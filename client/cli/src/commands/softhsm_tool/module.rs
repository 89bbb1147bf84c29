//! The PKCS#11 module that the tool works with.

use std::path::{Path, PathBuf};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};

use super::Result;

const NAME: &str = "libhsm_pkcs11.so";

/// Loads and initialises the module that is named, else ours.
pub(super) fn open(named: Option<&Path>) -> Result<Pkcs11> {
    let path = named.map_or_else(own, Path::to_owned);
    let pkcs11 = Pkcs11::new(&path)
        .map_err(|error| format!("ERROR: Could not load the PKCS#11 library/module: {error}"))?;
    pkcs11
        .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        .map_err(|error| {
            format!(
                "ERROR: Could not initialize the PKCS#11 library/module: {}: {}",
                path.display(),
                super::return_value(&error)
            )
        })?;
    Ok(pkcs11)
}

/// Our module: beside this program, in `../lib` or `../lib/pkcs11` from there, or where the linker looks.
fn own() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("/"));
    ["", "../lib", "../lib/pkcs11"]
        .iter()
        .map(|place| folder.join(place).join(NAME))
        .find(|path| path.is_file())
        .unwrap_or_else(|| NAME.into())
}
