//! Requests in, the action that each asks for out.

use evidence::UserName;
use probe::Site;

use super::*;

const REFERENCE: &str = include_str!("../../../../scenarios/targets/reference.yaml");

#[test]
fn an_asked_for_action_is_the_one_that_is_named() {
    let target = targets::parse(REFERENCE).expect("good");
    let site = Site::new(target).expect("a site");
    let started = |user: &str, label: &str, id: &str| {
        let name = ActionName {
            user: UserName::from(user),
            label: label.to_owned(),
        };
        (name, ActionId::from(id))
    };
    let actions = [
        started("alice", "counts", "1"),
        started("bob", "counts", "12"),
        started("alice", "again", "3"),
        started("alice", "again", "4"),
    ];
    let bob = BrowserName {
        who: Who::User(UserName::from("bob")),
        device: "desktop".to_owned(),
    };
    let check = |template: &str, path: &str, id: Option<&str>| {
        let found = {
            let written = site.id_in("GET", path);
            asked_for(&actions, written.as_deref(), &bob, template).expect("known")
        };
        assert_eq!(found.as_ref().map(ActionId::as_str), id, "{template}");
    };
    // Alice's 1 stands in each of these, and nobody asks for it.
    check("/api/actions/{bob.counts}", "/api/actions/12", Some("12"));
    check("/api/actions/12", "/api/actions/12", Some("12"));
    check("/api/v1/rooms/7", "/api/v1/rooms/7", None);
    check("/rooms/1?page=1", "/rooms/1?page=1", None);
    check("/api/actions", "/api/actions", None);
    // Here somebody does.
    check("/api/actions/1", "/api/actions/1", Some("1"));
    check("/v1/{alice.counts}", "/v1/1", Some("1"));
    check("/{bob.counts}/{alice.counts}", "/12/1", Some("1"));
    // Of one name it is the last, as in the path.
    check("/x/{alice.again}", "/x/4", Some("4"));
    check("/x/{alice.session}", "/x/1", None);
}
