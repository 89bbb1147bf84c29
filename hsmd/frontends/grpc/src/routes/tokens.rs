//! Partitions and tokens.

use std::mem::take;

use hsm_proto::{
    CreatePartitionReply, CreatePartitionRequest, DestroyPartitionReply, DestroyPartitionRequest,
    InitPinReply, InitPinRequest, InitTokenReply, InitTokenRequest, ListTokensReply,
    ListTokensRequest, LoginReply, LoginRequest, LoginRole as WireRole, LogoutReply, LogoutRequest,
    NamedUser, PinState as WirePinState, Reply, SetPinReply, SetPinRequest, TokenInfo,
    TokenProfile as WireProfile,
};
use hsmd_identity::{Caller, PIN_LENGTH_MAX, PIN_LENGTH_MIN, PinHolder, PinState};
use hsmd_operations::{
    CreatePartition, CreateToken, DestroyPartition, Error, InitPin, InitToken, ListTokens, Login,
    LoginForObject, Logout, NewToken, OpenDaemon, SetPin, Token, TokenProfile,
};

use super::{Route, wire};

/// Logs in, or proves the PIN again for one use of a key.
pub(super) async fn login(
    daemon: &OpenDaemon,
    caller: &Caller,
    mut request: LoginRequest,
) -> Result<Reply, Error> {
    let partition = wire::partition(&request.partition)?;
    let pin = wire::pin(&mut request.pin);
    if request.for_object.is_empty() {
        let holder = match request.role() {
            WireRole::SecurityOfficer if request.user.is_empty() => PinHolder::SecurityOfficer,
            // As for a name that nobody has.
            WireRole::User => user(&request.user).map_err(|_| Error::PinIncorrect)?,
            WireRole::SecurityOfficer | WireRole::Unspecified => {
                return Err(Error::MalformedRequest { field: "role" });
            }
        };
        daemon
            .service
            .perform(
                caller,
                Login {
                    partition,
                    holder,
                    pin,
                },
            )
            .await?;
    } else {
        let object = wire::object(&request.for_object, "for_object")?;
        daemon
            .service
            .perform(
                caller,
                LoginForObject {
                    partition,
                    object,
                    pin,
                },
            )
            .await?;
    }
    Ok(LoginReply {}.into())
}

/// Initialises the token in a slot, or makes one in the free slot.
pub(super) async fn init_token(
    daemon: &OpenDaemon,
    caller: &Caller,
    mut request: InitTokenRequest,
) -> Result<Reply, Error> {
    let tokens = daemon.service.perform(caller, ListTokens).await?;
    let slot = request.slot;
    let Some(found) = tokens.into_iter().find(|token| token.slot == slot) else {
        // Nothing was asked of the gate that could have recorded it.
        let error = Error::PartitionNotFound;
        daemon.service.refuse::<InitToken>(caller, &error);
        return Err(error);
    };
    let (label, so_pin) = (take(&mut request.label), wire::pin(&mut request.so_pin));
    let token = match found.partition {
        Some(partition) => {
            daemon
                .service
                .perform(
                    caller,
                    InitToken {
                        partition,
                        label,
                        so_pin,
                    },
                )
                .await?
        }
        None => {
            daemon
                .service
                .perform(
                    caller,
                    CreateToken {
                        slot,
                        label,
                        so_pin,
                    },
                )
                .await?
        }
    };
    Ok(InitTokenReply {
        token: Some(token_info(token)),
    }
    .into())
}

impl Route for ListTokensRequest {
    type Operation = ListTokens;

    fn operation(self) -> Result<ListTokens, Error> {
        Ok(ListTokens)
    }

    fn reply(tokens: Vec<Token>) -> ListTokensReply {
        ListTokensReply {
            tokens: tokens.into_iter().map(token_info).collect(),
        }
    }
}

impl Route for CreatePartitionRequest {
    type Operation = CreatePartition;

    fn operation(mut self) -> Result<CreatePartition, Error> {
        let profile = match self.profile() {
            WireProfile::Unspecified => None,
            WireProfile::Strict => Some(TokenProfile::Strict),
            WireProfile::Compatible => Some(TokenProfile::Compatible),
        };
        let has_pins = !self.so_pin.is_empty() || !self.pin.is_empty();
        let token = if self.label.is_empty() {
            if has_pins {
                return Err(Error::MalformedRequest { field: "label" });
            }
            None
        } else {
            Some(NewToken {
                label: take(&mut self.label),
                so_pin: wire::pin(&mut self.so_pin),
                user_pin: if self.pin.is_empty() {
                    None
                } else {
                    Some(wire::pin(&mut self.pin))
                },
            })
        };
        Ok(CreatePartition {
            name: take(&mut self.name),
            profile,
            token,
        })
    }

    fn reply(token: Token) -> CreatePartitionReply {
        CreatePartitionReply {
            token: Some(token_info(token)),
        }
    }
}

impl Route for DestroyPartitionRequest {
    type Operation = DestroyPartition;

    fn operation(self) -> Result<DestroyPartition, Error> {
        Ok(DestroyPartition {
            partition: wire::partition(&self.partition)?,
        })
    }

    fn reply((): ()) -> DestroyPartitionReply {
        DestroyPartitionReply {}
    }
}

impl Route for InitPinRequest {
    type Operation = InitPin;

    fn operation(mut self) -> Result<InitPin, Error> {
        Ok(InitPin {
            partition: wire::partition(&self.partition)?,
            holder: user(&self.user)?,
            pin: (!self.removes_user).then(|| wire::pin(&mut self.pin)),
        })
    }

    fn reply((): ()) -> InitPinReply {
        InitPinReply {}
    }
}

impl Route for SetPinRequest {
    type Operation = SetPin;

    fn operation(mut self) -> Result<SetPin, Error> {
        Ok(SetPin {
            partition: wire::partition(&self.partition)?,
            old_pin: wire::pin(&mut self.old_pin),
            new_pin: wire::pin(&mut self.new_pin),
        })
    }

    fn reply((): ()) -> SetPinReply {
        SetPinReply {}
    }
}

impl Route for LogoutRequest {
    type Operation = Logout;

    fn operation(self) -> Result<Logout, Error> {
        Ok(Logout {
            partition: wire::partition(&self.partition)?,
        })
    }

    fn reply((): ()) -> LogoutReply {
        LogoutReply {}
    }
}

/// The user, or the one with this name.
fn user(name: &str) -> Result<PinHolder, Error> {
    if name.is_empty() {
        return Ok(PinHolder::User);
    }
    PinHolder::named(name).map_err(|_| Error::MalformedRequest { field: "user" })
}

pub(super) fn token_info(token: Token) -> TokenInfo {
    TokenInfo {
        partition: token
            .partition
            .map_or_else(Vec::new, |partition| partition.as_bytes().to_vec()),
        slot: token.slot,
        name: token.name,
        label: token.label,
        serial: token.serial,
        is_initialized: token.is_initialized,
        is_user_pin_set: token.pins.user.is_some(),
        profile: match token.profile {
            TokenProfile::Strict => WireProfile::Strict,
            TokenProfile::Compatible => WireProfile::Compatible,
        }
        .into(),
        user_pin: pin_state(token.pins.user).into(),
        so_pin: pin_state(token.pins.security_officer).into(),
        objects: token.objects,
        pin_length_min: u32::try_from(PIN_LENGTH_MIN).unwrap_or(u32::MAX),
        pin_length_max: u32::try_from(PIN_LENGTH_MAX).unwrap_or(u32::MAX),
        named_users: token
            .pins
            .named
            .into_iter()
            .map(|(name, state)| NamedUser {
                name,
                pin: pin_state(Some(state)).into(),
            })
            .collect(),
    }
}

fn pin_state(state: Option<PinState>) -> WirePinState {
    match state {
        None | Some(PinState::Ok) => WirePinState::Ok,
        Some(PinState::CountLow) => WirePinState::CountLow,
        Some(PinState::FinalTry) => WirePinState::FinalTry,
        Some(PinState::Locked) => WirePinState::Locked,
    }
}
