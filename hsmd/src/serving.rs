//! Serving: store, audit log, sockets, and what happens beside answering, until the daemon is told to end.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hsmd_gate::audit::{self, Log};
use hsmd_grpc::{ConnectionLimits, Door, LargeMessages, Listeners, UnixSocket};
use hsmd_identity::{Clock, LocalRights, SystemClock};
use hsmd_kms::Listeners as KmsListeners;
use hsmd_operations::Daemon as _;
use hsmd_storage::{Embedded, Storage};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::dev;
use crate::lifecycle::{self, Lifecycle};
use crate::opening::{self, TIDY_INTERVAL, USAGE_INTERVAL, WITNESS_INTERVAL};
use crate::plan::{Plan, STORE_DIRECTORY};

/// How long requests that are under way have when the daemon ends.
const END: Duration = Duration::from_secs(10);

/// How long one write of the audit log may take until nothing is admitted any more.
const AUDIT_HANG_LIMIT: Duration = Duration::from_secs(2);

/// How often, and how long between, a private daemon tries to open a store that is in use.
const STORE_TRIES: u32 = 60;
const STORE_PAUSE: Duration = Duration::from_millis(50);

/// How often the server's certificate is looked at.
const RENEWAL_INTERVAL: Duration = Duration::from_hours(24);

/// Serves until SIGTERM, SIGINT, or, for a daemon that ends when unused, until nobody needs it.
#[expect(clippy::too_many_lines, reason = "what is started, in its order")]
pub(crate) async fn serve(
    plan: Plan,
    warnings: Vec<String>,
    key_memory: &'static str,
    module: PathBuf,
) -> Result<(), Box<dyn Error>> {
    // From here on a signal ends the daemon cleanly.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // The store is locked by whoever has it open: a second daemon on the same directory ends here.
    let storage: Arc<dyn Storage> = Arc::new(open_store(&plan).await?);
    let log = Log::open(
        audit::Settings {
            directory: plan.directory.join("audit"),
            origin: format!("hsmd/{}", plan.region),
            sync_every_use: plan.syncs_every_use,
            hang_limit: AUDIT_HANG_LIMIT,
            witness: plan.audit_witness.clone(),
        },
        Arc::clone(&clock),
    )?;
    let lifecycle = Lifecycle::start(
        lifecycle_settings(&plan, warnings, key_memory),
        storage,
        Arc::clone(&log),
        plan.tls.clone(),
        clock,
    )
    .await?;

    let door = Arc::new(Door::new(Arc::clone(&lifecycle) as _));
    let (stop, stopped) = watch::channel(false);
    let limits = ConnectionLimits {
        idle: plan.idle,
        transfer: plan.transfer,
        large_messages: LargeMessages::new(plan.large_messages_bytes_max),
    };
    let listeners = Listeners::new(
        Arc::clone(&door),
        limits,
        plan.connections_max,
        stopped.clone(),
    );
    if let Some(development) = &plan.development {
        dev::unseal(&lifecycle, &plan.directory).await?;
        if !development.is_private {
            dev::furnish(&lifecycle, &plan.directory).await?;
        }
    }
    let kms_door = Arc::new(hsmd_kms::Door::new(
        Arc::clone(&lifecycle) as _,
        plan.kms.regions.clone(),
    ));
    let kms_listeners = kms_listeners(&plan, &kms_door, stopped.clone());
    let address = listen(plan.address, |tcp| {
        listeners
            .clone()
            .serve_tls(tcp, Arc::clone(&lifecycle) as _)
    })
    .await?;
    let (unix, socket) =
        UnixSocket::bind(&plan.unix_socket, plan.unix_socket_mode).map_err(|source| {
            CannotListen {
                place: plan.unix_socket.display().to_string(),
                source,
            }
        })?;
    tokio::spawn(listeners.clone().serve_unix(unix));
    let kms_address = listen(plan.kms.address, |tcp| {
        kms_listeners
            .clone()
            .serve_https(tcp, Arc::clone(&lifecycle) as _)
    })
    .await?;
    let http_address = listen(plan.kms.http_address, |tcp| {
        kms_listeners.clone().serve_http(tcp)
    })
    .await?;
    tokio::spawn(Arc::clone(&lifecycle).seal_when_asked());
    tokio::spawn(look_after(Arc::clone(&lifecycle)));
    tokio::spawn(look_after_keys(Arc::clone(&lifecycle)));
    tracing::info!(
        socket = %plan.unix_socket.display(),
        address = address.map(tracing::field::display),
        kms = kms_address.map(tracing::field::display),
        "the daemon is listening"
    );
    if let Some(development) = &plan.development
        && !development.is_private
    {
        let variables = dev::aws_variables(
            &lifecycle,
            &plan.directory,
            development,
            &plan.kms.regions,
            [kms_address, http_address],
        )
        .await?;
        dev::write_client_files(
            &plan.directory,
            &plan.unix_socket,
            address,
            &module,
            variables,
        )?;
        dev::announce(&plan.directory)?;
    }

    let unused = plan
        .development
        .as_ref()
        .and_then(|development| development.exit_when_unused);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = until_unused(&listeners, unused) => tracing::info!("nobody uses the daemon any more"),
    }
    tracing::info!("the daemon ends");
    // Without the socket, whoever needs a private daemon starts the next one.
    socket.remove();
    stop.send_replace(true);
    if let Some(opened) = lifecycle.opened() {
        opened.is_sealed.send_replace(true);
    }
    let ended = async {
        listeners.wait_until_unused().await;
        kms_listeners.wait_until_unused().await;
        door.wait_until_idle().await;
        kms_door.wait_until_idle().await;
    };
    if timeout(END, ended).await.is_err() {
        tracing::warn!("requests were still under way when the daemon ended");
    }
    lifecycle.seal().await;
    log.close();
    Ok(())
}

fn kms_listeners(
    plan: &Plan,
    door: &Arc<hsmd_kms::Door>,
    stopped: watch::Receiver<bool>,
) -> KmsListeners {
    let limits = hsmd_kms::Limits {
        idle: plan.idle,
        transfer: plan.transfer,
        connections_max: plan.connections_max,
    };
    KmsListeners::new(Arc::clone(door), limits, stopped)
}

/// A place where the daemon is to listen is not to be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {place}")]
struct CannotListen {
    place: String,
    #[source]
    source: io::Error,
}

/// Listens at an address if there is one, and serves there. Gives the address with its port.
async fn listen<F>(
    address: Option<SocketAddr>,
    serve: impl FnOnce(TcpListener) -> F,
) -> Result<Option<SocketAddr>, CannotListen>
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(address) = address else {
        return Ok(None);
    };
    let bind = async {
        let listener = TcpListener::bind(address).await?;
        Ok((listener.local_addr()?, listener))
    };
    let (bound, listener) = bind.await.map_err(|source| CannotListen {
        place: address.to_string(),
        source,
    })?;
    tokio::spawn(serve(listener));
    Ok(Some(bound))
}

/// Opens the store. A private daemon that has just gone away, for want of users, may still have it open: the next one
/// waits for a moment.
async fn open_store(plan: &Plan) -> Result<Embedded, hsmd_storage::Error> {
    let is_private = plan
        .development
        .as_ref()
        .is_some_and(|development| development.is_private);
    let mut tries_left = if is_private { STORE_TRIES } else { 0 };
    loop {
        match Embedded::open(&plan.directory.join(STORE_DIRECTORY)) {
            Err(hsmd_storage::Error::InUse(_)) if tries_left > 0 => {
                tries_left -= 1;
                tokio::time::sleep(STORE_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

fn lifecycle_settings(
    plan: &Plan,
    warnings: Vec<String>,
    key_memory: &'static str,
) -> lifecycle::Settings {
    lifecycle::Settings {
        local: LocalRights {
            daemon_uid: rustix::process::geteuid().as_raw(),
            is_development: plan.development.is_some(),
        },
        warnings,
        region: plan.region.clone(),
        key_memory,
        opening: opening::Settings {
            pin_cost: plan.pin_cost,
            rates: plan.rates,
            accepts_older_store: plan.accepts_older_store,
            default_profile: plan.default_profile,
            has_public_pins: plan.development.is_some(),
            authority_name: plan.region.clone(),
        },
    }
}

/// What is done regularly beside answering.
async fn look_after(lifecycle: Arc<Lifecycle>) {
    let mut tidy = interval(TIDY_INTERVAL);
    let mut witness = interval(WITNESS_INTERVAL);
    let mut renewal = interval(RENEWAL_INTERVAL);
    tidy.set_missed_tick_behavior(MissedTickBehavior::Delay);
    witness.set_missed_tick_behavior(MissedTickBehavior::Delay);
    renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tidy.tick() => {
                if let Some(opened) = lifecycle.opened() {
                    opened.tidy();
                }
            }
            _ = witness.tick() => {
                if let Some(opened) = lifecycle.opened() {
                    opened.witness_store().await;
                }
            }
            _ = renewal.tick() => lifecycle.renew_server_certificate(),
        }
    }
}

/// What is done regularly for keys of accounts: what is due, which after a long time off is much, and storing when they were
/// used last.
async fn look_after_keys(lifecycle: Arc<Lifecycle>) {
    let mut due = interval(TIDY_INTERVAL);
    let mut usage = interval(USAGE_INTERVAL);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    usage.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_due = tokio::select! {
            _ = due.tick() => true,
            _ = usage.tick() => false,
        };
        match lifecycle.open() {
            Ok(open) if is_due => drop(open.service.do_due_work().await),
            Ok(open) => open.service.store_last_usages().await,
            Err(_) => {}
        }
    }
}

/// Returns when there was no connection for so long; never without a limit.
async fn until_unused(listeners: &Listeners, limit: Option<Duration>) {
    let Some(limit) = limit else {
        return std::future::pending().await;
    };
    loop {
        listeners.wait_until_unused().await;
        if timeout(limit, listeners.wait_until_used()).await.is_err() {
            return;
        }
    }
}
