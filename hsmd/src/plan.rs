//! What a start is to do: the settings of `serve` and of `dev` in one form, paths made absolute.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use hsmd_gate::Rates;
use hsmd_identity::Cost;
use hsmd_keys::{AccountId, RegionName, TokenProfile};

use crate::arguments::Dev;
use crate::configuration::{AuditSync, Configuration, ConfigurationError, LogFormat, Profile};
use crate::dev::GivenKey;
use crate::harden::Allowances;
use crate::tls_files::TlsFiles;

/// The store's directory, within the data directory.
pub(crate) const STORE_DIRECTORY: &str = "store";

/// What a start is to do.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The directory of the store, the audit log and the certificates.
    pub(crate) directory: PathBuf,
    pub(crate) unix_socket: PathBuf,
    pub(crate) unix_socket_mode: u32,
    /// Where to listen for mTLS.
    pub(crate) address: Option<SocketAddr>,
    pub(crate) connections_max: usize,
    pub(crate) idle: Duration,
    pub(crate) transfer: Duration,
    pub(crate) large_messages_bytes_max: usize,
    pub(crate) tls: TlsFiles,
    pub(crate) default_profile: TokenProfile,
    pub(crate) syncs_every_use: bool,
    /// Where a copy of each audit checkpoint is kept.
    pub(crate) audit_witness: Option<PathBuf>,
    pub(crate) accepts_older_store: bool,
    pub(crate) arena_bytes_max: usize,
    pub(crate) allows_locked_pages: bool,
    pub(crate) allowances: Allowances,
    pub(crate) log_filter: String,
    pub(crate) log_format: LogFormat,
    pub(crate) workers: usize,
    pub(crate) pin_cost: Cost,
    /// How often partitions may be asked.
    pub(crate) rates: Rates,
    /// The Region as `hsm status` shows it.
    pub(crate) region: String,
    /// Where AWS's protocols are spoken.
    pub(crate) kms: Kms,
    /// Set for a development daemon.
    pub(crate) development: Option<Development>,
}

/// The door that speaks AWS's protocols.
#[derive(Debug)]
pub(crate) struct Kms {
    /// Where it listens for HTTPS.
    pub(crate) address: Option<SocketAddr>,
    /// Where it listens for plain HTTP: loopback, in development alone.
    pub(crate) http_address: Option<SocketAddr>,
    /// The Regions that are answered for.
    pub(crate) regions: Vec<RegionName>,
}

/// What only a development daemon does.
#[derive(Debug)]
pub(crate) struct Development {
    /// The account of the access key in `DIR/env`.
    pub(crate) account: AccountId,
    /// That access key, if it was given.
    pub(crate) access_key: Option<GivenKey>,
    pub(crate) is_private: bool,
    pub(crate) exit_when_unused: Option<Duration>,
    pub(crate) is_detached: bool,
}

/// The most locked memory of a development daemon.
const DEVELOPMENT_ARENA_BYTES: usize = 64 << 20;

impl Plan {
    /// What the configuration file says.
    pub(crate) fn of_configuration(
        configuration: &Configuration,
    ) -> Result<Self, ConfigurationError> {
        let Configuration {
            storage,
            listen,
            tls,
            tokens,
            audit,
            quotas: _,
            memory,
            logging,
            threads,
            kms,
            insecure,
        } = configuration;
        Ok(Self {
            directory: storage.directory.clone(),
            unix_socket: listen.unix_socket.clone(),
            unix_socket_mode: configuration.unix_socket_mode()?,
            address: listen.address,
            connections_max: listen.connections_max,
            idle: Duration::from_secs(listen.idle_seconds),
            transfer: Duration::from_secs(listen.transfer_seconds),
            large_messages_bytes_max: listen.large_messages_bytes_max,
            tls: TlsFiles {
                folder: storage.directory.join("tls"),
                server_names: tls.server_names.clone(),
                configured: tls.certificate.clone().zip(tls.private_key.clone()),
                client_authorities: tls.client_ca_certificates.clone(),
            },
            default_profile: match tokens.profile {
                Profile::Strict => TokenProfile::Strict,
                Profile::Compatible => TokenProfile::Compatible,
            },
            syncs_every_use: audit.sync == AuditSync::EveryUse,
            audit_witness: audit.witness.clone(),
            accepts_older_store: insecure.insecure_accept_older_store,
            arena_bytes_max: memory.arena_bytes_max,
            allows_locked_pages: insecure.insecure_allow_locked_pages,
            allowances: Allowances {
                without_landlock: insecure.insecure_without_landlock,
                without_seccomp: insecure.insecure_without_seccomp,
            },
            log_filter: logging.filter.clone(),
            log_format: logging.format,
            workers: threads.workers,
            pin_cost: Cost::SERVE,
            rates: configuration.rates()?,
            region: "local".to_owned(),
            kms: Kms {
                address: kms.listen,
                http_address: None,
                regions: configuration.regions()?,
            },
            development: None,
        })
    }

    /// A development daemon: everything in one directory, loopback only.
    pub(crate) fn of_dev(dev: &Dev) -> std::io::Result<Self> {
        let directory = absolute(&dev.data_dir)?;
        let defaults = Configuration::default();
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self {
            unix_socket: directory.join("hsmd.sock"),
            unix_socket_mode: 0o600,
            address: if dev.private { None } else { Some(loopback) },
            connections_max: defaults.listen.connections_max,
            idle: Duration::from_secs(defaults.listen.idle_seconds),
            transfer: Duration::from_secs(defaults.listen.transfer_seconds),
            large_messages_bytes_max: defaults.listen.large_messages_bytes_max,
            tls: TlsFiles {
                folder: directory.join("tls"),
                server_names: defaults.tls.server_names,
                configured: None,
                client_authorities: Vec::new(),
            },
            directory,
            default_profile: TokenProfile::Compatible,
            syncs_every_use: false,
            audit_witness: None,
            accepts_older_store: false,
            arena_bytes_max: DEVELOPMENT_ARENA_BYTES,
            allows_locked_pages: true,
            allowances: Allowances {
                without_landlock: true,
                without_seccomp: true,
            },
            log_filter: dev.log.clone(),
            log_format: LogFormat::Text,
            workers: 0,
            pin_cost: Cost::DEVELOPMENT,
            rates: if dev.quotas {
                Rates::default()
            } else {
                Rates::UNLIMITED
            },
            region: names(&dev.regions),
            kms: Kms {
                address: if dev.private { None } else { Some(loopback) },
                http_address: if dev.private { None } else { Some(loopback) },
                regions: dev.regions.clone(),
            },
            development: Some(Development {
                account: dev.account,
                access_key: dev.access_key.clone(),
                is_private: dev.private,
                exit_when_unused: dev.exit_when_unused.map(Duration::from_secs),
                is_detached: dev.detached,
            }),
        })
    }
}

/// The Regions as one text.
fn names(regions: &[RegionName]) -> String {
    let names: Vec<_> = regions.iter().map(RegionName::as_str).collect();
    names.join(",")
}

fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    std::path::absolute(path)
}
