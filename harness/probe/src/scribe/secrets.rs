//! Values that the server makes, and what nobody may ever see.

use std::collections::BTreeMap;

use evidence::{Place, Secrecy, What};
use serde_json::Value;
use targets::file::secrets::SecretFrom;
use targets::language::came::Came;
use targets::language::template::as_text;

use super::Scribe;
use crate::inbox::Taken;
use crate::meant::{Acting, Named};

impl Scribe {
    fn acting<'a>(&self, place: &'a Place, nobody: &'a BTreeMap<String, Named>) -> Acting<'a> {
        let target = self.site.target();
        Acting {
            place,
            owner: target.owner,
            named: nobody,
            has_no_login: target.login.is_none(),
            has_groups: !target.groups.is_empty(),
        }
    }

    /// Values of the server that stand in what came, or are free with it.
    pub(super) fn secrets(&self, place: &Place, came: &Came) -> Vec<What> {
        let target = self.site.target();
        let mut whats = Vec::new();
        for secret in &target.secrets {
            let SecretFrom::Event(event, at) = &secret.from else {
                continue;
            };
            if came.event.as_ref() != Some(event) {
                continue;
            }
            let nobody = BTreeMap::new();
            let to = self.acting(place, &nobody).audience(&secret.to);
            for value in at.all(came).iter().filter_map(text_of) {
                if self.site.groups.sees(&value, place) {
                    whats.push(What::Secret {
                        value,
                        to: to.clone(),
                        is: Secrecy::Seen,
                    });
                }
            }
        }
        let freed = target.freed.iter();
        for freed in freed.filter(|freed| is_of(freed.event.as_deref(), came)) {
            let values = freed.places.iter().flat_map(|at| at.all(came));
            for value in values.filter_map(|value| text_of(&value)) {
                // At each place of its own: what another place wrote down may come later in the history.
                let freed = Place {
                    session: format!("freed at {}", place.session),
                    ..place.clone()
                };
                if self.site.groups.sees(&value, &freed) {
                    let to = evidence::Audience::of(evidence::Scope::Anybody);
                    let is = Secrecy::Freed;
                    whats.push(What::Secret { value, to, is });
                }
            }
        }
        whats
    }

    /// A value that a step has kept is a secret of the place that kept it, if the file says so.
    pub(crate) fn see_kept(&self, place: &Place, kept: impl Fn(&str) -> Option<Value>) {
        let target = self.site.target();
        let named = target
            .secrets
            .iter()
            .filter_map(|secret| match &secret.from {
                SecretFrom::Kept(name) => Some((name.as_str(), Some(&secret.to))),
                SecretFrom::Event(..) => None,
            });
        let capabilities = target.capabilities.iter().map(|name| (name.as_str(), None));
        for (name, to) in named.chain(capabilities) {
            let Some(value) = kept(name).as_ref().and_then(text_of) else {
                continue;
            };
            if !self.site.groups.sees(&value, place) {
                continue;
            }
            let nobody = BTreeMap::new();
            let acting = self.acting(place, &nobody);
            let to = match to {
                Some(to) => acting.audience(to),
                None => evidence::Audience::of(acting.owner()),
            };
            let is = Secrecy::Seen;
            self.take(place, Taken::of(vec![What::Secret { value, to, is }]));
        }
    }

    /// Places in what came that must be absent for everybody.
    pub(super) fn never(&self, came: &Came) -> Vec<String> {
        let never = self.site.target().never.iter();
        let of_event = never.filter(|never| is_of(never.event.as_deref(), came));
        let places = of_event.flat_map(|never| &never.places);
        let shown = places.filter(|at| at.all(came).iter().any(|value| !value.is_null()));
        shown.map(ToString::to_string).collect()
    }
}

/// A value that can be looked for.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) => Some(as_text(value)).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// Whether what came is an event of this name, or any event where none is meant.
fn is_of(event: Option<&str>, came: &Came) -> bool {
    event.is_none_or(|event| came.event.as_deref() == Some(event))
}
