//! The settings of `hsmd serve`. Each is written once, with its explanation; the reference that
//! `hsmd config reference` prints and the check for unknown keys are derived from that.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hsmd_gate::{QuotaGroup, Rate, Rates};
use hsmd_keys::RegionName;
use serde::Deserialize;

/// One setting as the reference shows it.
pub(crate) struct Setting {
    name: &'static str,
    documentation: &'static [&'static str],
    example: &'static str,
}

/// Makes a section's type, its defaults, and its part of the reference from one list. The example is the default where
/// there is one.
macro_rules! section {
    ($(#[doc = $section_doc:literal])+ $name:ident, $table:ident {
        $($(#[doc = $doc:literal])+ $setting:ident: $kind:ty = $default:expr, example $example:literal;)+
    }) => {
        $(#[doc = $section_doc])+
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        #[allow(
            clippy::doc_markdown,
            clippy::struct_field_names,
            reason = "names and texts are those of the configuration file"
        )]
        pub(crate) struct $name {
            $($(#[doc = $doc])+ pub(crate) $setting: $kind,)+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($setting: $default,)+ }
            }
        }

        impl $name {
            const DOCUMENTATION: &'static [&'static str] = &[$($section_doc),+];
            const SETTINGS: &'static [Setting] = &[
                $(Setting { name: stringify!($setting), documentation: &[$($doc),+], example: $example },)+
            ];
            const TABLE: &'static str = stringify!($table);
        }
    };
}

section! {
    /// Where state is kept.
    Storage, storage {
        /// The directory of the store, the audit log and the certificates. Made when it is not there; nobody else may have
        /// access to it.
        directory: PathBuf = PathBuf::from("/var/lib/hsmd"), example "\"/var/lib/hsmd\"";
    }
}

section! {
    /// Where the daemon listens.
    Listen, listen {
        /// The Unix socket for programs on this machine. Callers are told apart by the kernel's word for their user id.
        unix_socket: PathBuf = PathBuf::from("/run/hsmd/hsmd.sock"), example "\"/run/hsmd/hsmd.sock\"";
        /// Permission bits of the socket, in octal. Connecting is no right by itself: a local user needs an identity.
        unix_socket_mode: String = "666".to_owned(), example "\"666\"";
        /// Address and port for mTLS: gRPC (ALPN `h2`) and frames (ALPN `hsm/1`). Without it only the Unix socket listens.
        address: Option<SocketAddr> = None, example "\"0.0.0.0:7512\"";
        /// The most connections at a time; further ones are closed at once. Each that carries frames has a thread.
        connections_max: usize = 4096, example "4096";
        /// A connection without a request for so long is closed. One to the AWS door on which nobody has signed a request ends
        /// after `transfer_seconds`.
        idle_seconds: u64 = 3600, example "3600";
        /// How long a client may take to send the rest of a request, or to take a reply.
        transfer_seconds: u64 = 30, example "30";
        /// The most bytes of requests and replies above 64 KiB in memory at a time; further ones wait.
        large_messages_bytes_max: usize = 256 << 20, example "268435456";
    }
}

section! {
    /// AWS's protocols: KMS, and of STS and IAM what sets it up.
    Kms, kms {
        /// Address and port for HTTPS. Without it this door is not there. A port below 1024, as 443, is to be had where the sysctl
        /// `net.ipv4.ip_unprivileged_port_start` says so: the daemon keeps no capability.
        listen: Option<SocketAddr> = None, example "\"0.0.0.0:7443\"";
        /// The AWS Regions that are answered for. A request's credential scope says which of them is meant.
        regions: Vec<String> = vec!["us-east-1".to_owned()], example "[\"us-east-1\"]";
    }
}

section! {
    /// Certificates. Without `certificate` the daemon's own CA issues one.
    Tls, tls {
        /// Host names and addresses in the certificate that the daemon's own CA issues.
        server_names: Vec<String> = vec!["localhost".to_owned(), "127.0.0.1".to_owned()], example "[\"localhost\", \"127.0.0.1\"]";
        /// A PEM file with the server's certificate chain from another CA.
        certificate: Option<PathBuf> = None, example "\"/etc/hsmd/server.pem\"";
        /// A PEM file with the private key of `certificate`.
        private_key: Option<PathBuf> = None, example "\"/etc/hsmd/server.key\"";
        /// PEM files with further CAs whose client certificates are accepted, also through intermediate CAs whose
        /// certificates the client sends. Being accepted is no right by itself: `hsm identity trust` gives rights.
        client_ca_certificates: Vec<PathBuf> = Vec::new(), example "[\"/etc/hsmd/clients-ca.pem\"]";
    }
}

section! {
    /// Tokens that clients make.
    Tokens, tokens {
        /// What new tokens allow when nothing else is said: `strict`, or `compatible` with suites written for SoftHSM.
        profile: Profile = Profile::Strict, example "\"strict\"";
    }
}

section! {
    /// The audit log.
    Audit, audit {
        /// When the record of a key's use is on disk: `batched`, at most 100 ms after its reply, or `every-use`, before it.
        /// Records of changes always are before their reply.
        sync: AuditSync = AuditSync::Batched, example "\"batched\"";
        /// A file that keeps a copy of the newest checkpoint, best on another machine's disk, in a folder of its own that is there. With
        /// it the daemon does not open a store and log that were both put back to an older state.
        witness: Option<PathBuf> = None, example "\"/mnt/witness/hsmd/checkpoint\"";
    }
}

section! {
    /// How often one partition may be asked. What is over it is refused, and recorded.
    Quotas, quotas {
        /// Requests a second of one partition, by group of requests: `0` is without limit. `hsm-descriptions`, `hsm-uses` and
        /// `hsm-changes` are what PKCS#11 and `hsm` ask for, without limit when nothing is said here; the groups of AWS KMS
        /// (`kms-symmetric`, `kms-rsa`, `kms-create-key`, …) have the rates that AWS publishes for an account.
        /// `hsmd config quotas` lists them all.
        requests_per_second: BTreeMap<String, f64> = BTreeMap::new(), example "{ hsm-changes = 100, kms-create-key = 5, kms-get-parameters-for-import = 0.25 }";
    }
}

section! {
    /// Locked memory for keys.
    Memory, memory {
        /// The most bytes of locked memory. It is less when `RLIMIT_MEMLOCK` is lower and cannot be raised.
        arena_bytes_max: usize = 64 << 20, example "67108864";
    }
}

section! {
    /// What the daemon writes to standard error.
    Logging, logging {
        /// `error`, `warn`, `info`, `debug` or `trace`, or a filter as `info,hsmd_grpc=debug`.
        filter: String = "info".to_owned(), example "\"info\"";
        /// `text` or `json`.
        format: LogFormat = LogFormat::Text, example "\"text\"";
    }
}

section! {
    /// Threads.
    Threads, threads {
        /// Threads that answer requests. 0: one for each processor.
        workers: usize = 0, example "0";
    }
}

section! {
    /// Protections to do without. Each is shown by `hsm status` as long as it is on.
    Insecure, insecure {
        /// Start although keys are only in locked pages, which root can read, because the kernel has no `memfd_secret`.
        insecure_allow_locked_pages: bool = false, example "false";
        /// Start without the file-system and network limits of Landlock.
        insecure_without_landlock: bool = false, example "false";
        /// Open a store that is older than its audit log says, as after an old copy was put back on purpose. Keys that were destroyed
        /// since are back then, and so are PIN tries. Take it out again after the first unsealing.
        insecure_accept_older_store: bool = false, example "false";
        /// Start without the system-call filter.
        insecure_without_seccomp: bool = false, example "false";
    }
}

/// What a new token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Profile {
    /// Roles of keys are fixed at birth.
    Strict,
    /// What suites written for `SoftHSM` expect.
    Compatible,
}

/// When the record of a key's use is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AuditSync {
    /// At most 100 ms after the reply.
    Batched,
    /// Before the reply.
    EveryUse,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The whole configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Configuration {
    pub(crate) storage: Storage,
    pub(crate) listen: Listen,
    pub(crate) kms: Kms,
    pub(crate) tls: Tls,
    pub(crate) tokens: Tokens,
    pub(crate) audit: Audit,
    pub(crate) quotas: Quotas,
    pub(crate) memory: Memory,
    pub(crate) logging: Logging,
    pub(crate) threads: Threads,
    pub(crate) insecure: Insecure,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The file is no TOML, or has an unknown key or a value of the wrong kind.
    #[error("{} is not a valid configuration", path.display())]
    Invalid {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A value is outside its range, or two settings contradict each other.
    #[error("{setting}: {problem}")]
    Setting {
        setting: &'static str,
        problem: &'static str,
    },
}

impl Configuration {
    /// Reads and checks a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigurationError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigurationError::Unreadable {
                path: path.to_owned(),
                source,
            })?;
        let configuration: Self =
            toml::from_str(&text).map_err(|source| ConfigurationError::Invalid {
                path: path.to_owned(),
                source: Box::new(source),
            })?;
        configuration.check()?;
        Ok(configuration)
    }

    /// Permission bits of the Unix socket.
    pub(crate) fn unix_socket_mode(&self) -> Result<u32, ConfigurationError> {
        u32::from_str_radix(&self.listen.unix_socket_mode, 8)
            .ok()
            .filter(|mode| *mode <= 0o777)
            .ok_or(ConfigurationError::Setting {
                setting: "listen.unix_socket_mode",
                problem: "must be permission bits in octal, as \"660\"",
            })
    }

    /// How often partitions may be asked.
    pub(crate) fn rates(&self) -> Result<Rates, ConfigurationError> {
        let is_wrong = |problem| ConfigurationError::Setting {
            setting: "quotas.requests_per_second",
            problem,
        };
        let mut rates = Rates::default();
        for (name, requests) in &self.quotas.requests_per_second {
            let group = QuotaGroup::by_name(name).ok_or_else(|| {
                is_wrong("names a group that there is not; `hsmd config quotas` lists them")
            })?;
            let rate = match *requests {
                0.0 => None,
                requests => Some(
                    Rate::each_second(requests)
                        .ok_or_else(|| is_wrong("must be 0, or from 0.001 to 1000000"))?,
                ),
            };
            rates = rates.with(group, rate);
        }
        Ok(rates)
    }

    /// The AWS Regions that are answered for.
    pub(crate) fn regions(&self) -> Result<Vec<RegionName>, ConfigurationError> {
        let regions: Result<Vec<_>, _> = self.kms.regions.iter().map(|name| name.parse()).collect();
        regions
            .ok()
            .filter(|regions| !regions.is_empty())
            .ok_or(ConfigurationError::Setting {
                setting: "kms.regions",
                problem: "must name at least one Region, as \"eu-central-1\"",
            })
    }

    fn check(&self) -> Result<(), ConfigurationError> {
        self.unix_socket_mode()?;
        self.regions()?;
        self.rates()?;
        let is_wrong = |setting, problem| Err(ConfigurationError::Setting { setting, problem });
        if self.tls.certificate.is_some() != self.tls.private_key.is_some() {
            return is_wrong(
                "tls.certificate",
                "needs tls.private_key, and the other way round",
            );
        }
        if self.listen.connections_max == 0 {
            return is_wrong("listen.connections_max", "must be at least 1");
        }
        if self.listen.idle_seconds == 0 || self.listen.transfer_seconds == 0 {
            return is_wrong(
                "listen.idle_seconds",
                "must be at least 1, and listen.transfer_seconds too",
            );
        }
        if self.listen.large_messages_bytes_max < 2 * hsmd_operations::limits::MESSAGE_BYTES_MAX {
            return is_wrong(
                "listen.large_messages_bytes_max",
                "must hold at least two of the longest messages",
            );
        }
        if self.memory.arena_bytes_max < 4 << 20 {
            return is_wrong("memory.arena_bytes_max", "must be at least 4 MiB (4194304)");
        }
        let witness = self.audit.witness.as_deref();
        if witness.is_some_and(|witness| witness.is_relative() || witness.parent().is_none()) {
            return is_wrong("audit.witness", "must be the absolute path of a file");
        }
        if self.storage.directory.is_relative() || self.listen.unix_socket.is_relative() {
            return is_wrong(
                "storage.directory",
                "must be an absolute path, and listen.unix_socket too",
            );
        }
        Ok(())
    }
}

/// The reference of all settings, itself a valid configuration file once the comment signs before settings are removed.
pub(crate) fn reference() -> String {
    let mut text = String::new();
    let sections: &[(&str, &[&str], &[Setting])] = &[
        (Storage::TABLE, Storage::DOCUMENTATION, Storage::SETTINGS),
        (Listen::TABLE, Listen::DOCUMENTATION, Listen::SETTINGS),
        (Kms::TABLE, Kms::DOCUMENTATION, Kms::SETTINGS),
        (Tls::TABLE, Tls::DOCUMENTATION, Tls::SETTINGS),
        (Tokens::TABLE, Tokens::DOCUMENTATION, Tokens::SETTINGS),
        (Audit::TABLE, Audit::DOCUMENTATION, Audit::SETTINGS),
        (Quotas::TABLE, Quotas::DOCUMENTATION, Quotas::SETTINGS),
        (Memory::TABLE, Memory::DOCUMENTATION, Memory::SETTINGS),
        (Logging::TABLE, Logging::DOCUMENTATION, Logging::SETTINGS),
        (Threads::TABLE, Threads::DOCUMENTATION, Threads::SETTINGS),
        (Insecure::TABLE, Insecure::DOCUMENTATION, Insecure::SETTINGS),
    ];
    // Writing to a String cannot fail.
    for (table, documentation, settings) in sections {
        for line in *documentation {
            let _ = writeln!(text, "#{line}");
        }
        let _ = writeln!(text, "[{table}]");
        for setting in *settings {
            for line in setting.documentation {
                let _ = writeln!(text, "#{line}");
            }
            let _ = writeln!(text, "# {} = {}\n", setting.name, setting.example);
        }
    }
    text
}

/// The quota groups and their default rates, one a line.
pub(crate) fn quotas() -> String {
    let mut text = String::new();
    for group in QuotaGroup::ALL {
        let rate = group
            .default_rate()
            .map_or_else(|| "unlimited".to_owned(), |rate| rate.to_string());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<36}{rate}", group.name());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Configuration, String> {
        let configuration: Configuration =
            toml::from_str(text).map_err(|error| error.message().to_owned())?;
        configuration.check().map_err(|error| error.to_string())?;
        Ok(configuration)
    }

    #[test]
    fn an_empty_file_is_a_valid_configuration() {
        assert!(parse("").is_ok());
    }

    #[test]
    fn an_unknown_key_or_section_is_refused_by_name() {
        assert!(
            parse("[listen]\nunix_sokcet = \"/x\"")
                .unwrap_err()
                .contains("unix_sokcet")
        );
        assert!(parse("[lisen]\n").unwrap_err().contains("lisen"));
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        assert!(parse("[tls]\ncertificate = \"/x\"").is_err());
        assert!(parse("[listen]\nunix_socket_mode = \"999\"").is_err());
        assert!(parse("[memory]\narena_bytes_max = 1").is_err());
    }

    #[test]
    fn rates_are_those_of_the_groups_that_are_named_and_defaults_for_the_others() {
        let text = "[quotas]\nrequests_per_second = { hsm-uses = 50, kms-create-key = 0 }";
        let rates = parse(text).unwrap().rates().unwrap();
        assert_eq!(rates.of(QuotaGroup::HsmUses), Rate::each_second(50.0));
        assert_eq!(rates.of(QuotaGroup::KmsCreateKey), None);
        assert_eq!(
            rates.of(QuotaGroup::KmsRsa),
            QuotaGroup::KmsRsa.default_rate()
        );
        for wrong in ["hsm-sues = 1", "hsm-uses = -1", "hsm-uses = 0.0001"] {
            let text = format!("[quotas]\nrequests_per_second = {{ {wrong} }}");
            assert!(
                parse(&text).unwrap_err().contains("requests_per_second"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_reference_is_a_configuration_and_names_every_setting() {
        let uncommented: String = reference()
            .lines()
            .filter_map(|line| match line.strip_prefix("# ") {
                Some(setting) if setting.contains(" = ") && !setting.contains(": ") => {
                    Some(format!("{setting}\n"))
                }
                Some(_) => None,
                None => Some(format!("{line}\n")),
            })
            .collect();
        let configuration = parse(&uncommented).unwrap();
        assert_eq!(configuration.listen.address.unwrap().port(), 7512);
    }

    #[test]
    fn the_file_that_is_installed_is_the_reference() {
        let settings = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.is_empty());
            lines
                .map(|line| line.trim_start_matches("# ").to_owned())
                .collect()
        };
        let installed = settings(include_str!("../../deploy/hsmd.toml"));
        // Two lines say what the file is.
        assert_eq!(installed[2..], settings(&reference()));
    }
}
