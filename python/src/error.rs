//! The SDK's one error as the package's exceptions.

use autoplay_sdk::{Error, ErrorKind};
use pyo3::import_exception;
use pyo3::prelude::*;

import_exception!(autoplay_sdk.core.exceptions, SdkError);
import_exception!(autoplay_sdk.core.exceptions, SdkConfigError);
import_exception!(autoplay_sdk.core.exceptions, SdkUpstreamError);
import_exception!(autoplay_sdk.core.exceptions, SdkStatusError);

/// What went wrong in the SDK, on its way to Python.
pub(crate) struct Failure(Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Failure> for PyErr {
    fn from(Failure(error): Failure) -> Self {
        let message = error.to_string();
        match error.kind() {
            ErrorKind::Config => SdkConfigError::new_err(message),
            ErrorKind::Refused => {
                SdkStatusError::new_err((message, error.status_code(), error.url().map(str::to_owned)))
            }
            ErrorKind::RetriesSpent => SdkUpstreamError::new_err(message),
            _ => with_cause(SdkError::new_err(message), &error),
        }
    }
}

/// Keeps what the operating system said, such as the error behind a thread that could not be started.
fn with_cause(exception: PyErr, error: &Error) -> PyErr {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    if let Some(code) = source.and_then(std::io::Error::raw_os_error) {
        Python::attach(|py| exception.set_cause(py, Some(std::io::Error::from_raw_os_error(code).into())));
    }
    exception
}
