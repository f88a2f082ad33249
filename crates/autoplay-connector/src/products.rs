//! Products and who may use them: the records, and an index in memory for every request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use autoplay_log::{Log, Transaction};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::clock::log_time;
use crate::secret::{KeyHash, Secret, random_hex};

/// How long the webhook secret before the newest one is still taken: a sender can be switched over without losing events.
pub(crate) const SECRET_GRACE_MS: i64 = 10 * 60 * 1000;

/// A product as it is kept in the log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Product {
    pub(crate) product_id: String,
    pub(crate) contact_email: String,
    pub(crate) mode: Mode,
    #[serde(default)]
    pub(crate) integration_config: serde_json::Map<String, serde_json::Value>,
    pub(crate) webhook_secret: Secret,
    #[serde(default)]
    pub(crate) previous_secret: Option<PreviousSecret>,
    pub(crate) project_keys: Vec<String>,
    pub(crate) keys: Vec<Key>,
    pub(crate) created_ms: i64,
}

/// How a product's events leave the connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Subscribers fetch them at `GET /stream/{product_id}`.
    Sse,
    /// The connector delivers them to a URL.
    Push,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PreviousSecret {
    secret: Secret,
    until_ms: i64,
}

/// A key of a product; of the key itself only the hash is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) key_id: String,
    pub(crate) hash: String,
    pub(crate) rights: Vec<Right>,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Right {
    Read,
    Write,
}

/// What a caller asks for with `POST /products`, checked.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) product_id: String,
    pub(crate) contact_email: String,
    pub(crate) webhook_secret: Option<Secret>,
    pub(crate) mode: Mode,
    pub(crate) integration_config: serde_json::Map<String, serde_json::Value>,
    pub(crate) project_keys: Vec<String>,
    pub(crate) force_reregister: bool,
}

/// A product just registered, with the secrets that are shown this once.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) product: Arc<Product>,
    pub(crate) key: Secret,
    pub(crate) key_id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RegisterError {
    #[error("the product exists")]
    Exists,
    #[error("a project key belongs to another product")]
    ProjectKeyTaken,
    #[error("the log did not take the product")]
    NotStored,
}

impl Product {
    /// Is `secret` good for this product at `now_ms`, either as it stands or as the key of `accepts`?
    ///
    /// `accepts` is asked about each secret that counts now, so that a signature can be checked against both.
    pub(crate) fn any_secret(&self, now_ms: i64, mut accepts: impl FnMut(&Secret) -> bool) -> bool {
        let previous = self.previous_secret.as_ref().filter(|previous| now_ms < previous.until_ms);
        let by_current = accepts(&self.webhook_secret);
        let by_previous = previous.is_some_and(|previous| accepts(&previous.secret));
        by_current || by_previous
    }
}

/// All products, indexed by everything that a request names them with.
#[derive(Debug, Default)]
pub(crate) struct Products {
    index: RwLock<Index>,
    /// Registrations go one at a time: "does it exist" and "store it" must not interleave.
    registering: Mutex<()>,
}

#[derive(Debug, Default)]
struct Index {
    products: HashMap<String, Arc<Product>>,
    by_key: HashMap<KeyHash, (String, Vec<Right>)>,
    by_project_key: HashMap<String, String>,
}

impl Products {
    /// Reads all products from the log. Records that cannot be read are left out, with an error in the log.
    pub(crate) fn load(log: &dyn Log) -> Result<Self, autoplay_log::ReadError> {
        let products = Self::default();
        for (key, value) in log.states(STATE_PREFIX)? {
            match serde_json::from_slice::<Product>(&value) {
                Ok(product) => products.put(&Arc::new(product)),
                Err(error) => tracing::error!(key, line = error.line(), "a product's record cannot be read"),
            }
        }
        Ok(products)
    }

    pub(crate) fn get(&self, product_id: &str) -> Option<Arc<Product>> {
        self.read().products.get(product_id).cloned()
    }

    /// The product that a browser's project key stands for.
    pub(crate) fn by_project_key(&self, project_key: &str) -> Option<Arc<Product>> {
        let index = self.read();
        index.by_project_key.get(project_key).and_then(|id| index.products.get(id)).cloned()
    }

    /// The product that an API key belongs to, if the key is known and carries `right`.
    ///
    /// The look-up is by the key's SHA-256: how long it takes says nothing about the keys that exist.
    pub(crate) fn by_key(&self, key: &str, right: Right) -> Option<String> {
        let index = self.read();
        let (product_id, rights) = index.by_key.get(&KeyHash::of(key.as_bytes()))?;
        rights.contains(&right).then(|| product_id.clone())
    }

    pub(crate) async fn register(
        &self,
        log: &dyn Log,
        registration: Registration,
        now_ms: i64,
    ) -> Result<Registered, RegisterError> {
        let _one_at_a_time = self.registering.lock().await;
        let existing = self.get(&registration.product_id);
        if existing.is_some() && !registration.force_reregister {
            return Err(RegisterError::Exists);
        }
        if registration.project_keys.iter().any(|key| self.taken_by_another(key, &registration.product_id)) {
            return Err(RegisterError::ProjectKeyTaken);
        }
        let key = Secret::generate("uk_live_");
        let key_id = format!("key_{}", random_hex::<8>());
        let record = Arc::new(record(registration, existing.as_deref(), &key, &key_id, now_ms));
        store(log, &record, now_ms).await?;
        self.put(&record);
        Ok(Registered { product: record, key, key_id })
    }

    fn taken_by_another(&self, project_key: &str, product_id: &str) -> bool {
        self.by_project_key(project_key).is_some_and(|owner| owner.product_id != product_id)
    }

    fn put(&self, product: &Arc<Product>) {
        let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
        let id = &product.product_id;
        index.by_project_key.retain(|_, owner| owner != id);
        index.by_key.retain(|_, (owner, _)| owner != id);
        for project_key in &product.project_keys {
            index.by_project_key.insert(project_key.clone(), id.clone());
        }
        for key in &product.keys {
            if let Some(hash) = KeyHash::from_hex(&key.hash) {
                index.by_key.insert(hash, (id.clone(), key.rights.clone()));
            }
        }
        index.products.insert(id.clone(), Arc::clone(product));
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }
}

const STATE_PREFIX: &str = "product/";

/// The record of a registration; of a product that existed, its keys stay good and its secret for a grace time.
fn record(
    registration: Registration,
    existing: Option<&Product>,
    key: &Secret,
    key_id: &str,
    now_ms: i64,
) -> Product {
    let mut project_keys = registration.project_keys;
    if project_keys.is_empty() {
        project_keys = match existing {
            Some(product) => product.project_keys.clone(),
            None => vec![format!("phc_{}", random_hex::<16>())],
        };
    }
    let mut keys = existing.map(|product| product.keys.clone()).unwrap_or_default();
    keys.push(Key {
        key_id: key_id.to_owned(),
        hash: KeyHash::of(key.expose().as_bytes()).to_hex(),
        rights: vec![Right::Read],
        name: "registration".to_owned(),
    });
    Product {
        product_id: registration.product_id,
        contact_email: registration.contact_email,
        mode: registration.mode,
        integration_config: registration.integration_config,
        webhook_secret: registration.webhook_secret.unwrap_or_else(|| Secret::generate("whsec_")),
        previous_secret: existing.map(|product| PreviousSecret {
            secret: product.webhook_secret.clone(),
            until_ms: now_ms.saturating_add(SECRET_GRACE_MS),
        }),
        project_keys,
        keys,
        created_ms: existing.map_or(now_ms, |product| product.created_ms),
    }
}

async fn store(log: &dyn Log, product: &Product, now_ms: i64) -> Result<(), RegisterError> {
    let value = serde_json::to_vec(product).map_err(|_| RegisterError::NotStored)?;
    let state = vec![(format!("{STATE_PREFIX}{}", product.product_id), Some(value))];
    let transaction = Transaction {
        product: product.product_id.clone(),
        now_ms: log_time(now_ms),
        state,
        ..Transaction::default()
    };
    log.commit(transaction).await.map(drop).map_err(|_| RegisterError::NotStored)
}
