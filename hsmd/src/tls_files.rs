//! The certificate files: made by the daemon's own CA in the data directory, or configured from another CA.
//!
//! They are files, and not in the store, because operators unseal over mTLS too, before the store can be read.

use std::fs;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hsmd_identity::tls::{ServerTls, https, key_sha256};
use hsmd_identity::{CertificateAuthority, Clock};
use rustls::ServerConfig;
use secrecy::{ExposeSecret as _, SecretString};

/// How long the server's own certificate is valid, and when a new one is made.
const VALID_DAYS: u32 = 398;
const RENEWED_AFTER: Duration = Duration::from_hours(4320);

/// Where the files are.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    /// The folder for the files that the daemon makes.
    pub(crate) folder: PathBuf,
    /// Host names and addresses in the certificate that the daemon makes.
    pub(crate) server_names: Vec<String>,
    /// Certificate chain and key from another CA.
    pub(crate) configured: Option<(PathBuf, PathBuf)>,
    /// Further CAs whose client certificates are accepted.
    pub(crate) client_authorities: Vec<PathBuf>,
}

/// What the files say.
pub(crate) struct Loaded {
    pub(crate) server: ServerTls,
    /// For doors whose callers prove themselves otherwise.
    pub(crate) https: Arc<ServerConfig>,
    pub(crate) own_issuer_key_sha256: [u8; 32],
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsFilesError {
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A certificate cannot be used or made.
    #[error("a certificate cannot be used or made")]
    Certificate(#[from] hsmd_identity::Error),
}

impl TlsFiles {
    /// The daemon's own CA certificate, for clients to trust.
    pub(crate) fn authority_path(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Reads the files. `None` as long as the daemon was never initialised.
    pub(crate) fn load(&self) -> Result<Option<Loaded>, TlsFilesError> {
        if !self.authority_path().exists() {
            return Ok(None);
        }
        let authority = read(&self.authority_path())?;
        let mut authorities = vec![authority.clone()];
        for path in &self.client_authorities {
            authorities.push(read(path)?);
        }
        let (certificate, key) = match &self.configured {
            Some((certificate, key)) => (certificate.clone(), key.clone()),
            None => (self.certificate_path(), self.key_path()),
        };
        let key = SecretString::from(read(&key)?);
        let trusted: Vec<&str> = authorities.iter().map(String::as_str).collect();
        let certificate = read(&certificate)?;
        Ok(Some(Loaded {
            server: ServerTls::new(&certificate, &key, &trusted)?,
            https: https(&certificate, &key)?,
            own_issuer_key_sha256: key_sha256(&authority)?,
        }))
    }

    /// Writes the CA's certificate, and a new server certificate unless one is configured.
    pub(crate) fn renew(
        &self,
        authority: &CertificateAuthority,
        clock: &dyn Clock,
    ) -> Result<(), TlsFilesError> {
        fs::create_dir_all(&self.folder).map_err(|source| TlsFilesError::Io {
            path: self.folder.clone(),
            source,
        })?;
        write(
            &self.authority_path(),
            authority.certificate_pem().as_bytes(),
            PUBLIC_MODE,
        )?;
        if self.configured.is_some() {
            return Ok(());
        }
        let (addresses, names): (Vec<_>, Vec<_>) = self
            .server_names
            .iter()
            .map(|name| name.parse::<IpAddr>().map_err(|_| name.clone()))
            .partition(Result::is_ok);
        let addresses: Vec<IpAddr> = addresses.into_iter().flatten().collect();
        let names: Vec<String> = names.into_iter().filter_map(Result::err).collect();
        let issued = authority.issue_server(&names, &addresses, VALID_DAYS, clock)?;
        write(
            &self.certificate_path(),
            issued.certificate_pem.as_bytes(),
            PUBLIC_MODE,
        )?;
        if let Some(key) = &issued.private_key_pem {
            write_secret(&self.key_path(), key)?;
        }
        Ok(())
    }

    /// As [`renew`](Self::renew), if the certificate has lived for half a year.
    pub(crate) fn renew_if_old(
        &self,
        authority: &CertificateAuthority,
        clock: &dyn Clock,
    ) -> Result<(), TlsFilesError> {
        let made_at = fs::metadata(self.certificate_path()).and_then(|file| file.modified());
        let since_made = made_at.ok().and_then(|made_at| {
            let made_at = made_at.duration_since(std::time::UNIX_EPOCH).ok()?;
            clock.since_epoch().checked_sub(made_at)
        });
        if since_made.is_some_and(|since_made| since_made < RENEWED_AFTER) {
            return Ok(());
        }
        self.renew(authority, clock)
    }

    fn certificate_path(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    fn key_path(&self) -> PathBuf {
        self.folder.join("server.key")
    }
}

/// Writes a private key for its owner alone.
#[expect(
    clippy::disallowed_methods,
    reason = "the key goes into the file that its owner reads"
)]
pub(crate) fn write_secret(path: &Path, key: &SecretString) -> Result<(), TlsFilesError> {
    write(path, key.expose_secret().as_bytes(), SECRET_MODE)
}

/// Writes a file as a whole: whoever reads it meanwhile finds the old one or the new one.
pub(crate) fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), TlsFilesError> {
    let failed = |source| TlsFilesError::Io {
        path: path.to_owned(),
        source,
    };
    let temporary = path.with_extension("new");
    let _ = fs::remove_file(&temporary);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)
        .map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&temporary, path).map_err(failed)
}

fn read(path: &Path) -> Result<String, TlsFilesError> {
    fs::read_to_string(path).map_err(|source| TlsFilesError::Io {
        path: path.to_owned(),
        source,
    })
}

/// Permission bits of certificates.
pub(crate) const PUBLIC_MODE: u32 = 0o644;

/// Permission bits of private keys.
pub(crate) const SECRET_MODE: u32 = 0o600;
