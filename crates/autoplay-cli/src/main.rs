//! The command `autoplay`: run a connector, register products, watch a stream.
//!
//! Exit status: 0 when the command did its work, 1 when it could not, 2 when it was called wrongly.

mod commands;
mod logs;
mod printer;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tells AI copilots what a user is doing right now.
///
/// A connector takes in what browsers send, makes readable UI actions of it, and streams them. Try it: `autoplay demo`.
#[derive(Debug, Parser)]
#[command(name = "autoplay", version, about, max_term_width = 100, arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(commands::demo::Args),
    Serve(commands::serve::Args),
    Product(commands::product::Args),
    Tail(commands::tail::Args),
}

/// A server tells what it does. A tail warns that a connection was lost, or it would look like a quiet stream. Other
/// commands tell what goes wrong by their end.
fn log_level(command: &Command) -> &'static str {
    match command {
        Command::Serve(_) => "info",
        Command::Tail(_) => "warn",
        Command::Demo(_) | Command::Product(_) => "error",
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    logs::start(log_level(&args.command));
    let result = match args.command {
        Command::Demo(args) => commands::demo::run(&args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Product(args) => commands::product::run(args),
        Command::Tail(args) => commands::tail::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("autoplay: {error:#}");
            ExitCode::FAILURE
        }
    }
}
