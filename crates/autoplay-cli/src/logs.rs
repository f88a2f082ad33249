//! Where logs go: standard error, readable on a terminal, JSON lines otherwise. `RUST_LOG` sets what is logged.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// `default` is the level where `RUST_LOG` sets none.
pub(crate) fn start(default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        logs.with_target(false).init();
    } else {
        logs.with_ansi(false).json().init();
    }
}
