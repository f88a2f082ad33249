//! How a server proves who it is.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::{fmt, fs, io};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage, OtherError, RootCertStore,
    SignatureScheme,
};

/// Whose certificates are trusted.
#[derive(Clone, Default)]
pub(crate) enum Roots {
    /// The system's, or built-in ones where it has none.
    #[default]
    System,
    /// Those of a file, and no others.
    Given(Arc<RootCertStore>),
}

impl Roots {
    /// Reads a file of certificates in PEM.
    pub(crate) fn from_file(path: &Path) -> Result<Self, crate::Error> {
        let wrong =
            |problem: String| crate::Error::config("ca_file", format!("{} {problem}", path.display()));
        let pem = fs::read(path).map_err(|error| wrong(format!("can't be read: {error}")))?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|error| wrong(format!("is no valid PEM file: {error}")))?;
            let added = roots.add(certificate);
            added.map_err(|error| wrong(format!("holds a certificate that can't be used: {error}")))?;
        }
        if roots.is_empty() {
            return Err(wrong(
                "holds no certificate; it must be a PEM file with BEGIN CERTIFICATE".to_owned(),
            ));
        }
        Ok(Self::Given(Arc::new(roots)))
    }
}

/// Without the certificates, which are long.
impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("System"),
            Self::Given(roots) => write!(f, "Given({} certificates)", roots.len()),
        }
    }
}

/// TLS by ring, HTTP/2 and HTTP/1.1. The provider is passed along, never installed for the whole process: that is the
/// program's choice, not a library's.
pub(crate) fn config(roots: &Roots) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
    let mut config = match roots {
        // "Dangerous" is whatever verifier one brings along; this one is the platform's own.
        Roots::System => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(SystemRoots { provider, verifier: OnceLock::new() })),
        Roots::Given(roots) => builder.with_root_certificates(Arc::clone(roots)),
    }
    .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// What to do about a handshake that failed, where an argument may help.
pub(crate) fn advice(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return advice(inner);
    }
    match error.downcast_ref::<Error>()? {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            Some("nobody trusted here has signed it; a private authority is given as ca_file")
        }
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            Some("this is no TLS; if the server speaks plain HTTP, url begins with http://")
        }
        _ => None,
    }
}

/// The platform's verifier, made at the first certificate: reading the system's roots takes milliseconds, which a
/// client that only speaks http should not spend.
#[derive(Debug)]
struct SystemRoots {
    provider: Arc<CryptoProvider>,
    verifier: OnceLock<Result<Arc<dyn ServerCertVerifier>, Error>>,
}

impl SystemRoots {
    fn verifier(&self) -> Result<&Arc<dyn ServerCertVerifier>, Error> {
        self.verifier.get_or_init(|| system_or_builtin(&self.provider)).as_ref().map_err(Clone::clone)
    }
}

/// A slim container has no roots at all, and the platform's verifier then refuses to be made.
fn system_or_builtin(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    if let Ok(verifier) = rustls_platform_verifier::Verifier::new(Arc::clone(provider)) {
        return Ok(Arc::new(verifier));
    }
    tracing::debug!("the system has no root certificates; the built-in ones serve");
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| Error::Other(OtherError(Arc::new(error))))?;
    Ok(verifier)
}

impl ServerCertVerifier for SystemRoots {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_is_not_installed_for_the_process() {
        config(&Roots::System).unwrap();
        assert!(CryptoProvider::get_default().is_none());
    }

    #[test]
    fn a_file_that_holds_no_certificate_is_refused_by_name() {
        let dir = std::env::temp_dir();
        let path = dir.join(format!("autoplay-sdk-ca-{}.pem", std::process::id()));
        for (content, problem) in [
            ("", "holds no certificate"),
            ("no PEM at all", "holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "can't be used"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n", "no valid PEM"),
        ] {
            fs::write(&path, content).unwrap();
            let error = Roots::from_file(&path).unwrap_err();
            assert_eq!(error.argument(), Some("ca_file"));
            let text = error.to_string();
            assert!(text.contains(problem) && text.contains(path.to_str().unwrap()), "{text}");
        }
        fs::remove_file(&path).unwrap();
        let error = Roots::from_file(&path).unwrap_err();
        assert!(error.is_config() && error.to_string().contains("can't be read"), "{error}");
    }

    #[test]
    fn there_is_a_verifier_with_or_without_roots_in_the_system() {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        system_or_builtin(&provider).unwrap();
    }
}
