//! What the target still owes the open tabs: what the actions of their users make.

use evidence::Marker;
use probe::Due;

use super::state::Run;
use crate::language::names::Who;
use crate::lock::lock;

impl Run {
    /// What the actions of each open tab's user owe it.
    pub(crate) fn due(&self) -> Vec<Due> {
        let mut due = Vec::new();
        let (tabs, actions) = (lock(&self.tabs), lock(&self.actions));
        for (name, open) in tabs.iter().filter(|(_, open)| !open.tab.has_left()) {
            let own = actions
                .iter()
                .skip(open.opened_after)
                .filter(|action| name.browser.who == Who::User(action.name.user.clone()));
            for action in own {
                let Some(marker) = &action.marker else {
                    continue;
                };
                due.extend(action.yields.iter().map(|(event, count)| Due {
                    tab: open.tab.clone(),
                    event: event.clone(),
                    marker: Marker::clone(marker),
                    count: usize::try_from(*count).unwrap_or(usize::MAX),
                }));
            }
        }
        due
    }
}
