//! What a tab says of what it had, when it comes back, and how what comes meanwhile is held.

use targets::file::socket::ResumeBy;
use wires::Recovery;

use crate::connect::Back;
use crate::tab::Tab;

/// What the file's ways of coming back need.
pub(crate) fn come_back(tab: &Tab) -> Back {
    let target = &tab.browser().site().target;
    let mut back = Back::default();
    for (_, socket) in &target.sockets {
        for resume in &socket.resume {
            match &resume.by {
                ResumeBy::Nothing | ResumeBy::Last { .. } => {}
                ResumeBy::ConnectionState => back.recovery = recovery(tab),
                ResumeBy::LastEventId => {
                    back.last_event_id = tab.marks(|marks| marks.event_id.clone());
                }
            }
        }
    }
    back
}

/// Holds until it is dropped: an opening that is given up releases what it held.
pub(crate) struct Pause<'a>(&'a Tab);

impl<'a> Pause<'a> {
    pub(crate) fn of(tab: &'a Tab) -> Self {
        tab.hold();
        Self(tab)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

fn recovery(tab: &Tab) -> Option<Recovery> {
    tab.marks(|marks| {
        Some(Recovery {
            pid: marks.pid.clone()?,
            offset: marks.offset.clone().unwrap_or_default(),
        })
    })
}
