//! Files that a command leaves behind: certificates and keys.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use hsm_proto::IssuedIdentity;
use serde::Serialize;

use crate::failure::Failure;

/// The files of an identity.
#[derive(Debug, Serialize)]
pub(crate) struct IdentityFiles {
    pub(crate) ca_certificate: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: Option<PathBuf>,
    pub(crate) configuration: PathBuf,
    #[serde(skip)]
    has_endpoint: bool,
}

impl IdentityFiles {
    /// Says what is left to be done before the files can be used.
    pub(crate) fn write_what_is_missing(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.has_endpoint {
            return Ok(());
        }
        writeln!(
            out,
            "\nWrite the daemon's address into the configuration: endpoint = \"https://host:port\""
        )
    }
}

/// Writes the files of an identity and a `client.toml` that names them, in a folder that [`make_folder`] made. Existing files
/// are not overwritten.
pub(crate) fn write_identity(
    folder: &Path,
    identity: &IssuedIdentity,
    private_key_pem: &str,
    endpoint: Option<&str>,
) -> Result<IdentityFiles, Failure> {
    let files = IdentityFiles {
        ca_certificate: folder.join("ca.pem"),
        certificate: folder.join("client.pem"),
        private_key: (!private_key_pem.is_empty()).then(|| folder.join("client-key.pem")),
        configuration: folder.join("client.toml"),
        has_endpoint: endpoint.is_some(),
    };
    write_new(&files.ca_certificate, &identity.ca_certificate_pem, 0o644)?;
    write_new(&files.certificate, &identity.certificate_pem, 0o644)?;
    if let Some(file) = &files.private_key {
        write_new(file, private_key_pem, 0o600)?;
    }
    let endpoint = match endpoint {
        Some(endpoint) => format!("endpoint = \"{endpoint}\"\n"),
        None => "# Where the daemon listens:\n# endpoint = \"https://host:port\"\n".to_owned(),
    };
    let settings = format!(
        "{endpoint}ca_certificate = \"ca.pem\"\ncertificate = \"client.pem\"\nprivate_key = \"client-key.pem\"\n"
    );
    write_new(&files.configuration, &settings, 0o644)?;
    Ok(files)
}

/// Makes the folder of an identity's files, and refuses before anything is done at the daemon that could not be kept
/// afterwards: files of that name are there, or none can be written.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    for name in ["ca.pem", "client.pem", "client-key.pem", "client.toml"] {
        let file = folder.join(name);
        if file.exists() {
            return Err(Failure::new(
                crate::failure::Exit::Usage,
                format!("{} exists already", file.display()),
            )
            .with_hint("choose another --identity-dir, or move the old files away"));
        }
    }
    fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
    let trial = folder.join("client.toml");
    write_new(&trial, "", 0o600)?;
    fs::remove_file(&trial).map_err(|error| Failure::file("remove", &trial, &error))
}

fn write_new(file: &Path, content: &str, mode: u32) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(file)
        .and_then(|mut file| {
            file.write_all(content.as_bytes())
                .and_then(|()| file.sync_all())
        })
        .map_err(|error| Failure::file("write", file, &error))
}
