//! A server that the harness started, and how it ends.
//!
//! Ending one takes up to seconds, and whoever waits for it on a thread of the runtime keeps the clients there from
//! hanging up, for which the server waits in its turn. So a run that is broken off leaves its server to a thread, and
//! the command waits for these threads at its end.

use std::cell::Cell;
use std::mem;
use std::ops::{Deref, DerefMut};
use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use super::local::Local;
use crate::lock::lock;

/// Threads that end servers, of which some may have ended.
static ENDING: Mutex<Vec<JoinHandle<()>>> = Mutex::new(Vec::new());

thread_local! {
    /// Whether this thread may wait for a server to end.
    static MAY_WAIT: Cell<bool> = const { Cell::new(false) };
}

/// A server that runs, until this is dropped.
pub(crate) struct Server(Option<Box<Local>>);

/// Why it may be unwrapped.
const UNTIL_DROPPED: &str = "it is there until it is dropped";

impl Server {
    pub(super) fn of(local: Local) -> Self {
        Self(Some(Box::new(local)))
    }
}

impl Deref for Server {
    type Target = Local;

    fn deref(&self) -> &Local {
        self.0.as_ref().expect(UNTIL_DROPPED)
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Local {
        self.0.as_mut().expect(UNTIL_DROPPED)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(mut local) = self.0.take() else {
            return;
        };
        if MAY_WAIT.get() {
            return drop(local);
        }
        // At once: whoever never comes to wait has at least said so.
        local.tell_to_end();
        // Where there is no thread, it is dropped here, and waited for.
        if let Ok(thread) = thread::Builder::new().spawn(move || drop(local)) {
            let mut ending = lock(&ENDING);
            ending.retain(|thread| !thread.is_finished());
            ending.push(thread);
        }
    }
}

/// Drops what holds a server, and waits: ending a server blocks until its process has ended.
pub(crate) async fn end(holder: impl Send + 'static) {
    let ending = tokio::task::spawn_blocking(move || {
        MAY_WAIT.set(true);
        drop(holder);
        MAY_WAIT.set(false);
    });
    // A drop that panics has reported that by the panic.
    let _ = ending.await;
}

/// Waits for the servers that were left to end.
pub(crate) fn wait_for_the_rest() {
    for thread in mem::take(&mut *lock(&ENDING)) {
        // A thread that panics has reported that by the panic.
        let _ = thread.join();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::system::start;

    /// A server that, told to end, waits until the folder has `go`, and then says that it ends.
    async fn patient(folder: &Path) -> Server {
        let shell = "trap 'while [ ! -e go ]; do sleep 0.02; done; : >ended; exit' TERM; echo ready; \
            while :; do sleep 0.02; done";
        let file = format!(
            "target: x\nbase: http://127.0.0.1:9\nlogin: none\nsocket: {{}}\nactions: {{}}\nstart:\n  \
             command: [sh, -c, {:?}]\n  ready: ready\n",
            format!("cd {}; {shell}", folder.display())
        );
        let mut target = targets::parse(&file).expect("a target");
        let started = start::start(&mut target, None, &Default::default()).await;
        started.expect("it starts").expect("one")
    }

    #[tokio::test]
    async fn a_run_that_is_broken_off_waits_for_no_server_and_the_command_does() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(patient(folder.path()).await);
        // Had the drop waited, the server would have been killed by now.
        fs::write(folder.path().join("go"), "").expect("written");
        wait_for_the_rest();
        assert!(folder.path().join("ended").is_file());
    }

    #[tokio::test]
    async fn a_run_that_ends_waits_for_its_server() {
        let folder = tempfile::tempdir().expect("a folder");
        let server = patient(folder.path()).await;
        fs::write(folder.path().join("go"), "").expect("written");
        end(server).await;
        assert!(folder.path().join("ended").is_file());
    }
}
