//! How a file is made, recognised and refused.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::SqliteLog;
use crate::{Log, OpenError, Options};

fn open(path: &Path) -> Result<SqliteLog, OpenError> {
    SqliteLog::open(path, Options::default())
}

fn prepare(path: &Path, sql: &str) {
    Connection::open(path.join("log.sqlite")).unwrap().execute_batch(sql).unwrap();
}

#[test]
#[cfg(unix)]
fn a_missing_directory_is_made_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a").join("b");
    let log = open(&path).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for file in fs::read_dir(&path).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    drop(log);
}

#[test]
fn a_directory_that_is_a_file_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, OpenError::Directory { .. }), "{error}");
    assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
}

#[test]
fn a_directory_may_have_the_name_of_a_uri() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file:log?mode=memory");
    let epoch = open(&path).unwrap().epoch();
    assert_eq!(open(&path).unwrap().epoch(), epoch);
}

#[test]
fn after_closing_one_file_is_the_whole_log() {
    let folder = TempDir::new().unwrap();
    open(folder.path()).unwrap().close();
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["log.lock", "log.sqlite"]);
}

#[test]
fn a_newer_file_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    drop(open(folder.path()).unwrap());
    prepare(folder.path(), "PRAGMA user_version = 99");
    let before = fs::read(folder.path().join("log.sqlite")).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 99, supported: 1, .. }), "{error}");
    assert!(fs::read(folder.path().join("log.sqlite")).unwrap() == before, "a refused file was changed");
}

#[test]
fn a_file_of_another_program_is_refused_and_left_as_it_is() {
    for sql in ["CREATE TABLE notes (text TEXT)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"] {
        let folder = TempDir::new().unwrap();
        prepare(folder.path(), sql);
        let before = fs::read(folder.path().join("log.sqlite")).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(matches!(error, OpenError::Foreign { .. }), "{sql}: {error}");
        assert!(fs::read(folder.path().join("log.sqlite")).unwrap() == before, "a refused file was changed");
    }
}

#[test]
fn a_file_that_is_no_database_is_refused_with_its_name() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.sqlite"), "not a database at all ".repeat(100)).unwrap();
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::Storage { .. }), "{error}");
    assert!(error.to_string().contains("log.sqlite"), "{error}");
}

#[test]
fn a_refused_log_is_not_locked() {
    let folder = TempDir::new().unwrap();
    prepare(folder.path(), "CREATE TABLE notes (text TEXT)");
    open(folder.path()).unwrap_err();
    prepare(folder.path(), "DROP TABLE notes");
    open(folder.path()).unwrap();
}
