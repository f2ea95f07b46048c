//! The state machine that proptest draws schedules with: how one begins, and which move may come next.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::{Union, ValueTree};
use proptest::test_runner::TestRunner;
use proptest_state_machine::strategy::Sequential;

use super::moves::MOVES;
use super::moves::move_trait::{Drawn, Move};
use super::offer::Offer;
use super::state::State;

/// Moves that a schedule may have.
const LONGEST: usize = 24;
/// How many of all schedules may restart the server. Each of them has a server of its own, and the others share one.
const RESTARTING: f64 = 0.25;

/// Schedules that are drawn to see what there is to try: enough for every move of the rarest weight.
const DRAWN: usize = 200;

/// Schedules of a target that offers this: each with its first state. [`State`] is all that the machine knows.
pub(super) fn schedules(
    offer: &Arc<Offer>,
) -> impl Strategy<Value = (State, Vec<Arc<dyn Move>>)> + use<> {
    let offer = Arc::clone(offer);
    let first = Arc::clone(&offer);
    let drawn = Sequential::new(
        (2..=LONGEST).into(),
        move || first_state(&first),
        |state: &State, step: &Arc<dyn Move>| step.is_possible(state),
        move |_: &State| any_move(&offer),
        |mut state: State, step: &Arc<dyn Move>| {
            step.change(&mut state);
            state
        },
    );
    drawn.prop_map(|(start, moves, _)| (start, moves))
}

/// What schedules of this target try, each by its name: drawn, and not played.
pub(super) fn situations(offer: &Arc<Offer>) -> BTreeSet<&'static str> {
    let schedules = schedules(offer);
    let mut runner = TestRunner::deterministic();
    let mut all = BTreeSet::new();
    for _ in 0..DRAWN {
        // One that cannot be drawn has nothing to add.
        let Ok(drawn) = schedules.new_tree(&mut runner) else {
            continue;
        };
        let (mut state, moves) = drawn.current();
        for step in moves {
            all.insert(step.situation(&state));
            step.change(&mut state);
        }
    }
    all
}

fn first_state(offer: &Arc<Offer>) -> BoxedStrategy<State> {
    let offer = Arc::clone(offer);
    let restarting = if offer.restarts { RESTARTING } else { 0.0 };
    let groups = offer.users.groups.len();
    (0..groups, prop::bool::weighted(restarting))
        .prop_map(move |(group, restarts)| State::new(group, &offer, restarts))
        .boxed()
}

fn any_move(offer: &Offer) -> Drawn {
    let kinds = MOVES
        .iter()
        .filter_map(|kind| Some((kind.weight, (kind.draw)(offer)?)));
    Union::new_weighted(kinds.collect()).boxed()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::explore::users::Users;
    use crate::system::aim::Aim;

    /// How often each situation is drawn on a target.
    fn drawn(file: &str, n_schedules: usize) -> BTreeMap<&'static str, usize> {
        let target = targets::parse(file).expect("a target");
        let users = Users::of(&target, None, &Aim::default(), Offer::wanted_users(&target));
        let offer = Offer::of(&target, &users.expect("users"));
        let schedules = schedules(&Arc::new(offer));
        let mut runner = TestRunner::deterministic();
        let mut drawn = BTreeMap::new();
        for _ in 0..n_schedules {
            let (mut state, moves) = schedules.new_tree(&mut runner).expect("moves").current();
            for step in moves {
                *drawn.entry(step.situation(&state)).or_default() += 1;
                step.change(&mut state);
            }
        }
        drawn
    }

    #[test]
    fn every_move_is_drawn_where_the_target_offers_it_and_no_other() {
        let all = drawn(
            include_str!("../../../scenarios/targets/reference.yaml"),
            400,
        );
        let names: Vec<&str> = all.keys().copied().collect();
        let known = [
            "abandon",
            "attack",
            "await",
            "close",
            "cut",
            "foreign ids",
            "logout",
            "old cookie",
            "open",
            "other spelling",
            "page",
            "read",
            "restart",
            "resume",
            "stall",
            "start",
            "start together",
            "stranger",
            "take over",
        ];
        assert_eq!(names, known, "{all:?}");
        let bare = drawn("target: x\nlogin: none\nsocket: {}\nactions: {}\n", 100);
        let names: Vec<&str> = bare.keys().copied().collect();
        assert_eq!(names, ["close", "cut", "open", "resume", "stall"]);
        let rooms = "target: x\nlogin: none\nsocket: {}\nusers: {alice: {id: 1}, bob: {id: 2}}\n\
            groups: {room: {join: {post: /j}, leave: {post: \"/l/{group}\"}}, desk: {join: {post: /d}, closed: true, members: {red: [alice]}}}\n\
            actions: {say: {takes: {room: {group: room}, text: marker}, do: {post: /say, json: \"{parameters}\"}, yields: {said: {to: {group: room}}}}, \
            ask: {takes: {desk: {group: desk}, text: marker}, do: {post: \"/{desk}\", json: \"{parameters}\"}}}\n";
        let rooms = drawn(rooms, 200);
        for word in ["join", "join by name", "leave", "make anew", "forbidden"] {
            assert!(rooms.contains_key(word), "{rooms:?}");
        }
        let token = "target: x\nlogin: {post: /l, json: {user: \"{user}\"}, keep: {token: /t}}\nlogout: {post: /o}\n\
            session: {kept: token, revoked: true}\ncarries: {headers: {X-Token: \"{token}\"}}\nsocket: {}\n\
            surfaces: {actions of mine: {get: /mine}}\nactions: {}\n";
        let token = drawn(token, 200);
        for word in ["old session", "page"] {
            assert!(token.contains_key(word), "{token:?}");
        }
        let silent = "target: x\nlogin: none\nsocket: {}\nactions: {watch: {marked: false, do: {post: /watch}}}\n";
        assert!(drawn(silent, 100).contains_key("start silent"));
    }
}
