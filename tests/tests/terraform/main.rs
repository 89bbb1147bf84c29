//! Terraform and its aws provider, unchanged: a configuration is applied, planned again without a change, and destroyed.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use hsm_tests::tools::{left_out, program_is_here};
use hsm_tests::{Daemon, Outcome, run};

/// The version of the provider that the configuration asks for.
const PROVIDER: &str = "registry.terraform.io/hashicorp/aws/5.100.0";

#[test]
fn a_configuration_applies_stays_as_it_is_and_is_destroyed() {
    let Some(mirror) = mirror() else {
        left_out("the aws provider of Terraform is not in a local mirror");
        return;
    };
    if !program_is_here("terraform", "terraform") {
        return;
    }
    let daemon = Daemon::dev();
    let directory = daemon.scratch();
    fs::write(directory.join("main.tf"), include_str!("everything.tf")).unwrap();
    let settings = format!(
        "provider_installation {{ filesystem_mirror {{ path = \"{}\" }} }}\n",
        mirror.display()
    );
    fs::write(directory.join("terraform.rc"), settings).unwrap();

    let _ = terraform(&daemon, &directory, &["init"]).succeeded();
    let _ = terraform(&daemon, &directory, &["apply", "-auto-approve"])
        .succeeded()
        .saying("Apply complete!");
    // Exit code 2 would say that there is something to change.
    let _ = terraform(&daemon, &directory, &["plan", "-detailed-exitcode"])
        .succeeded()
        .saying("No changes.");
    let _ = terraform(&daemon, &directory, &["destroy", "-auto-approve"])
        .succeeded()
        .saying("Destroy complete!");
}

fn terraform(daemon: &Daemon, directory: &Path, arguments: &[&str]) -> Outcome {
    let variable = |name| daemon.variable(name);
    let mut command = daemon.command("terraform");
    command
        .args(arguments)
        .args(["-no-color", "-input=false"])
        .current_dir(directory)
        .env("TF_CLI_CONFIG_FILE", directory.join("terraform.rc"))
        .env("CHECKPOINT_DISABLE", "1")
        .env(
            "TF_VAR_second_access_key",
            variable("HSM_SECOND_ACCESS_KEY_ID"),
        )
        .env(
            "TF_VAR_second_secret_key",
            variable("HSM_SECOND_SECRET_ACCESS_KEY"),
        );
    run(&mut command)
}

/// The folder of providers that has the one of the configuration.
fn mirror() -> Option<PathBuf> {
    let named = std::env::var_os("HSM_TERRAFORM_PROVIDERS").map(PathBuf::from);
    let candidates = named.into_iter().chain([
        PathBuf::from("/opt/tf-plugins"),
        PathBuf::from("/usr/share/terraform/plugins"),
    ]);
    candidates
        .into_iter()
        .find(|folder| folder.join(PROVIDER).is_dir())
}
