//! What a tab says of what it had, when it comes back.

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

fn recovery(tab: &Tab) -> Option<Recovery> {
    tab.marks(|marks| {
        Some(Recovery {
            pid: marks.pid.clone()?,
            offset: marks.offset.clone().unwrap_or_default(),
        })
    })
}
