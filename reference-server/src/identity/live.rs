//! The settings in effect, which a reload replaces, and the cookies that depend on them.

use std::sync::{Arc, PoisonError, RwLock};

use super::cookies::Cookies;
use crate::ground::fault::Open;
use crate::settings::{Settings, SettingsError, Source};

/// Clones are the same.
#[derive(Clone)]
pub(crate) struct Live(Arc<Inner>);

struct Inner {
    /// Held only while a pointer is copied. A panic of a holder leaves either the old pointer or the new one.
    now: RwLock<Arc<Snapshot>>,
    fault: Open,
}

/// What is in effect for one request. A reload during the request does not change it.
pub(crate) struct Snapshot {
    pub(crate) settings: Settings,
    pub(crate) cookies: Cookies,
}

impl Snapshot {
    fn new(settings: Settings, fault: &Open) -> Arc<Self> {
        let cookies = Cookies::new(&settings, fault.clone());
        Arc::new(Self { settings, cookies })
    }
}

impl Live {
    pub(crate) fn new(settings: Settings, fault: Open) -> Self {
        let now = RwLock::new(Snapshot::new(settings, &fault));
        Self(Arc::new(Inner { now, fault }))
    }

    /// What is in effect at this moment.
    pub(crate) fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.0.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts new settings into effect. A changed setting that needs a restart keeps its old value and is logged.
    pub(crate) fn reload(&self, source: Source) -> Result<Settings, SettingsError> {
        let (settings, waiting) = self.now().settings.renewed(source)?;
        for name in waiting {
            tracing::warn!(
                setting = name,
                "a changed setting takes effect after a restart"
            );
        }
        let new = Snapshot::new(settings.clone(), &self.0.fault);
        *self.0.now.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(settings)
    }

    /// A host name that the server answers to.
    pub(crate) fn host(&self) -> String {
        let now = self.now();
        let named = now.settings.server_names.first();
        named.map_or_else(|| "localhost".to_owned(), Clone::clone)
    }
}
