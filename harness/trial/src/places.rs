//! Places of the file that no event had: a number, a time, a secret.

use targets::file::secrets::SecretFrom;
use targets::language::place::Place;

use crate::finding::{Finding, Kind};
use crate::stage::Trying;

/// A place in the events of a name, or in any event.
struct Sought {
    event: Option<String>,
    place: Place,
    /// Where it stands in the file.
    way: Vec<String>,
    /// How sure it is that something is wrong where it is in no event.
    kind: Kind,
}

impl Trying {
    /// Looks for each place in what came.
    pub(crate) fn places(&mut self) {
        let seen = self.eyes.since(0);
        for sought in self.sought() {
            let is_meant = |name: &str| sought.event.as_deref().is_none_or(|event| event == name);
            let events = seen
                .iter()
                .filter(|seen| seen.event().is_some_and(is_meant));
            let all: Vec<_> = events.filter_map(|seen| seen.came()).collect();
            if all.is_empty() || all.iter().any(|came| sought.place.first(came).is_some()) {
                continue;
            }
            let way: Vec<&str> = sought.way.iter().map(String::as_str).collect();
            let whose = sought.event.map_or_else(
                || "any event that came".to_owned(),
                |event| format!("any `{event}` that came"),
            );
            let what = format!("`{}` is not in {whose}", sought.place);
            let key = sought.way.last().map_or("it", String::as_str);
            let fix = format!("write the place in which it stands there, or leave `{key}` out");
            let finding = Finding {
                kind: sought.kind,
                ..Finding::open(self.file.spot(&way), what, fix)
            };
            self.notes.finding(finding);
        }
    }

    fn sought(&self) -> Vec<Sought> {
        let way = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
        let target = self.target();
        let mut all = Vec::new();
        for (action, name, yields) in { target.actions.iter() }
            .flat_map(|(action, it)| it.yields.iter().map(move |(name, one)| (action, name, one)))
        {
            let places = [
                ("number", yields.number.as_ref().map(|number| &number.place)),
                ("queued_at", yields.queued_at.as_ref().map(|at| &at.place)),
            ];
            all.extend(places.into_iter().filter_map(|(key, place)| {
                Some(Sought {
                    event: Some(name.clone()),
                    place: place?.clone(),
                    way: way(&["actions", action, "yields", name, key]),
                    kind: Kind::Mistake,
                })
            }));
        }
        for (_, socket) in &target.sockets {
            let places = [
                ("number", socket.number.as_ref().map(|number| &number.place)),
                ("queued_at", socket.queued_at.as_ref().map(|at| &at.place)),
            ];
            all.extend(places.into_iter().filter_map(|(key, place)| {
                Some(Sought {
                    event: None,
                    place: place?.clone(),
                    way: way(&["socket", key]),
                    kind: Kind::Mistake,
                })
            }));
        }
        all.extend(
            target
                .secrets
                .iter()
                .filter_map(|secret| match &secret.from {
                    // A hand may be empty whenever somebody looks.
                    SecretFrom::Event(event, place) => Some(Sought {
                        event: Some(event.clone()),
                        place: place.clone(),
                        way: way(&["secrets"]),
                        kind: Kind::Open,
                    }),
                    SecretFrom::Kept(_) => None,
                }),
        );
        all
    }
}
