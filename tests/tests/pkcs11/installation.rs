//! What `make install` puts down, used from where it stands.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use hsm_tests::{
    Outcome, binaries, launch::isolated, private_home::PrivateHome, run, tools::PKCS11_TOOL,
    workspace,
};

fn install(home: &Path, root: &Path) -> Outcome {
    let script = workspace::root().join("scripts/install.sh");
    let mut command = isolated("bash", home);
    run(command
        .arg(script)
        .env("DESTDIR", root)
        .env("PREFIX", "/opt/hsmd")
        .env("HSM_BINARIES", binaries::folder()))
}

#[test]
fn installed_programs_find_each_other_and_settings_stay() {
    if !PKCS11_TOOL.is_here() {
        return;
    }
    let home = PrivateHome::new();
    let root = home.path().join("root");
    let _ = install(home.path(), &root).succeeded();
    let installed = root.join("opt/hsmd");
    let init = [
        "--init-token",
        "--free",
        "--label",
        "installed",
        "--so-pin",
        "12345678",
        "--pin",
        "1234",
    ];
    let _ = run(isolated(installed.join("bin/softhsm2-util"), home.path()).args(init)).succeeded();
    let module = installed.join("lib/libhsm_pkcs11.so");
    let _ = run(isolated("pkcs11-tool", home.path())
        .arg("--module")
        .arg(module)
        .arg("--list-slots"))
    .succeeded()
    .saying("installed");

    let unit = fs::read_to_string(installed.join("lib/systemd/system/hsmd.service")).unwrap();
    assert!(
        unit.contains("ExecStart=/opt/hsmd/bin/hsmd serve"),
        "{unit}"
    );
    let settings = root.join("etc/hsmd/hsmd.toml");
    let mode = fs::metadata(&settings).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "the service's user reads it");
    fs::write(&settings, "# changed\n").unwrap();
    let tool = installed.join("bin/softhsm2-util");
    fs::remove_file(&tool).unwrap();
    fs::write(&tool, "SoftHSM's own").unwrap();
    let _ = install(home.path(), &root).succeeded();
    assert_eq!(fs::read_to_string(&settings).unwrap(), "# changed\n");
    assert_eq!(fs::read_to_string(&tool).unwrap(), "SoftHSM's own");
}
