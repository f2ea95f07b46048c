//! Steps that wait for an event.

use std::time::Duration;

use targets::language::came::Came;
use targets::language::predicate::{Fit, Predicate};

use crate::error::WalkError;
use crate::heard::{Heard, Log};
use crate::kept::Names;
use crate::outcome::Outcome;
use crate::walker::Walker;
use crate::witness::Errand;

impl Walker<'_> {
    /// The newest such event since the tab opened, if it fits, else the next.
    ///
    /// A page's script hears all that comes while it opens: there any of them will do, as a welcome that was said before
    /// somebody else's arrival.
    pub(crate) async fn wait(
        &self,
        predicate: &Predicate,
        names: &mut Names<'_>,
        within: Duration,
    ) -> Result<((Outcome, Came), u64), WalkError> {
        let Some(tab) = self.tab else {
            return Err(WalkError::NoSocket("an await".to_owned()));
        };
        let events: Vec<&str> = predicate.events().collect();
        let (mut moment, known) = tab.log(|log| {
            let known = match self.errand {
                Errand::Open => log.opened(&events),
                _ => log.newest(&events).into_iter().collect(),
            };
            (log.now(), known)
        });
        for heard in known {
            if predicate.fits(&heard.came, names)? == Fit::Yes {
                return Ok(((Outcome::Granted, heard.came.clone()), heard.number));
            }
        }
        // The server may have closed the socket before anybody waited. What it closed later comes after the moment.
        if self.errand == Errand::Open && tab.was_shut() {
            moment = tab.log(Log::before_opened);
        }
        let (mut seen, mut number) = (None, 0);
        let look = |heard: &Heard| {
            number = heard.number;
            match predicate.fits(&heard.came, names) {
                Ok(Fit::Yes) => Some(Ok(heard.came.clone())),
                Ok(Fit::No(why)) => {
                    let is_close = heard.came.close.is_some();
                    seen = Some(why);
                    is_close.then(|| Ok(heard.came.clone()))
                }
                Err(unset) => Some(Err(unset)),
            }
        };
        match tab.wait(moment, within, look).await {
            Some(Ok(came)) if came.close.is_some() && !predicate.wants_close() => {
                Ok(((Outcome::Refused(came.told()), came), number))
            }
            Some(Ok(came)) => Ok(((Outcome::Granted, came), number)),
            Some(Err(unset)) => Err(unset.into()),
            None => {
                let why = seen.map_or_else(
                    || format!("no such event came within {within:?}"),
                    |why| {
                        format!(
                            "no such event came within {within:?}; of the last that came: {why}"
                        )
                    },
                );
                Ok(((Outcome::Open(why), Came::default()), 0))
            }
        }
    }
}
