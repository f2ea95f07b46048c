//! A target: everything that its file says.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::file::action::Action;
use crate::file::group::Group;
use crate::file::identity::{Carries, Owner, Session, Strangers, Users};
use crate::file::journey::Journey;
use crate::file::secrets::{EventPlaces, Secret};
use crate::file::socket::{Frame, Socket};
use crate::file::start::Start;
use crate::file::surface::Surfaces;
use crate::file::yields::{Amount, Marked, Yield};
use crate::language::predicate::Predicate;
use crate::language::step::Step;
use crate::language::template::{Name, Template};

/// How to talk to a system, and who may see what of it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Its name in reports.
    pub name: String,
    /// Its address, where the file has one.
    pub base: Option<Url>,
    /// An address to connect to instead of the one that the name in `base` resolves to.
    pub connect_to: Option<IpAddr>,
    /// A PEM file of the authority that signed its certificate.
    pub trust: Option<PathBuf>,
    /// Its users.
    pub users: Users,
    /// Whose an action's events are by default.
    pub owner: Owner,
    /// The file says so itself, and it is not the usual one.
    pub owner_is_said: bool,
    /// Whether somebody who has not logged in may be there.
    pub strangers: Strangers,
    /// The identity that is new at each login; none where there is none.
    pub session: Option<Session>,
    /// How a user logs in; none where nobody does.
    pub login: Option<Vec<Step>>,
    /// How a user logs out.
    pub logout: Vec<Step>,
    /// What goes with every request.
    pub carries: Carries,
    /// What a page's script does, in its order.
    pub open: Vec<Step>,
    /// How a page is left.
    pub close: Vec<Step>,
    /// What a page's script does after each request.
    pub after_each_request: Vec<Step>,
    /// Its sockets by name; one alone has none.
    pub sockets: Vec<(String, Socket)>,
    /// The parts of a message in an answer.
    pub frame: Option<Frame>,
    /// What users join.
    pub groups: Vec<(String, Group)>,
    /// The file says that users join nothing.
    pub has_no_groups: bool,
    /// What they do.
    pub actions: Vec<(String, Action)>,
    /// What scenarios need.
    pub surfaces: Surfaces,
    /// What the users of a load do, where they do not do what the actions suggest.
    pub journeys: Vec<(String, Journey)>,
    /// Events that come by themselves too.
    pub ambient: Vec<String>,
    /// Events in which names of users are no leak.
    pub public: Vec<String>,
    /// Values that the server makes.
    pub secrets: Vec<Secret>,
    /// Where such a value may be shown, and is free once it was.
    pub freed: Vec<EventPlaces>,
    /// What must be absent for everybody.
    pub never: Vec<EventPlaces>,
    /// Kept values that are the permission themselves.
    pub capabilities: Vec<String>,
    /// What the target cannot do.
    pub without: Vec<String>,
    /// Actions that `explore` may not try.
    pub destructive: Vec<String>,
    /// The rule that is broken when this event carries another user's marker.
    pub leaks: BTreeMap<String, String>,
    /// How often the target may send by itself.
    pub cadence: Option<Duration>,
    /// The shortest time from one thing that a user does to the next that the target allows.
    pub pace: Option<Duration>,
    /// How long an answer may take where its step does not say, and what is still due at the end of a run. Where nothing is
    /// said, it is the usual time. Neither stands in a file: a search has less patience than a run.
    pub patience: Option<Duration>,
    /// See `patience`.
    pub settling: Option<Duration>,
    /// What the target says to somebody who was too fast for it.
    pub too_fast: Option<Predicate>,
    /// How soon what an action owes is there, as the target promises.
    pub prompt: Option<Duration>,
    /// How long an idle tab was seen to stay open: until then a target has no reason to close one.
    pub stays: Option<Duration>,
    /// How it is started on this machine.
    pub start: Option<Start>,
    /// The folder of its file, where it was read from one: what is started is started there.
    pub folder: Option<PathBuf>,
}

impl Target {
    /// An action by its name.
    #[must_use]
    pub fn action(&self, name: &str) -> Option<&Action> {
        let found = self.actions.iter().find(|(known, _)| known == name);
        found.map(|(_, action)| action)
    }

    /// Whether a user cannot log in without a password: one logs in, and a step on the way sends it.
    #[must_use]
    pub fn needs_passwords(&self) -> bool {
        let Some(login) = &self.login else {
            return false;
        };
        let mut is_sent = false;
        let mut see =
            |name: &Name| is_sent |= matches!(name, Name::Kept(kept) if kept.name == "password");
        let steps = login.iter().chain(&self.users.register).chain(&self.open);
        steps.for_each(|step| step.each_name_before(&mut see));
        let carried = self.carries.headers.iter().map(|(_, value)| value);
        carried.flat_map(Template::names).for_each(&mut see);
        { self.carries.query.iter() }.for_each(|(_, value)| value.each_name(&mut see));
        is_sent
    }

    /// Whether any of its events has a number.
    #[must_use]
    pub fn has_numbers(&self) -> bool {
        let mut sockets = self.sockets.iter();
        let mut events = self.actions.iter().flat_map(|(_, action)| &action.yields);
        sockets.any(|(_, socket)| socket.number.is_some())
            || events.any(|(_, made)| made.number.is_some())
    }

    /// Whether it says of any event exactly how many there are.
    #[must_use]
    pub fn has_exact_counts(&self) -> bool {
        let mut events = self.actions.iter().flat_map(|(_, action)| &action.yields);
        let is_one = |made: &Yield| made.count.least == Amount::Number(1);
        events.any(|(_, made)| {
            let is_whole = made.joined.is_none() || is_one(made);
            made.count.is_exact && is_whole && made.marked != Marked::May
        })
    }

    /// Whether it says of any stream what its last piece looks like.
    #[must_use]
    pub fn has_ends(&self) -> bool {
        let mut events = self.actions.iter().flat_map(|(_, action)| &action.yields);
        events.any(|(_, made)| made.joined.is_some() && made.ends.is_some())
    }

    /// Whether it says of any event which ones of its name are meant.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        let mut events = self.actions.iter().flat_map(|(_, action)| &action.yields);
        events.any(|(_, made)| made.only.is_some())
    }

    /// A kind of group by its name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        let found = self.groups.iter().find(|(known, _)| known == name);
        found.map(|(_, group)| group)
    }
}
