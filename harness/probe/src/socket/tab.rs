//! A tab: one Socket.IO connection of a browser, over either client.
//!
//! The client's task records what arrives, and keeps enough of it in memory for callers that wait.

use std::sync::Arc;
use std::time::Duration;

use evidence::{Place, What};
use tokio::time::timeout;

use super::closing::Closing;
use super::connection::{Command, Connection};
use super::inbox::Inbox;
use super::options::{ClientKind, OpenOptions};
use super::{library, observer};
use crate::error::ProbeError;
use crate::excerpt;
use crate::http::browser::Browser;

/// How long a socket may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// How an opening ended.
#[derive(Debug)]
pub enum Opened {
    /// The socket is ready.
    Granted(Tab),
    /// The target said no, in these words.
    Refused(String),
}

/// An open socket. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Tab {
    pub(super) browser: Browser,
    pub(super) connection: Arc<Connection>,
    pub(super) inbox: Arc<Inbox>,
}

impl Tab {
    /// Opens a socket with the browser's cookies and waits until the target says that it is ready.
    ///
    /// # Errors
    /// When there is no connection, or it never becomes ready.
    pub async fn open(
        browser: &Browser,
        tab: &str,
        options: OpenOptions,
    ) -> Result<Opened, ProbeError> {
        let place = Place {
            tab: Some(tab.to_owned()),
            ..browser.place()
        };
        let inbox = Arc::new(Inbox::new(
            place,
            browser.recorder().clone(),
            browser.meter().cloned(),
        ));
        let opening = async {
            match options.client {
                ClientKind::Observer => observer::connect(browser, &options, &inbox).await,
                ClientKind::RustSocketio => library::connect(browser, &options, &inbox).await,
            }
        };
        let opened = timeout(PATIENCE, opening).await;
        if !matches!(opened, Ok(Ok(Ok(_)))) {
            inbox.send_opening(false);
        }
        let opened = opened
            .unwrap_or_else(|_| Err(inbox.not_ready(&browser.site().target.socket, PATIENCE)));
        if opened.is_err() && inbox.contents().joined {
            // A socket that joined has to leave again: nothing is due where nobody listens.
            inbox.record_end(None);
        }
        let opened = opened?;
        match opened {
            Ok(connection) => Ok(Opened::Granted(Self {
                browser: browser.clone(),
                connection: Arc::new(connection),
                inbox,
            })),
            Err(said) => {
                let shown = excerpt::start(&said);
                let reason = excerpt::with_markers(&shown, &said);
                inbox.record(What::refused(reason))?;
                Ok(Opened::Refused(shown))
            }
        }
    }

    /// How the server closed it, if it did.
    #[must_use]
    pub fn closed_by_server(&self) -> Option<Closing> {
        self.inbox.contents().by_server.clone()
    }

    /// Whether it is the same socket.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inbox, &other.inbox)
    }

    /// Whether it is a tab of this session of the browser.
    #[must_use]
    pub fn is_of(&self, session: &Place) -> bool {
        self.inbox.place.user == session.user && self.inbox.place.session == session.session
    }

    /// Says that the scenario is about to end the connection by what it does to the server. The server then counts as
    /// having closed nothing.
    pub fn ends_soon(&self) {
        self.inbox.contents().ends_soon = true;
    }

    /// Says goodbye and closes.
    pub async fn close(&self) {
        self.end(Command::Close).await;
    }

    /// Lets the transport die without a goodbye.
    pub async fn cut(&self) {
        self.end(Command::Cut).await;
    }

    async fn end(&self, command: Command) {
        // A task that has ended has closed already.
        let _ = self.connection.commands.send(command).await;
        self.inbox.wait_until_left().await;
        self.inbox.give_up();
    }

    /// Whether the connection ends within this time.
    pub async fn leaves_within(&self, time: Duration) -> bool {
        timeout(time, self.inbox.until_left()).await.is_ok()
    }

    /// Stops or starts reading.
    ///
    /// # Errors
    /// When the socket is closed.
    pub async fn stall(&self, stalled: bool) -> Result<(), ProbeError> {
        self.connection
            .commands
            .send(Command::Stall(stalled))
            .await
            .map_err(|_| self.closed())
    }

    /// The transport's id.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.connection.sid
    }

    /// The highest event number that was seen here.
    #[must_use]
    pub fn last_number(&self) -> Option<u64> {
        self.inbox.contents().last_number
    }

    /// Whether the connection has ended.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.inbox.contents().left
    }

    pub(super) fn closed(&self) -> ProbeError {
        ProbeError::Closed(self.inbox.place.to_string())
    }
}
