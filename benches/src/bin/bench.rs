//! Measures everything, and writes it down: the tables, the figures, a plot, and the page of the documentation.

use std::error::Error;
use std::path::Path;
use std::process::Command;

use autoplay_benches::inside::{self, parsers};
use autoplay_benches::outside;
use autoplay_benches::report::{Goal, Machine, Report, Table};

fn main() -> Result<(), Box<dyn Error>> {
    let machine = Machine::here();
    println!("Within one thread …");
    let (mut tables, mut goals) = inside::measure();
    goals.push(Goal::at_most("allocations per event of one data line", allocations()?, 0.0, ""));
    println!("Whole processes …");
    let measured = outside::measure(fastest_parser(&tables).ok_or("no parser was measured")?)?;
    tables.extend(measured.0);
    goals.extend(measured.1);
    let report = Report { machine, tables, goals };
    println!("{}", report.markdown());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    report.write(&here.join("results"), "client")?;
    report.repeat_in(&here.join("../docs/performance.md"))?;
    Ok(())
}

/// By its speed with 1 action.
fn fastest_parser(tables: &[Table]) -> Option<&'static str> {
    let table = tables.iter().find(|table| table.title == inside::PARSERS)?;
    let speed = |name: &str| table.figure(name, 1).unwrap_or(0.0);
    parsers::ALL.into_iter().map(|(name, _)| name).max_by(|a, b| speed(a).total_cmp(&speed(b)))
}

fn allocations() -> Result<f64, Box<dyn Error>> {
    let output = Command::new(outside::here("allocations")?).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
