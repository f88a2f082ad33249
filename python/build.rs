//! Lets `cargo build` link the extension on macOS, whose linker asks where Python's symbols are: in the interpreter that
//! will load it. maturin says the same for wheels.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "macos") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-undefined,dynamic_lookup");
    }
}
