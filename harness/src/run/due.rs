//! What the target still owes the open tabs: what actions make that are meant for them.

use probe::{Due, Tab};
use targets::file::action::Action;

use super::state::Run;
use crate::lock::lock;

impl Run {
    /// How many events without a text have come to each open tab, of the names that an action makes.
    pub(crate) fn came_so_far(&self, action: &Action) -> Vec<(Tab, String, usize)> {
        let tabs = lock(&self.tabs);
        let mut before = Vec::new();
        for (name, made) in &action.yields {
            if action.is_marked(made) {
                continue;
            }
            for open in tabs.values() {
                before.push((open.tab.clone(), name.clone(), open.tab.came(name)));
            }
        }
        before
    }

    /// What each open tab is owed.
    pub(crate) fn due(&self) -> Vec<Due> {
        let mut due = Vec::new();
        let (tabs, actions) = (lock(&self.tabs), lock(&self.actions));
        for open in tabs.values().filter(|open| !open.tab.has_left()) {
            for (index, action) in actions.iter().enumerate() {
                let is_later = index < open.opened_after;
                let owes = action.begun.owes.iter();
                let owes = owes.filter(|owed| !is_later || owed.has_history);
                // A stream whose beginning came before a cut has no whole to end.
                let was_cut = !open.before_cuts.is_empty();
                let owes = owes.filter(|owed| !(owed.is_end && was_cut));
                for owed in owes.filter(|owed| owed.to.covers(open.tab.place())) {
                    // Without a marker in it nobody can tell whose an event is: it is counted by its name.
                    let marker = action.marker.as_ref().filter(|_| owed.is_marked);
                    if action.marker.is_none() {
                        continue;
                    }
                    let came_before = open.before_cuts.iter().map(|tab| {
                        let came = tab.came_of(&owed.event, marker);
                        let others = if owed.is_marked {
                            0
                        } else {
                            action.before(tab, &owed.event)
                        };
                        came.saturating_sub(others)
                    });
                    let came_before: usize = came_before.sum();
                    let count = usize::try_from(owed.count).unwrap_or(usize::MAX);
                    due.push(Due {
                        tab: open.tab.clone(),
                        event: owed.event.clone(),
                        marker: marker.cloned(),
                        before: if owed.is_marked {
                            0
                        } else {
                            action.before(&open.tab, &owed.event)
                        },
                        count: count.saturating_sub(came_before),
                        is_end: owed.is_end,
                    });
                }
            }
        }
        due
    }
}
