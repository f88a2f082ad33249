//! Where logs go: standard error, readable on a terminal, JSON lines otherwise. `RUST_LOG` sets what is logged.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// A server tells what it does; a command at a prompt only what goes wrong.
pub(crate) fn start(is_server: bool) {
    let default = if is_server { "info" } else { "error" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.with_target(false).init();
    } else {
        logs.with_ansi(false).json().init();
    }
}
