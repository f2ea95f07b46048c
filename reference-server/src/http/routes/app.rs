//! The parts that handlers get, each by its type.
//!
//! A handler names what it needs, such as `State<Gate>`, and sees nothing else of the server.

use std::sync::Arc;

use axum::extract::FromRef;

use super::login::Desk;
use super::uploads::Uploads;
use crate::actions::launcher::Launcher;
use crate::actions::registry::Registry;
use crate::actions::session_end::SessionEnd;
use crate::ground::fault::Open;
use crate::identity::gate::Gate;
use crate::identity::sessions::Sessions;
use crate::operation::gauges::Gauges;
use crate::operation::readiness::Readiness;

/// Declares each part once: the field of `App`, and the way in which a handler gets it.
macro_rules! parts {
    ($($name:ident: $part:ty,)+) => {
        /// Clones are the same.
        #[derive(Clone)]
        pub(crate) struct App {
            $(pub(crate) $name: $part,)+
        }

        $(impl FromRef<App> for $part {
            fn from_ref(app: &App) -> Self {
                app.$name.clone()
            }
        })+
    };
}

parts! {
    gate: Gate,
    sessions: Arc<Sessions>,
    session_end: SessionEnd,
    desk: Desk,
    registry: Arc<Registry>,
    launcher: Launcher,
    uploads: Uploads,
    gauges: Gauges,
    readiness: Readiness,
    fault: Open,
}
