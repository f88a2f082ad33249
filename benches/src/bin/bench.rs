//! Measures everything, and writes it down.

use std::error::Error;
use std::path::Path;

use autoplay_benches::inside;
use autoplay_benches::report::{Machine, Report};

fn main() -> Result<(), Box<dyn Error>> {
    let machine = Machine::here();
    let (tables, goals) = inside::measure();
    let report = Report { machine, tables, goals };
    println!("{}", report.markdown());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    report.write(&here.join("results"), "client")?;
    Ok(())
}
