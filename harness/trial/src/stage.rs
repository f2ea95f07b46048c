//! Who is there: two users with their browsers and tabs, and a stranger.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use targets::Target;
use targets::language::came::Came;
use targets::language::step::Step;
use targets::language::template::Name;
use tokio::time::Instant;
use walk::{Browser, Site, Tab};

use crate::file::File;
use crate::finding::Notes;
use crate::seen::{Eyes, What};

/// A trial that goes on.
pub(crate) struct Trying {
    pub(crate) file: File,
    pub(crate) site: Arc<Site>,
    /// Names and passwords.
    pub(crate) users: Vec<(String, String)>,
    pub(crate) idle: Duration,
    pub(crate) patience: Duration,
    pub(crate) eyes: Arc<Eyes>,
    pub(crate) notes: Notes,
    /// What each login was answered, by its browser.
    pub(crate) answers: BTreeMap<String, Vec<Came>>,
}

/// Everybody who is there.
pub(crate) struct Stage {
    pub(crate) browsers: Vec<Browser>,
    pub(crate) tabs: Vec<Tab>,
    /// When everybody had logged in.
    pub(crate) since: Instant,
}

impl Stage {
    /// The tab in which a user acts.
    pub(crate) fn tab_of(&self, user: &str) -> Option<&Tab> {
        let mut tabs = self.tabs.iter();
        tabs.find(|tab| tab.whereabouts().user.as_deref() == Some(user) && tab.is_open())
    }

    /// Closes everything.
    pub(crate) async fn clear(&mut self) {
        for tab in self.tabs.drain(..) {
            tab.close().await;
        }
        for browser in self.browsers.drain(..) {
            browser.leave().await;
        }
    }
}

impl Trying {
    pub(crate) fn target(&self) -> &Target {
        &self.site.target
    }

    /// Whether a user may be at two places at a time.
    pub(crate) fn has_second_place(&self) -> bool {
        let mut without = self.target().without.iter();
        without.all(|word| word != "second place")
    }

    /// The names of the fields of all pages that came.
    pub(crate) fn fields(&self) -> Vec<String> {
        let mut all = Vec::new();
        for seen in self.eyes.since(0) {
            if let What::Answer(_, came) = seen.what {
                for (name, _) in came.fields {
                    if !all.contains(&name) {
                        all.push(name);
                    }
                }
            }
        }
        all
    }
}

/// The names of the kept values that these steps need.
pub(crate) fn names_in(steps: &[Step]) -> Vec<String> {
    let mut all = Vec::new();
    let mut see = |name: &Name| {
        if let Name::Kept(kept) = name
            && kept.of.is_none()
        {
            all.push(kept.name.clone());
        }
    };
    steps
        .iter()
        .for_each(|step| step.each_name_before(&mut see));
    all
}

/// The target, in which no step waits longer than this where the file says nothing.
pub(crate) fn hurried(mut target: Target, patience: Duration) -> Target {
    let hurry = |steps: &mut Vec<Step>| {
        for step in steps {
            step.within = step.within.or(Some(patience));
        }
    };
    target.login.iter_mut().for_each(hurry);
    hurry(&mut target.users.register);
    hurry(&mut target.logout);
    hurry(&mut target.open);
    for (_, group) in &mut target.groups {
        hurry(&mut group.create);
        hurry(&mut group.join);
        hurry(&mut group.leave);
    }
    for (_, action) in &mut target.actions {
        hurry(&mut action.way.act);
        hurry(&mut action.way.stop);
        for (_, way) in &mut action.ways {
            hurry(&mut way.act);
        }
    }
    for (_, surface) in &mut target.surfaces {
        if let Some(surface) = surface {
            surface.step.within = surface.step.within.or(Some(patience));
        }
    }
    target
}
