//! How gently a system is asked, and what of its answers is kept.

use std::time::Duration;

/// Requests and handshakes in all, those of a login apart.
pub(crate) const REQUESTS: usize = 30;
/// Bytes of an answer that are read: 1 MiB.
pub(crate) const BYTES: usize = 1 << 20;
/// How long one answer may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How long everything may take.
pub(crate) const TIME: Duration = Duration::from_secs(20);
/// Redirects that are followed from one page.
pub(crate) const REDIRECTS: usize = 5;
/// Scripts that are read.
pub(crate) const SCRIPTS: usize = 8;
/// How long an open socket is listened to, for what comes by itself.
pub(crate) const LISTENING: Duration = Duration::from_millis(700);
/// Namespaces that are asked for.
pub(crate) const NAMESPACES: usize = 4;
/// Characters of a name: of an event, a field, a path.
pub(crate) const NAME: usize = 100;
/// Characters of the words of an answer in a comment.
pub(crate) const WORDS: usize = 80;
/// Actions that are written.
pub(crate) const ACTIONS: usize = 5;
/// Names of one kind that are kept: events, cookies, fields.
pub(crate) const NAMES: usize = 40;
/// Bytes of a description in a file: 4 MiB.
pub(crate) const DESCRIPTION: usize = 4 << 20;
