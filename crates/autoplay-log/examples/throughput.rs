//! How fast the log is on this disk: `cargo run --release -p autoplay-log --example throughput [DIR]`.
//!
//! Every figure stands beside the rate of bare fsyncs in the same directory, since the disk is what it is measured by.

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use autoplay_log::{
    Fingerprint, Incoming, Log, Options, ReadLimit, Sequence, SqliteLog, Transaction, WaitingId,
};
use bytes::Bytes;

const COMMITTERS: u64 = 512;
const BODY_BYTES: usize = 1_024;
const PRODUCT: &str = "shop";
const ROUND: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::args_os().nth(1).map_or_else(env::temp_dir, PathBuf::from);
    let directory = tempfile::TempDir::with_prefix_in("autoplay-log-", directory)?;
    println!("fsync of {BODY_BYTES} bytes: {:.0} a second", fsyncs(directory.path(), BODY_BYTES)?);
    println!("fsync of 512 such:  {:.0} a second", fsyncs(directory.path(), 512 * BODY_BYTES)?);

    let log = Arc::new(SqliteLog::open(directory.path(), Options::default())?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let append = |_| Transaction { append: vec![body()], ..transaction() };
    println!("appended: {:.0} durable events a second", runtime.block_on(commits(&log, append)));
    let taken_in = |number| Transaction { incoming: vec![incoming(number)], ..transaction() };
    println!("taken in: {:.0} durable events a second", runtime.block_on(commits(&log, taken_in)));
    let flushed = |number| Transaction {
        append: vec![body()],
        settled: vec![WaitingId(number)],
        state: vec![(format!("session/{}", number % 5_000), Some(vec![b's'; 200]))],
        ..transaction()
    };
    println!("flushed:  {:.0} durable events a second", runtime.block_on(commits(&log, flushed)));
    println!("one alone: {:.0} durable events a second", alone(&log, &runtime));
    println!("replayed: {:.0} events a second to one reader", replay(&log)?);

    let start = Instant::now();
    log.close();
    println!("closed in {:.0?}", start.elapsed());
    let start = Instant::now();
    SqliteLog::open(directory.path(), Options::default())?;
    println!("opened in {:.0?}", start.elapsed());
    Ok(())
}

fn transaction() -> Transaction {
    Transaction { product: PRODUCT.into(), now_ms: 1_795_000_000_000, ..Transaction::default() }
}

fn body() -> Bytes {
    Bytes::from(vec![b'x'; BODY_BYTES])
}

fn incoming(number: u64) -> Incoming {
    let fingerprint =
        Fingerprint((u128::from(number) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes());
    Incoming { fingerprint, session: format!("session {}", number % 5_000), body: Some(body()) }
}

fn fsyncs(directory: &Path, bytes: usize) -> Result<f64, Box<dyn Error>> {
    let mut file = File::create(directory.join("fsync"))?;
    let buffer = vec![b'x'; bytes];
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < Duration::from_secs(2) {
        file.write_all(&buffer)?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

async fn commits(
    log: &Arc<SqliteLog>,
    transaction: impl Fn(u64) -> Transaction + Copy + Send + 'static,
) -> f64 {
    let start = Instant::now();
    let number = Arc::new(AtomicU64::new(1));
    let committers: Vec<_> = (0..COMMITTERS)
        .map(|_| {
            let (log, number) = (Arc::clone(log), Arc::clone(&number));
            tokio::spawn(async move {
                let mut done = 0_u32;
                while start.elapsed() < ROUND {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    log.commit(transaction(number)).await.expect("a commit failed");
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for committer in committers {
        done += committer.await.expect("a committer failed");
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

fn alone(log: &SqliteLog, runtime: &tokio::runtime::Runtime) -> f64 {
    let start = Instant::now();
    let mut done = 0_u32;
    while start.elapsed() < Duration::from_secs(2) {
        let append = Transaction { append: vec![body()], ..transaction() };
        runtime.block_on(log.commit(append)).expect("a commit failed");
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

fn replay(log: &SqliteLog) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let (mut after, mut count) = (Sequence::START, 0_u32);
    loop {
        let records = log.read(PRODUCT, after, ReadLimit::default())?;
        let Some(last) = records.last() else { break };
        after = last.sequence;
        count += u32::try_from(records.len())?;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}
