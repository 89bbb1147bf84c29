//! Gives every contender its turn, round after round.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hsm_tests::{
    bench::median,
    processor::{thread_times, time_since, whole_time},
};
use tokio::runtime::Runtime;

use crate::{
    Options,
    case::{Case, Contender, Http},
    client::{Caller, Work},
    servers::{self, Servers},
};

/// What was measured of one contender in one case, over all rounds.
#[derive(Debug)]
pub(crate) struct Cell {
    pub(crate) case: Case,
    pub(crate) contender: Contender,
    pub(crate) http: Http,
    pub(crate) connections: usize,
    /// The median of the rounds.
    pub(crate) requests_per_second: f64,
    /// Processor time of the server for a request, over all rounds.
    pub(crate) server_microseconds: f64,
}

/// All that the report says.
pub(crate) struct Results {
    pub(crate) peer: String,
    pub(crate) rounds: usize,
    pub(crate) slice_milliseconds: u64,
    pub(crate) connections: Vec<usize>,
    pub(crate) cells: Vec<Cell>,
}

impl Results {
    pub(crate) fn cell(
        &self,
        case: Case,
        contender: Contender,
        http: Http,
        connections: usize,
    ) -> Option<&Cell> {
        self.cells.iter().find(|cell| {
            (cell.case, cell.contender, cell.http, cell.connections)
                == (case, contender, http, connections)
        })
    }
}

/// One contender's turn in one round.
struct Turn {
    requests: f64,
    elapsed: Duration,
    server: Duration,
}

pub(crate) fn run(options: &Options) -> Results {
    let runtime = Runtime::new().expect("a runtime");
    let servers = Servers::start();
    let mut cells = Vec::new();
    for &case in &options.calls {
        let mut works = Vec::new();
        for contender in servers.contenders(&options.contenders) {
            let work = servers.work(contender, case, &runtime);
            // moto speaks HTTP/1.1 alone.
            let versions = options.versions.iter().copied();
            let versions =
                versions.filter(|http| contender != Contender::Moto || *http == Http::One);
            works.extend(versions.map(|http| (contender, http, work.clone())));
        }
        for &connections in &options.connections {
            eprintln!("{}, {connections} connections", case.name());
            let mut turns: Vec<Vec<Turn>> = works.iter().map(|_| Vec::new()).collect();
            for _ in 0..options.rounds {
                for ((contender, http, work), turns) in works.iter().zip(&mut turns) {
                    let slice = Duration::from_millis(options.slice_milliseconds);
                    let process = (*contender, servers.process(*contender));
                    turns.push(runtime.block_on(turn(work, *http, connections, slice, process)));
                }
            }
            for ((contender, http, _), turns) in works.iter().zip(turns) {
                let requests: f64 = turns.iter().map(|turn| turn.requests).sum();
                let server: Duration = turns.iter().map(|turn| turn.server).sum();
                let rate = |turn: &Turn| turn.requests / turn.elapsed.as_secs_f64();
                cells.push(Cell {
                    case,
                    contender: *contender,
                    http: *http,
                    connections,
                    requests_per_second: median(turns.iter().map(rate).collect()),
                    server_microseconds: server.as_secs_f64() * 1e6 / requests,
                });
            }
        }
    }
    Results {
        peer: servers::moto_version(),
        rounds: options.rounds,
        slice_milliseconds: options.slice_milliseconds,
        connections: options.connections.clone(),
        cells,
    }
}

async fn turn(
    work: &Work,
    http: Http,
    connections: usize,
    slice: Duration,
    (contender, process): (Contender, u32),
) -> Turn {
    let mut callers = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut caller = Caller::connect(work.clone(), http).await;
        // The first is not counted: it comes with the handshake.
        let _ = caller.call().await;
        callers.push(caller);
    }
    let is_over = Arc::new(AtomicBool::new(false));
    // moto has a thread for each connection, and their time would go with them.
    let has_short_threads = contender == Contender::Moto;
    let whole_before = has_short_threads.then(|| whole_time(process));
    let before = thread_times(process);
    let started = Instant::now();
    let calling: Vec<_> = callers
        .into_iter()
        .map(|caller| tokio::spawn(caller.call_until(Arc::clone(&is_over))))
        .collect();
    // The callers work until the slice is over; nothing tells its end but the clock.
    tokio::time::sleep(slice).await;
    is_over.store(true, Ordering::Relaxed);
    let mut requests = 0;
    let mut still_open = Vec::with_capacity(connections);
    for caller in calling {
        let (calls, caller) = caller.await.expect("a caller that ends");
        requests += calls;
        still_open.push(caller);
    }
    let server = match whole_before {
        Some(before) => whole_time(process).saturating_sub(before),
        None => time_since(process, &before),
    };
    let elapsed = started.elapsed();
    Turn {
        #[expect(clippy::cast_precision_loss, reason = "no slice has 2^52 requests")]
        requests: requests as f64,
        elapsed,
        server,
    }
}
