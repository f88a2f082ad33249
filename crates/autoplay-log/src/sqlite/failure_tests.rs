//! What happens when something fails: groups are handed to the store as they are, and the file is tampered with from
//! outside, as another program would.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Connection;
use tempfile::TempDir;

use super::directory::Directory;
use super::recovery::Trouble;
use super::store::SqliteStore;
use super::{connection, queries, schema};
use crate::writer::Store;
use crate::{
    CommitError, Fate, Fingerprint, Incoming, Options, ReadLimit, Receipt, Sequence, Transaction, WaitingId,
};

fn open(path: &Path) -> SqliteStore {
    let directory = Directory::open(path).unwrap();
    let (mut writer, readers) = connection::open_log(&directory).unwrap();
    schema::prepare(&mut writer, &directory).unwrap();
    SqliteStore::new(writer, Arc::new(readers), directory, &Options::default()).unwrap()
}

/// Another program with the file open.
fn outsider(path: &Path) -> Connection {
    Connection::open(path.join("log.sqlite")).unwrap()
}

/// From now on a COMMIT fails if the key `poison` was written: a deferred constraint is looked at in the COMMIT itself.
fn poison_commits(path: &Path) {
    outsider(path)
        .execute_batch(
            "CREATE TABLE whole (id INTEGER PRIMARY KEY);
             CREATE TABLE part (whole INTEGER REFERENCES whole DEFERRABLE INITIALLY DEFERRED);
             CREATE TRIGGER poison AFTER INSERT ON state WHEN new.key = 'poison' BEGIN INSERT INTO part VALUES (1); END",
        )
        .unwrap();
}

/// A request with something of everything.
fn request(number: u8, key: &str) -> Transaction {
    let fingerprint = Fingerprint([number; 16]);
    let body = Some(Bytes::from(vec![number]));
    Transaction {
        product: format!("product {number}"),
        now_ms: 1_000,
        incoming: vec![Incoming { fingerprint, session: "s".into(), body }],
        append: vec![Bytes::from(vec![number; 5_000])],
        settled: vec![],
        state: vec![(key.into(), Some(vec![number]))],
    }
}

fn receipt(waiting: u64, sequence: u64) -> Receipt {
    Receipt { incoming: vec![Fate::Waiting(WaitingId(waiting))], appended: vec![Sequence(sequence)] }
}

fn is_refused(result: &Result<Receipt, CommitError>) -> bool {
    matches!(result, Err(CommitError::Refused(_)))
}

fn is_unavailable<T>(result: &Result<T, CommitError>) -> bool {
    matches!(result, Err(CommitError::Unavailable(_)))
}

/// All bodies, by product, with their sequences.
fn events(path: &Path) -> Vec<(String, i64)> {
    let connection = outsider(path);
    let mut statement =
        connection.prepare("SELECT product, sequence FROM readable_event ORDER BY sequence").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn count(path: &Path, table: &str) -> i64 {
    outsider(path).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn a_request_that_fails_takes_nobody_down_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    outsider(folder.path())
        .execute_batch(
            "CREATE TRIGGER refuse BEFORE INSERT ON state WHEN new.key = 'poison'
             BEGIN SELECT RAISE(ABORT, 'poisoned'); END",
        )
        .unwrap();
    let group =
        [request(1, "k"), request(2, "poison"), request(3, "k"), request(2, "k"), request(2, "poison")];
    let results = store.write(&group).unwrap();
    assert_eq!(results[0], Ok(receipt(1, 1)));
    assert!(is_refused(&results[1]), "{results:?}");
    assert_eq!(results[2], Ok(receipt(2, 2)), "numbers of the refused one are free again");
    assert_eq!(results[3], Ok(receipt(3, 3)), "it was not remembered either");
    assert!(is_refused(&results[4]), "{results:?}");
    assert_eq!(store.head(), Sequence(3));
    drop(store);

    let names = |numbers: &[i64]| -> Vec<_> {
        numbers.iter().zip(1..).map(|(number, sequence)| (format!("product {number}"), sequence)).collect()
    };
    assert_eq!(events(folder.path()), names(&[1, 3, 2]));
    assert_eq!((count(folder.path(), "waiting"), count(folder.path(), "seen")), (3, 3));
}

#[test]
fn a_commit_that_fails_fails_the_whole_group_and_the_next_one_goes_on() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    store.write(&[request(1, "k")]).unwrap();
    poison_commits(folder.path());
    for _ in 0..2 {
        let result = store.write(&[request(2, "k"), request(3, "poison"), request(4, "k")]);
        assert!(is_unavailable(&result), "{result:?}");
        assert_eq!(store.head(), Sequence(1));
    }
    let again = store.write(&[request(2, "k"), request(4, "k"), request(1, "k")]).unwrap();
    assert_eq!(again[0], Ok(receipt(2, 2)));
    assert_eq!(again[1], Ok(receipt(3, 3)));
    assert_eq!(again[2].as_ref().unwrap().incoming, [Fate::Duplicate]);
    drop(store);
    assert_eq!(events(folder.path()).len(), 4);
    assert_eq!(count(folder.path(), "seen"), 3);
}

#[test]
fn what_was_forgotten_in_a_failed_commit_is_forgotten_later() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    poison_commits(folder.path());
    let later = 1_001 + Options::default().remember_ms;
    let at = |now_ms, number, key| Transaction { now_ms, product: "p".into(), ..request(number, key) };
    store.write(&[at(1_000, 1, "k"), at(1_000, 2, "k")]).unwrap();
    // The rows that this forgets are back afterwards.
    assert!(is_unavailable(&store.write(&[at(later, 3, "poison")])));
    assert_eq!(count(folder.path(), "seen"), 2);
    assert_eq!(store.write(&[at(1_500, 3, "k")]).unwrap(), [Ok(receipt(3, 3))]);
    assert_eq!(store.write(&[at(later, 1, "k")]).unwrap(), [Ok(receipt(4, 4))]);
    assert_eq!(count(folder.path(), "seen"), 2, "the third and the first anew");
}

#[test]
fn a_file_locked_by_another_program_is_unavailable_for_as_long() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    store.be_impatient();
    let outsider = outsider(folder.path());
    outsider.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..2 {
        let result = store.write(&[request(1, "k")]);
        assert!(is_unavailable(&result), "{result:?}");
        store.be_impatient();
    }
    outsider.execute_batch("COMMIT").unwrap();
    assert_eq!(store.write(&[request(1, "k")]).unwrap(), [Ok(receipt(1, 1))]);
}

#[test]
fn what_a_failed_commit_wrote_does_not_come_back() {
    let (folder, twin) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let mut store = open(folder.path());
    store.write(&[request(1, "k")]).unwrap();
    let kept = fs::metadata(folder.path().join("log.sqlite-wal")).unwrap().len();

    // A commit that went on from the same state: what a failed one may have left behind in the WAL.
    for file in ["log.sqlite", "log.sqlite-wal"] {
        fs::copy(folder.path().join(file), twin.path().join(file)).unwrap();
    }
    let mut other = open(twin.path());
    other.write(&[request(2, "k")]).unwrap();
    let left_behind =
        fs::read(twin.path().join("log.sqlite-wal")).unwrap().split_off(usize::try_from(kept).unwrap());
    assert!(!left_behind.is_empty());
    let mut wal = fs::OpenOptions::new().write(true).open(folder.path().join("log.sqlite-wal")).unwrap();
    wal.seek(SeekFrom::Start(kept)).unwrap();
    wal.write_all(&left_behind).unwrap();
    drop(wal);

    // Opened from this state, it would be back:
    let crashed = TempDir::new().unwrap();
    for file in ["log.sqlite", "log.sqlite-wal"] {
        fs::copy(folder.path().join(file), crashed.path().join(file)).unwrap();
    }
    assert_eq!(open(crashed.path()).head(), Sequence(2));

    // After a failure of the disk it is not.
    store.meet(Trouble::Disk);
    assert_eq!(store.write(&[request(3, "k")]).unwrap(), [Ok(receipt(2, 2))]);
    drop(store);
    let expected = [("product 1".to_owned(), 1), ("product 3".to_owned(), 2)];
    assert_eq!(events(folder.path()), expected);
}

#[test]
fn readers_go_on_after_a_failure_of_the_disk() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    for number in 1..=3 {
        store.write(&[request(number, "k")]).unwrap();
        store.tend();
        let readers = store.readers();
        let read = |product: &str| {
            let limit = ReadLimit::default();
            readers
                .ask(|connection| queries::read(connection, product, Sequence::START, Sequence(9), limit))
                .unwrap()
                .len()
        };
        assert_eq!((read(&format!("product {number}")), read("product 1")), (1, 1));
        store.meet(Trouble::Disk);
        assert_eq!(read("product 1"), 1);
    }
}

#[test]
fn a_wal_that_lost_its_end_is_not_written_on() {
    let folder = TempDir::new().unwrap();
    let mut store = open(folder.path());
    store.write(&[request(1, "k")]).unwrap();
    let wal = fs::OpenOptions::new().write(true).open(folder.path().join("log.sqlite-wal")).unwrap();
    wal.set_len(100).unwrap();
    store.meet(Trouble::Disk);
    assert!(is_unavailable(&store.write(&[request(2, "k")])));
    assert!(is_unavailable(&store.write(&[request(2, "k")])));
}
