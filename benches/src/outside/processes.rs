use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, io};

use super::Sample;

/// Another program of this package, which is built beside the one that runs.
pub fn here(name: &str) -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(name))
}

/// A sender, which ends when this is dropped.
#[derive(Debug)]
pub(super) struct Sender {
    process: Child,
    pub(super) address: String,
}

impl Sender {
    pub(super) fn start(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(here("sender")?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut address)?;
        }
        Ok(Self { process, address: address.trim().to_owned() })
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

/// A receiver under way.
#[derive(Debug)]
pub(super) struct Receiver(Child);

impl Receiver {
    pub(super) fn start(arguments: &[&str]) -> Result<Self, Box<dyn Error>> {
        Ok(Self(Command::new(here("receiver")?).args(arguments).stdout(Stdio::piped()).spawn()?))
    }

    pub(super) fn finish(self) -> Result<Sample, Box<dyn Error>> {
        let output = self.0.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("a receiver ended with {}", output.status).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// Runs a receiver to its end.
pub(super) fn receive(arguments: &[&str]) -> Result<Sample, Box<dyn Error>> {
    Receiver::start(arguments)?.finish()
}
