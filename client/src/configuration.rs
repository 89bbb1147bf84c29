//! Where the daemon is and how to prove who asks: `client.toml` and its environment variables.
//!
//! ```toml
//! endpoint = "https://hsm.example:7512"        # or "unix:/run/hsmd/hsmd.sock"
//! # endpoints = ["https://a:7512", "https://b:7512"] instead, tried in order
//! ca_certificate = "ca.pem"                    # paths are relative to this file
//! certificate = "client.pem"
//! private_key = "client-key.pem"
//! connect_timeout_milliseconds = 5000
//! request_timeout_milliseconds = 60000
//! resume_logins = false                        # true: log in again by itself when the daemon was restarted
//! ```

use std::{
    env,
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use serde::Deserialize;

use crate::softhsm;

/// How long connecting may take if the configuration does not say.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a reply may take if the configuration does not say. Generating an RSA-4096 key takes seconds.
pub const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// The system's configuration file.
pub const SYSTEM_FILE: &str = "/etc/hsm/client.toml";

/// Where the daemon is, who to be, and how long to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Addresses of the daemon, tried in order; never empty.
    pub endpoints: Vec<Endpoint>,
    /// PEM file of the CA that certifies the daemon. Needed for `https`.
    pub ca_certificate: Option<PathBuf>,
    /// PEM file of the certificate that says who asks, with its chain. Needed for `https`.
    pub certificate: Option<PathBuf>,
    /// PEM file of the certificate's private key. Needed for `https`.
    pub private_key: Option<PathBuf>,
    /// How long connecting to one address may take.
    pub connect_timeout: Duration,
    /// How long a reply may take.
    pub request_timeout: Duration,
    /// Log in again, with the PIN kept in memory, when the daemon was restarted: sessions go on. Without it, sessions end
    /// and whoever has the PIN is asked again.
    pub resumes_logins: bool,
    /// The daemon is this user's private one: it is started when it does not answer, because it ends when unused.
    pub is_private_daemon: bool,
}

/// An address of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// `unix:/path`: a Unix socket; the kernel says who asks.
    Unix(PathBuf),
    /// `https://host:port`: mutually authenticated TLS 1.3.
    Https {
        /// A name or an address, without brackets.
        host: String,
        /// The TCP port.
        port: u16,
    },
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// The file is not TOML, or holds a key or value that means nothing.
    #[error("{} is not a client configuration: {reason}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The line and what is wrong in it.
        reason: String,
    },

    /// An address has neither form.
    #[error("`{0}` is not an address of a daemon")]
    Endpoint(String),

    /// An `https` address needs this setting.
    #[error("`{0}` is not set, but an https endpoint needs it")]
    Missing(&'static str),

    /// The asynchronous client speaks gRPC, which a Unix socket does not carry.
    #[error("gRPC needs an https endpoint, not `{0}`")]
    NotHttps(Endpoint),

    /// A file does not hold what it is for.
    #[error("{} holds no {expected}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },

    /// The certificate and the key cannot be used together.
    #[error("the certificate and the private key cannot be used")]
    Certificate(#[source] rustls::Error),
}

impl ConfigurationError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Invalid { .. } => {
                "keys: endpoint, endpoints, ca_certificate, certificate, private_key, \
                 connect_timeout_milliseconds, request_timeout_milliseconds, resume_logins"
                    .into()
            }
            Self::Endpoint(_) => "write unix:/path/to/hsmd.sock or https://host:port".into(),
            Self::NotHttps(_) => {
                "name the daemon's https address, or use the blocking client".into()
            }
            Self::Missing(_) => "add it to client.toml; HSM_CONFIG names the file".into(),
            Self::Content { .. } | Self::Certificate(_) => {
                "the files must be PEM, as `hsm identity issue` writes them".into()
            }
            Self::Unreadable { .. } => return None,
        })
    }
}

/// The environment that a configuration is looked for in.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `HSM_CONFIG`: the file to use; no other is looked at.
    pub config: Option<OsString>,
    /// `HSM_ENDPOINT`: overrides the file's addresses.
    pub endpoint: Option<String>,
    /// `XDG_CONFIG_HOME`, else `$HOME/.config`.
    pub config_home: Option<PathBuf>,
    /// `SOFTHSM2_CONF` is set: the [private daemon](crate::private_daemon) of its token directory is meant, not the daemon of
    /// the usual files.
    pub names_softhsm_tokens: bool,
}

impl Environment {
    /// The process's own. A program that runs with more rights than who started it (setuid, setgid) does not let
    /// the environment choose its daemon.
    #[must_use]
    pub fn of_process() -> Self {
        use rustix::process::{getegid, geteuid, getgid, getuid};
        if getuid() != geteuid() || getgid() != getegid() {
            return Self::default();
        }
        let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
        let home = variable("HOME").map(PathBuf::from);
        Self {
            config: variable("HSM_CONFIG"),
            endpoint: variable("HSM_ENDPOINT").map(|value| value.to_string_lossy().into_owned()),
            config_home: variable("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or(home.map(|home| home.join(".config"))),
            names_softhsm_tokens: variable(softhsm::VARIABLE).is_some(),
        }
    }
}

/// The variables that choose a daemon.
const VARIABLES: [&str; 4] = [
    "HSM_CONFIG",
    "HSM_ENDPOINT",
    "HSM_PRIVATE_DIR",
    softhsm::VARIABLE,
];

/// The values of the environment variables that choose a daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice([Option<OsString>; VARIABLES.len()]);

impl Choice {
    /// The process's own.
    #[must_use]
    pub fn of_process() -> Self {
        Self(VARIABLES.map(|name| env::var_os(name).filter(|value| !value.is_empty())))
    }

    /// Whether a forked child chooses another daemon than its parent, whose choice this is. A child without any of the
    /// variables chooses none: servers clear the environment of their workers.
    #[must_use]
    pub fn is_changed_by(&self, child: &Self) -> bool {
        let mut both = self.0.iter().zip(&child.0);
        both.any(|(parent, child)| child.is_some() && child != parent)
    }
}

impl Configuration {
    /// A configuration for a Unix socket.
    pub fn unix(socket: impl Into<PathBuf>) -> Self {
        Self {
            endpoints: vec![Endpoint::Unix(socket.into())],
            ca_certificate: None,
            certificate: None,
            private_key: None,
            connect_timeout: CONNECT_TIMEOUT,
            request_timeout: REQUEST_TIMEOUT,
            resumes_logins: false,
            is_private_daemon: false,
        }
    }

    /// Reads `HSM_CONFIG`, else the user's `hsm/client.toml`, else the system's. `None` if there is no configuration at all, or
    /// `SOFTHSM2_CONF` comes before the usual files: the caller may then use a [private daemon](crate::private_daemon).
    ///
    /// # Errors
    ///
    /// A file that is there but cannot be read or used is an error; it is never passed over.
    pub fn find(environment: &Environment) -> Result<Option<Self>, ConfigurationError> {
        let users = environment
            .config_home
            .as_ref()
            .map(|folder| folder.join("hsm/client.toml"));
        let mut usual = users.into_iter().chain([PathBuf::from(SYSTEM_FILE)]);
        let named = environment.config.as_ref().map(PathBuf::from);
        let file = if environment.names_softhsm_tokens {
            named
        } else {
            named.or_else(|| usual.find(|file| file.exists()))
        };
        let mut configuration = file.map(|file| Self::from_file(&file)).transpose()?;
        if let Some(endpoint) = &environment.endpoint {
            let endpoint = endpoint.parse()?;
            configuration = Some(match configuration {
                Some(configuration) => Self {
                    endpoints: vec![endpoint],
                    ..configuration
                },
                None => Self {
                    endpoints: vec![endpoint],
                    ..Self::unix("")
                },
            });
        }
        Ok(configuration)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not TOML, or holds a key or value that means nothing.
    pub fn from_file(file: &Path) -> Result<Self, ConfigurationError> {
        let text = fs::read_to_string(file).map_err(|source| ConfigurationError::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        let invalid = |reason| ConfigurationError::Invalid {
            file: file.to_owned(),
            reason,
        };
        let settings: Settings =
            toml::from_str(&text).map_err(|error| invalid(describe(&text, &error)))?;
        let endpoints = match (settings.endpoint, settings.endpoints) {
            (Some(endpoint), None) => vec![endpoint],
            (None, Some(endpoints)) if !endpoints.is_empty() => endpoints,
            (Some(_), Some(_)) => {
                return Err(invalid("both `endpoint` and `endpoints` are set".into()));
            }
            (None, _) => return Err(invalid("neither `endpoint` nor `endpoints` is set".into())),
        };
        let folder = file.parent().unwrap_or(Path::new("."));
        let timeout = |name: &str, value: Option<u64>, default| match value {
            Some(0) => Err(invalid(format!("`{name}` must be at least 1"))),
            Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
            None => Ok(default),
        };
        Ok(Self {
            endpoints: endpoints
                .iter()
                .map(|endpoint| endpoint.parse())
                .collect::<Result<_, _>>()?,
            ca_certificate: settings.ca_certificate.map(|path| folder.join(path)),
            certificate: settings.certificate.map(|path| folder.join(path)),
            private_key: settings.private_key.map(|path| folder.join(path)),
            connect_timeout: timeout(
                "connect_timeout_milliseconds",
                settings.connect_timeout_milliseconds,
                CONNECT_TIMEOUT,
            )?,
            request_timeout: timeout(
                "request_timeout_milliseconds",
                settings.request_timeout_milliseconds,
                REQUEST_TIMEOUT,
            )?,
            resumes_logins: settings.resume_logins.unwrap_or_default(),
            is_private_daemon: false,
        })
    }
}

impl FromStr for Endpoint {
    type Err = ConfigurationError;

    fn from_str(text: &str) -> Result<Self, ConfigurationError> {
        let refusal = || ConfigurationError::Endpoint(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err(refusal())
            } else {
                Ok(Self::Unix(path.into()))
            };
        }
        let rest = text
            .strip_prefix("https://")
            .ok_or_else(refusal)?
            .trim_end_matches('/');
        let (host, port) = rest.rsplit_once(':').ok_or_else(refusal)?;
        let host = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let port: u16 = port.parse().map_err(|_| refusal())?;
        if host.is_empty() || port == 0 || host.contains(['/', '@', '?', '#', '[', ']']) {
            return Err(refusal());
        }
        Ok(Self::Https {
            host: host.to_owned(),
            port,
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
            Self::Https { host, port } if host.contains(':') => {
                write!(formatter, "https://[{host}]:{port}")
            }
            Self::Https { host, port } => write!(formatter, "https://{host}:{port}"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    endpoint: Option<String>,
    endpoints: Option<Vec<String>>,
    ca_certificate: Option<PathBuf>,
    certificate: Option<PathBuf>,
    private_key: Option<PathBuf>,
    connect_timeout_milliseconds: Option<u64>,
    request_timeout_milliseconds: Option<u64>,
    resume_logins: Option<bool>,
}

/// The first line of what is wrong, with its place in the file.
fn describe(text: &str, error: &toml::de::Error) -> String {
    let what = error.message().lines().next().unwrap_or_default();
    let before = error
        .span()
        .and_then(|span| text.get(..span.start))
        .unwrap_or_default();
    format!("line {}: {what}", before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Configuration, ConfigurationError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.toml");
        fs::write(&file, text).unwrap();
        Configuration::from_file(&file)
    }

    #[test]
    fn endpoints_read_as_they_are_written() {
        for text in [
            "unix:/run/hsmd.sock",
            "https://hsm.example:7512",
            "https://[::1]:7512",
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
        }
        assert_eq!(
            "unix:///run/x".parse::<Endpoint>().unwrap(),
            Endpoint::Unix("/run/x".into())
        );
    }

    #[test]
    fn other_addresses_are_refused() {
        let others = [
            "",
            "unix:",
            "http://a:1",
            "https://a",
            "https://a:0",
            "https://:1",
            "https://a:99999",
            "a:1",
        ];
        for text in others.iter().chain(&["https://u@a:1", "https://a/b:1"]) {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it_and_its_line() {
        let error = read("endpoint = \"unix:/x\"\ncertificat = \"y\"\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2") && error.contains("certificat"),
            "{error}"
        );
    }

    #[test]
    fn paths_are_relative_to_the_file() {
        let configuration =
            read("endpoint = \"https://a:1\"\nca_certificate = \"ca.pem\"\ncertificate = \"/c\"")
                .unwrap();
        assert!(configuration.ca_certificate.unwrap().is_absolute());
        assert_eq!(configuration.certificate.unwrap(), Path::new("/c"));
    }

    #[test]
    fn one_and_only_one_of_endpoint_and_endpoints_is_needed() {
        assert!(read("").is_err());
        assert!(read("endpoints = []").is_err());
        assert!(read("endpoint = \"unix:/x\"\nendpoints = [\"unix:/y\"]").is_err());
        assert_eq!(
            read("endpoints = [\"unix:/y\", \"https://a:1\"]")
                .unwrap()
                .endpoints
                .len(),
            2
        );
    }

    #[test]
    fn a_timeout_of_zero_is_refused() {
        assert!(read("endpoint = \"unix:/x\"\nrequest_timeout_milliseconds = 0").is_err());
    }

    #[test]
    fn the_environment_s_endpoint_overrides_the_file_s() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("client.toml");
        fs::write(
            &file,
            "endpoint = \"unix:/x\"\nrequest_timeout_milliseconds = 7\n",
        )
        .unwrap();
        let environment = Environment {
            config: Some(file.into()),
            endpoint: Some("unix:/other".into()),
            config_home: None,
            names_softhsm_tokens: false,
        };
        let found = Configuration::find(&environment).unwrap().unwrap();
        assert_eq!(found.endpoints, [Endpoint::Unix("/other".into())]);
        assert_eq!(found.request_timeout, Duration::from_millis(7));
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error() {
        let environment = Environment {
            config: Some("/nowhere/client.toml".into()),
            ..Environment::default()
        };
        assert!(matches!(
            Configuration::find(&environment),
            Err(ConfigurationError::Unreadable { .. })
        ));
    }

    #[test]
    fn the_user_s_file_is_found_in_the_configuration_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hsm")).unwrap();
        fs::write(
            folder.path().join("hsm/client.toml"),
            "endpoint = \"unix:/users\"",
        )
        .unwrap();
        let environment = Environment {
            config_home: Some(folder.path().to_owned()),
            ..Environment::default()
        };
        let found = Configuration::find(&environment).unwrap().unwrap();
        assert_eq!(found.endpoints, [Endpoint::Unix("/users".into())]);
    }

    #[test]
    fn a_child_chooses_anew_only_by_a_variable_that_says_something_else() {
        let of = |value: Option<&str>| Choice([value.map(OsString::from), None, None, None]);
        assert!(of(Some("a")).is_changed_by(&of(Some("b"))));
        assert!(of(None).is_changed_by(&of(Some("b"))));
        assert!(!of(Some("a")).is_changed_by(&of(None)));
        assert!(!of(Some("a")).is_changed_by(&of(Some("a"))));
    }

    #[test]
    fn a_softhsm_configuration_comes_before_the_usual_files_and_after_ours() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hsm")).unwrap();
        let usual = folder.path().join("hsm/client.toml");
        fs::write(&usual, "endpoint = \"unix:/x\"\n").unwrap();
        let mut environment = Environment {
            config_home: Some(folder.path().to_owned()),
            names_softhsm_tokens: true,
            ..Environment::default()
        };
        assert_eq!(Configuration::find(&environment).unwrap(), None);
        environment.config = Some(usual.into());
        assert!(Configuration::find(&environment).unwrap().is_some());
        environment.config = None;
        environment.endpoint = Some("unix:/y".to_owned());
        assert!(Configuration::find(&environment).unwrap().is_some());
    }
}
