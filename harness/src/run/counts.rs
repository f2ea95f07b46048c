//! Events that are counted until a run has settled: what is counted where, and how many have come.
//!
//! A tab that is opened again, by `resume` or by `open`, has another socket then, and the count goes on at it.

use std::sync::Mutex;

use evidence::Marker;
use probe::Tab;

use crate::language::names::TabName;
use crate::lock::lock;

/// The events of a tab that are counted.
pub(crate) struct Count {
    pub(super) name: TabName,
    pub(super) claim: String,
    event: String,
    marker: Option<Marker>,
    /// How many there must be.
    pub(super) is: usize,
    /// How many came to sockets that have ended since.
    before: usize,
    /// The others, each with how many had come to it that do not count; the tab's own is the last.
    sockets: Vec<(Tab, usize)>,
}

impl Count {
    /// The events of this name (with this marker), of which there must be so many.
    pub(crate) fn new(
        name: TabName,
        claim: String,
        (event, marker): (String, Option<Marker>),
        is: usize,
    ) -> Self {
        Self {
            name,
            claim,
            event,
            marker,
            is,
            before: 0,
            sockets: Vec::new(),
        }
    }

    /// How many have come.
    pub(super) fn came(&self) -> usize {
        let sockets = self.sockets.iter();
        let came = sockets.map(|socket| self.came_to(socket));
        came.fold(self.before, usize::saturating_add)
    }

    fn came_to(&self, (tab, before): &(Tab, usize)) -> usize {
        let came = tab.came_of(&self.event, self.marker.as_ref());
        came.saturating_sub(*before)
    }

    /// The tab's socket.
    pub(super) fn tab(&self) -> Option<&Tab> {
        self.sockets.last().map(|(tab, _)| tab)
    }

    /// How many are missing that can still come.
    fn missing(&self) -> usize {
        let can_come = self.sockets.iter().any(|(tab, _)| !tab.has_left());
        if can_come {
            self.is.saturating_sub(self.came())
        } else {
            0
        }
    }

    /// What came to sockets that have ended will not change: the sockets need not be kept.
    fn add(&mut self, tab: Tab) {
        if self.sockets.iter().any(|(known, _)| known.is(&tab)) {
            return;
        }
        let (ended, open) = std::mem::take(&mut self.sockets)
            .into_iter()
            .partition(|(tab, _)| tab.has_left());
        self.sockets = ended;
        self.before = self.came();
        self.sockets = open;
        self.sockets.push((tab, 0));
    }
}

/// The counts of one run. While its lock is held, nothing is awaited and no other lock of the run is taken.
#[derive(Default)]
pub(crate) struct Counts(Mutex<Vec<Count>>);

impl Counts {
    /// Counts from here on at this socket, where so many have come that do not count.
    pub(crate) fn begin(&self, mut count: Count, socket: (Tab, usize)) {
        count.sockets = vec![socket];
        lock(&self.0).push(count);
    }

    /// The tab of this name has another socket.
    pub(crate) fn reopened(&self, name: &TabName, tab: &Tab) {
        let mut counts = lock(&self.0);
        let of_tab = counts.iter_mut().filter(|count| count.name == *name);
        of_tab.for_each(|count| count.add(tab.clone()));
    }

    /// How many events are missing that can still come, and a tab that waits for one.
    pub(super) fn missing(&self) -> Option<(usize, Tab)> {
        let counts = lock(&self.0);
        let missing = counts.iter().map(Count::missing);
        let sum = missing.fold(0, usize::saturating_add);
        let waits = counts.iter().find(|count| count.missing() > 0)?;
        Some((sum, waits.tab()?.clone()))
    }

    /// All of them; none are left.
    pub(super) fn take(&self) -> Vec<Count> {
        std::mem::take(&mut *lock(&self.0))
    }
}
