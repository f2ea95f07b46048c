//! What a refused handshake looks like in plain Socket.IO, WebSocket and server-sent events: the checks `guests` and
//! `origin` take each for a refusal, and a socket that stays open for none.

mod doors;

use std::time::Duration;

use deploy_checks::{Host, Visit, outside};
use evidence::UserName;
use evidence::Verdict::{self, Holds, Undecided, Violated};
use futures_util::future::{join, join_all};

use self::doors::{Doors, Says};

/// How long an answer may take. A socket that stays open is looked at for a quarter of that.
const PATIENCE: Duration = Duration::from_secs(4);

/// The target file of a server with this socket, and further lines.
fn file(socket: &str, lines: &str) -> String {
    let act = match socket.contains("sse") {
        true => "do: {post: /say, json: [\"{text}\"], granted: {status: 200}}",
        false if socket.contains("websocket") => "do: {send: {type: say, text: \"{text}\"}}",
        false => "do: {emit: [say, \"{text}\"], granted: {ack: true}}",
    };
    let login = match lines.contains("login:") {
        true => "",
        false => "login: {post: /in, form: {user: \"{user}\", password: \"{password}\"}}\n",
    };
    format!(
        "target: doors\n{login}socket: {socket}\n{lines}actions:\n  \
         say: {{takes: {{text: marker}}, {act}, yields: {{said: 1}}}}\nsurfaces: {{actions of mine: none}}\n"
    )
}

async fn check(socket: &str, lines: &str, says: Says, verdict: Verdict, words: &str) {
    let text = file(socket, lines);
    let mut target = targets::parse(&text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
    let doors = Doors {
        says,
        only_to_others: false,
        wants: "",
    };
    let port = doors.serve();
    target.base = format!("http://127.0.0.1:{port}").parse().ok();
    let host = Host::with_patience(target, Vec::new(), PATIENCE).expect("a host");
    let mut rows = outside::CHECKS.into_iter();
    let row = rows
        .find(|row| row.check.name == "guests")
        .expect("a check");
    let outcome = row.run(&Visit::new(&host)).await;
    assert_eq!(outcome.verdict, verdict, "{socket}, {says:?}: {outcome:?}");
    assert!(
        outcome.found.concat().contains(words),
        "{socket}, {says:?}: {outcome:?}"
    );
}

const OPENED: &str = "a guest may open a socket: it was opened";

#[tokio::test]
async fn socket_io_says_no_by_a_status_a_packet_a_close_or_an_event() {
    let socket = "{transport: polling}";
    for says in [
        Says::Status,
        Says::Redirect,
        Says::Packet,
        Says::Close,
        Says::Event,
        Says::EventAndClose,
    ] {
        check(socket, "", says, Holds, "").await;
    }
    check(socket, "", Says::Nothing, Violated, OPENED).await;
    check(socket, "", Says::Welcome, Violated, OPENED).await;
    let ready = "open: [{connect: {}}, {await: {event: ready}}]\n";
    check(socket, ready, Says::Event, Holds, "").await;
}

#[tokio::test]
async fn a_websocket_says_no_by_a_status_a_close_or_a_frame() {
    let socket = "{protocol: websocket, path: /ws, frame: {event: /type}}";
    for says in [
        Says::Status,
        Says::Redirect,
        Says::Close,
        Says::Event,
        Says::EventAndClose,
    ] {
        check(socket, "", says, Holds, "").await;
    }
    check(socket, "", Says::Nothing, Violated, OPENED).await;
    check(socket, "", Says::Welcome, Violated, OPENED).await;
}

#[tokio::test]
async fn a_stream_says_no_by_a_status_or_by_its_end() {
    let socket = "{protocol: sse, path: /events}";
    for says in [
        Says::Status,
        Says::Redirect,
        Says::Close,
        Says::EventAndClose,
    ] {
        check(socket, "", says, Holds, "").await;
    }
    check(socket, "", Says::Nothing, Violated, OPENED).await;
    check(
        socket,
        "",
        Says::WelcomeAndClose,
        Undecided,
        "got 1 messages, and was closed",
    )
    .await;
}

#[tokio::test]
async fn where_guests_are_welcome_an_open_socket_is_none_of_our_business() {
    for (lines, words) in [
        ("strangers: welcome\n", "guests are welcome"),
        ("login: none\n", "nobody logs in"),
    ] {
        for socket in [
            "{transport: polling}",
            "{protocol: websocket, path: /ws}",
            "{protocol: sse, path: /events}",
        ] {
            check(socket, lines, Says::Nothing, Undecided, words).await;
        }
    }
}

/// What `origin` says of a raw WebSocket where pages of other sites are told this.
async fn origin(doors: Doors, lines: &str, verdict: Verdict, words: &str) {
    let text = format!(
        "target: doors\nlogin: {{post: /in, form: {{user: \"{{user}}\"}}, granted: {{status: 200}}, keep: {{ticket: /ticket}}}}\n\
         session: {{cookie: sid}}\nsocket: {{protocol: websocket, path: /ws, frame: {{event: /type}}}}\n{lines}actions:\n  \
         say: {{takes: {{text: marker}}, do: {{post: /say, json: [\"{{text}}\"], granted: {{status: 200}}}}, yields: {{said: 1}}}}\n"
    );
    let mut target = targets::parse(&text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
    target.base = format!("http://127.0.0.1:{}", doors.serve()).parse().ok();
    let users = ["alice", "bob"].map(|name| (UserName::from(name), "x".to_owned()));
    let host = Host::with_patience(target, users.to_vec(), PATIENCE).expect("a host");
    let mut rows = outside::CHECKS.into_iter();
    let row = rows
        .find(|row| row.check.name == "origin")
        .expect("a check");
    let outcome = row.run(&Visit::new(&host)).await;
    let about = format!("{:?}, {lines}: {outcome:?}", doors.says);
    assert_eq!(outcome.verdict, verdict, "{about}");
    assert!(outcome.found.concat().contains(words), "{about}");
}

#[tokio::test]
async fn a_transport_that_the_target_does_not_have_is_not_missed() {
    let text = file("{transport: polling}", "session: {cookie: sid}\n");
    let text = text.replace("granted: {ack: true}", "granted: none");
    let mut target = targets::parse(&text).expect("a target");
    target.base = format!("http://127.0.0.1:{}", to_others(Says::Nothing).serve())
        .parse()
        .ok();
    let users = ["alice", "bob"].map(|name| (UserName::from(name), "x".to_owned()));
    let host = Host::with_patience(target, users.to_vec(), PATIENCE / 8).expect("a host");
    let visit = Visit::new(&host);
    for (check, words) in [
        (
            "origin",
            "a browser shows no other site what polling answers",
        ),
        ("websocket", "the target file says `transport: polling`"),
    ] {
        let row = outside::CHECKS
            .into_iter()
            .find(|row| row.check.name == check);
        let outcome = row.expect("a check").run(&visit).await;
        assert_eq!(outcome.verdict, Undecided, "{outcome:?}");
        assert!(outcome.found.concat().contains(words), "{outcome:?}");
    }
}

/// The server says this to pages of other sites alone.
const fn to_others(says: Says) -> Doors {
    Doors {
        says,
        only_to_others: true,
        wants: "",
    }
}

/// The event for which a page waits, as its file says.
const STATE: &str = "open: [{connect: {}}]\nambient: [state]\n";

#[tokio::test]
async fn a_page_of_another_site_is_refused_in_each_of_these_ways() {
    let each = [
        Says::Status,
        Says::Redirect,
        Says::Close,
        Says::Event,
        Says::EventAndClose,
        Says::Origin,
    ];
    join_all(each.map(|says| origin(to_others(says), "", Holds, ""))).await;
    // What comes to everybody is nobody's.
    origin(to_others(Says::TickAndClose), STATE, Holds, "").await;
}

#[tokio::test]
async fn a_page_of_another_site_that_hears_the_user_is_named() {
    let opened = "a socket was opened for another site";
    let told = "a socket of another site got `hello`, which is the user's, before it was refused";
    join(
        join_all(
            [Says::Nothing, Says::Welcome, Says::Name]
                .map(|says| origin(to_others(says), "", Violated, opened)),
        ),
        join(
            origin(to_others(Says::NameAndClose), "", Violated, told),
            origin(
                to_others(Says::StateAndClose),
                STATE,
                Violated,
                "got `state`",
            ),
        ),
    )
    .await;
}

#[tokio::test]
async fn a_page_of_a_site_whose_name_begins_as_the_own_one_is_named() {
    let words = "a socket was opened for `http://127.0.0.1.airtight.invalid`";
    origin(to_others(Says::StatusToMost), "", Violated, words).await;
}

#[tokio::test]
async fn what_a_page_of_another_site_does_not_know_opens_no_socket_for_it() {
    let doors = |only_to_others, says| Doors {
        wants: "ticket=x1",
        only_to_others,
        says,
    };
    let lines = "open: {connect: {query: {ticket: \"{ticket}\"}}}\n";
    let words = "it does not know `{ticket}`";
    let carried = "carries: {query: {ticket: \"{ticket}\"}}\n";
    let refused = Says::Status;
    join_all([
        origin(doors(true, Says::Nothing), lines, Undecided, words),
        origin(doors(true, Says::Nothing), carried, Undecided, words),
        origin(doors(true, refused), lines, Holds, ""),
        // What is carried is not asked for.
        origin(to_others(Says::Nothing), carried, Violated, "was opened"),
        // Nobody gets a socket.
        origin(
            doors(true, refused),
            "",
            Undecided,
            "own page got no socket either",
        ),
    ])
    .await;
}
