//! One command's connection to the daemon, and the token that it works on.

use std::path::{Path, PathBuf};

use clap::Args;
use hsm_client::{
    Configuration, Endpoint, blocking::Client, configuration::Environment, private_daemon,
};
use hsm_proto::{Call, ListTokensRequest, LoginRequest, LoginRole, TokenInfo};

use crate::{
    arguments::Global,
    failure::{Exit, Failure},
    output::Output,
    secrets::Source,
};

/// The daemon, and where results go.
pub(crate) struct Session {
    client: Client,
    pub(crate) output: Output,
}

/// Which token, and how to log in to it.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// Token: its label, its partition's name, its serial number or slot:NUMBER. Not needed if there is only one
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HSM_TOKEN_LABEL",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,

    /// File whose first line is the user's PIN; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
}

impl Session {
    /// Opens the daemon that the options, the environment and the files name.
    pub(crate) fn open(global: &Global, output: Output) -> Result<Self, Failure> {
        let mut environment = Environment::of_process();
        if let Some(config) = &global.config {
            environment.config = Some(config.clone().into());
        }
        if let Some(endpoint) = &global.endpoint {
            environment.endpoint = Some(endpoint.clone());
        }
        let found = Configuration::find(&environment).map_err(hsm_client::Error::from)?;
        let configuration = if let Some(configuration) = found {
            configuration
        } else {
            let configuration = private_daemon::start(&private_daemon::directory()?)?;
            output.note(&format!(
                "note: no client.toml was found; this is your private daemon, {}",
                configuration.endpoints[0]
            ));
            configuration
        };
        Ok(Self {
            client: Client::new("hsm", configuration)?,
            output,
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn call<C: Call>(&self, request: C) -> Result<C::Reply, Failure> {
        Ok(self.client.call(request)?)
    }

    /// The first `https` address of the configuration, for the files of other clients.
    pub(crate) fn https_endpoint(&self) -> Option<String> {
        let endpoints = &self.client.configuration().endpoints;
        endpoints
            .iter()
            .find(|endpoint| matches!(endpoint, Endpoint::Https { .. }))
            .map(ToString::to_string)
    }

    pub(crate) fn tokens(&self) -> Result<Vec<TokenInfo>, Failure> {
        Ok(self.call(ListTokensRequest {})?.tokens)
    }

    /// The token that is named; without a name, the only initialised one.
    pub(crate) fn token(&self, name: Option<&str>) -> Result<TokenInfo, Failure> {
        let tokens = self.tokens()?;
        // An empty HSM_TOKEN_LABEL names none.
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let mut initialised = tokens.into_iter().filter(|token| token.is_initialized);
            return match (initialised.next(), initialised.next()) {
                (Some(token), None) => Ok(token),
                (None, _) => Err(Failure::new(Exit::NotFound, "there is no token")
                    .with_hint("an operator makes one: `hsm partition create NAME --label LABEL`")),
                (Some(_), Some(_)) => {
                    Err(Failure::new(Exit::Usage, "there is more than one token")
                        .with_hint("choose one with --token LABEL; `hsm token list` shows them"))
                }
            };
        };
        let slot: Option<u64> = name
            .strip_prefix("slot:")
            .and_then(|number| number.parse().ok());
        let mut found = tokens.into_iter().filter(|token| match slot {
            Some(slot) => token.slot == slot,
            None => {
                token.is_initialized && token.label == name
                    || !token.partition.is_empty() && token.name == name
                    || !token.serial.is_empty() && token.serial.eq_ignore_ascii_case(name)
            }
        });
        match (found.next(), found.next()) {
            (Some(token), None) => Ok(token),
            (None, _) => Err(
                Failure::new(Exit::NotFound, format!("there is no token {name}"))
                    .with_hint("`hsm token list` shows the tokens that you may use"),
            ),
            (Some(_), Some(_)) => Err(Failure::new(
                Exit::Usage,
                format!("more than one token is called {name}"),
            )
            .with_hint("use the serial number or slot:NUMBER; `hsm token list` shows them")),
        }
    }

    /// Finds the token and logs in as its user.
    pub(crate) fn login(&self, arguments: &TokenArguments) -> Result<TokenInfo, Failure> {
        let token = self.token(arguments.token.as_deref())?;
        self.login_to(
            &token,
            LoginRole::User,
            pin_source(arguments.pin_file.as_deref(), &what(&token)),
        )?;
        Ok(token)
    }

    /// As [`Session::login`], but only if the PIN is given or can be asked for.
    pub(crate) fn login_if_possible(
        &self,
        arguments: &TokenArguments,
    ) -> Result<TokenInfo, Failure> {
        use std::io::IsTerminal;
        let token = self.token(arguments.token.as_deref())?;
        let what = what(&token);
        let source = pin_source(arguments.pin_file.as_deref(), &what);
        if token.is_user_pin_set && (source.is_given() || std::io::stdin().is_terminal()) {
            self.login_to(&token, LoginRole::User, source)?;
        } else {
            self.output
                .note("note: not logged in; private objects are not shown");
        }
        Ok(token)
    }

    /// Logs in to a token.
    pub(crate) fn login_to(
        &self,
        token: &TokenInfo,
        role: LoginRole,
        source: Source<'_>,
    ) -> Result<(), Failure> {
        let pin = source.read()?;
        self.call(LoginRequest {
            partition: token.partition.clone(),
            role: role.into(),
            pin: pin.to_vec(),
            for_object: Vec::new(),
            user: String::new(),
        })?;
        Ok(())
    }
}

fn what(token: &TokenInfo) -> String {
    format!("User PIN of token {}", token.label)
}

/// Where the user's PIN comes from.
fn pin_source<'a>(file: Option<&'a Path>, what: &'a str) -> Source<'a> {
    Source {
        what,
        file,
        option: "--pin-file",
        variable: Some("HSM_PIN"),
    }
}
