//! Single requests, for [`http`](crate::http).

use std::io;

use bytes::Bytes;
use url::Url;

use super::request::header_map;
use super::{Body, Ways, described, system_lookup};
use crate::network::Network;

/// The client of [`http`](crate::http), which keeps connections for the next request.
#[derive(Debug, Clone)]
pub(crate) struct UnaryTransport(Ways);

impl UnaryTransport {
    pub(crate) fn new() -> io::Result<Self> {
        Ways::new(&Network::default(), system_lookup, |builder| builder).map(Self)
    }

    /// Sends a request and gives the status, the headers and a body that has not been read.
    pub(crate) async fn send(&self, request: Prepared) -> Result<(u16, Vec<(String, String)>, Body), String> {
        let response = self.0.to(request.0.url()).execute(request.0).await.map_err(described)?;
        let headers = response.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        });
        Ok((response.status().as_u16(), headers.collect(), Body(response)))
    }
}

/// A request that can be sent.
#[derive(Debug)]
pub(crate) struct Prepared(reqwest::Request);

impl Prepared {
    /// The error names the argument that is wrong.
    pub(crate) fn new(
        method: &str,
        url: Url,
        headers: &[(String, String)],
        body: Bytes,
    ) -> Result<Self, String> {
        let method = method.parse().map_err(|_| format!("method: {method:?} is none"))?;
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = header_map(headers).map_err(|problem| format!("headers: {problem}"))?;
        *request.body_mut() = Some(body.into());
        Ok(Self(request))
    }
}
