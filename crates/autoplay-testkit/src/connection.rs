//! Runs a script on a connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::request::Request;
use crate::script::{Script, Step};

/// How long a client may take to send a request.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);

/// How often a script that waits for a gate looks whether anybody is still there.
const GLANCE: Duration = Duration::from_millis(10);

pub(crate) struct Connection {
    number: usize,
    stream: Arc<TcpStream>,
    /// Read and not yet understood.
    received: Vec<u8>,
    /// How many bytes may still be sent.
    allowance: usize,
}

/// The script ends here: the client left, the server stops, or so it is written.
struct Over;

impl Connection {
    pub(crate) fn new(number: usize, stream: Arc<TcpStream>) -> Self {
        Self { number, stream, received: Vec::new(), allowance: usize::MAX }
    }

    /// Goes through the steps. When this returns the connection is closed.
    pub(crate) fn run(mut self, script: Script, mut record: impl FnMut(Request)) {
        self.allowance = script.close_after.unwrap_or(usize::MAX);
        for step in script.steps {
            if self.step(step, &mut record).is_err() {
                return;
            }
        }
    }

    fn step(&mut self, step: Step, record: &mut impl FnMut(Request)) -> Result<(), Over> {
        match step {
            Step::ReadRequest => record(self.read_request()?),
            Step::Send(bytes) => self.send(&bytes)?,
            Step::SendPieces { pieces, pause } => {
                for piece in pieces {
                    self.send(&piece)?;
                    self.pause(pause)?;
                }
            }
            Step::SendForEver(bytes) => loop {
                self.send(&bytes)?;
            },
            Step::Stall(time) => self.listen(Some(time))?,
            Step::Mute => self.listen(None)?,
            Step::WaitFor(gate) => {
                while !gate.wait(Duration::ZERO) {
                    self.listen(Some(GLANCE))?;
                }
            }
            Step::HalfClose => self.stream.shutdown(Shutdown::Write).map_err(|_| Over)?,
            Step::Reset => {
                // With no time to linger, closing drops what is unsent and sends a reset.
                let _ = SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO));
                return Err(Over);
            }
        }
        Ok(())
    }

    fn read_request(&mut self) -> Result<Request, Over> {
        let deadline = Instant::now() + REQUEST_LIMIT;
        loop {
            if let Some(request) = Request::take(&mut self.received, self.number) {
                return Ok(request);
            }
            if !self.receive(Some(deadline))? {
                return Err(Over);
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let allowed = &bytes[..bytes.len().min(self.allowance)];
        (&*self.stream).write_all(allowed).map_err(|_| Over)?;
        self.allowance -= allowed.len();
        if self.allowance == 0 { Err(Over) } else { Ok(()) }
    }

    /// Waits exactly, or else attentively: time-outs of sockets are as coarse as the kernel's clock.
    fn pause(&mut self, time: Duration) -> Result<(), Over> {
        if time > GLANCE {
            return self.listen(Some(time));
        }
        thread::sleep(time);
        Ok(())
    }

    /// Waits, and notices if the client leaves.
    fn listen(&mut self, time: Option<Duration>) -> Result<(), Over> {
        let deadline = time.map(|time| Instant::now() + time);
        while self.receive(deadline)? {}
        Ok(())
    }

    /// Reads once. False if the time was over before anything came.
    fn receive(&mut self, deadline: Option<Instant>) -> Result<bool, Over> {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        if left == Some(Duration::ZERO) {
            return Ok(false);
        }
        self.stream.set_read_timeout(left).map_err(|_| Over)?;
        let mut buffer = [0; 16 * 1024];
        match (&*self.stream).read(&mut buffer) {
            Ok(0) => Err(Over),
            Ok(length) => {
                self.received.extend_from_slice(&buffer[..length]);
                Ok(true)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Ok(false),
                ErrorKind::Interrupted => Ok(true),
                _ => Err(Over),
            },
        }
    }
}
