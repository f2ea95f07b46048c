//! Checks passwords against the users file. As many are hashed at a time as there are cores, and for a user who does
//! not exist it takes as long.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::password::{self, Cost};
use super::users::{self, UsersError};
use crate::ground::folded_name::FoldedName;

/// Clones share the turns.
#[derive(Clone)]
pub(crate) struct Verifier {
    /// Limits the hashes at a time: each takes 19 MiB and a core.
    turns: Arc<Semaphore>,
    /// The hash that is used for a user who does not exist.
    stand_in: Arc<str>,
}

/// The right to have one password hashed.
pub(crate) struct HashPermit {
    _one: OwnedSemaphorePermit,
}

impl Verifier {
    pub(crate) fn new() -> Result<Self, UsersError> {
        let nobody = FoldedName::fold("nobody")?;
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        let random = format!("{:x}", rand::random::<u128>());
        let stand_in = password::hash(&nobody, &random, Cost::Standard)?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(threads)),
            stand_in: stand_in.into(),
        })
    }

    /// Waits until a core is free.
    pub(crate) async fn turn(&self) -> io::Result<HashPermit> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let one = turn.map_err(io::Error::other)?;
        Ok(HashPermit { _one: one })
    }

    /// The folded name, when there is such a user and the password is theirs.
    pub(crate) async fn verified(
        &self,
        turn: HashPermit,
        users_file: PathBuf,
        user: String,
        password: String,
    ) -> io::Result<Option<FoldedName>> {
        let stand_in = Arc::clone(&self.stand_in);
        let work = move || {
            let _turn = turn;
            let all = users::read(&users_file).map_err(io::Error::other)?;
            let name = FoldedName::fold(&user).ok();
            let found = name
                .as_ref()
                .and_then(|name| all.into_iter().find(|user| user.user == *name));
            let right = password::verify(found.as_ref(), &stand_in, &password);
            Ok(name.filter(|_| right))
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(io::Error::other)
            .flatten()
    }
}
