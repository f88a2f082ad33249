//! Certificates made for one test.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate authority that nobody trusts unless told to.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a server shows, and the key to it.
pub struct Certificate {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// An authority with a key of its own.
    ///
    /// # Panics
    ///
    /// If the system has no randomness.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is a new one")]
    pub fn new() -> Self {
        // Two of the same name would be taken for one that signs badly.
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let mut params = CertificateParams::default();
        let name = format!("Test authority {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("the system has randomness");
        let pem = params.self_signed(&key).expect("the parameters are complete").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// The authority's own certificate, as it stands in a file of trusted ones.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a host: a name or an address.
    ///
    /// # Panics
    ///
    /// If the host is neither.
    #[must_use]
    pub fn issue(&self, host: &str) -> Certificate {
        self.sign(&params(host))
    }

    /// The same, but its time was over in 2020.
    ///
    /// # Panics
    ///
    /// If the host is neither a name nor an address.
    #[must_use]
    pub fn issue_expired(&self, host: &str) -> Certificate {
        let mut params = params(host);
        params.not_before = date_time_ymd(2019, 1, 1);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.sign(&params)
    }

    fn sign(&self, params: &CertificateParams) -> Certificate {
        let key = KeyPair::generate().expect("the system has randomness");
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters are complete");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key that was just made");
        Certificate { certificate: certificate.der().clone(), key }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

fn params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new([host.to_owned()]).expect("a name or an address");
    params.distinguished_name.push(DnType::CommonName, host);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}
