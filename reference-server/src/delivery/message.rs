//! A message from an action to its owner, before it becomes an event.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use thiserror::Error;

use crate::delivery::described::ActionId;

/// A message in its owner's queue. It has no field for the owner: that is the owner of the queue.
#[derive(Clone, Debug)]
pub(crate) struct QueuedMessage {
    /// The action that made it; `None` for a message of the scheduler itself.
    pub(crate) action: Option<ActionId>,
    /// Microseconds since 1970 on the server's clock.
    pub(crate) queued_at: u64,
    pub(crate) body: Body,
}

impl QueuedMessage {
    pub(crate) fn new(action: Option<ActionId>, body: Body) -> Self {
        Self {
            action,
            queued_at: now(),
            body,
        }
    }
}

/// Microseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    })
}

/// The shapes of the contract's events.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Status {
        category: Arc<str>,
        text: String,
        status: i64,
        supplement: String,
    },
    Popup {
        level: &'static str,
        text: String,
    },
    Result {
        category: &'static str,
        text: String,
    },
    Modal {
        id: String,
        text: String,
    },
    Button {
        id: String,
        icon: String,
        text: String,
        style: String,
    },
    Reload {
        id: String,
        content: String,
    },
    Enabled {
        button: String,
        enabled: bool,
    },
}

/// Bytes of text that one message may carry.
pub(crate) const MAX_MESSAGE: usize = 256 << 10;

/// A message was refused because it is too large.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the message has {size} bytes, which is more than {MAX_MESSAGE}")]
pub(crate) struct MessageRefused {
    pub(crate) size: usize,
}

impl Body {
    /// A toast with information.
    pub(crate) const fn info(text: String) -> Self {
        let level = "info";
        Self::Popup { level, text }
    }

    /// The progress of something: percent, or a status from the contract.
    pub(crate) fn status(category: &str, text: String, status: i64) -> Self {
        Self::Status {
            category: category.into(),
            text,
            status,
            supplement: String::new(),
        }
    }

    /// The order of the kinds within one tick.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::Button { .. } => 0,
            Self::Popup { .. } => 1,
            Self::Status { .. } => 2,
            Self::Result { .. } => 3,
            Self::Modal { .. } => 4,
            Self::Reload { .. } => 5,
            Self::Enabled { .. } => 6,
        }
    }

    /// The bytes of text in it.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Status {
                category,
                text,
                supplement,
                ..
            } => category.len() + text.len() + supplement.len(),
            Self::Popup { text, .. } | Self::Result { text, .. } => text.len(),
            Self::Modal { id, text } => id.len() + text.len(),
            Self::Button {
                id,
                icon,
                text,
                style,
            } => id.len() + icon.len() + text.len() + style.len(),
            Self::Reload { id, content } => id.len() + content.len(),
            Self::Enabled { button, .. } => button.len(),
        }
    }
}
