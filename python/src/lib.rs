//! The compiled half of the Python package `autoplay_sdk`.

use pyo3::prelude::*;

/// The compiled half of `autoplay_sdk`. What is public is in the package itself.
#[pymodule(name = "_native")]
mod native {
    #[expect(non_upper_case_globals, reason = "it is named by Python")]
    #[pymodule_export]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
