//! VAC: checks of the usual deployment guide that cannot fail.

use crate::angle::Angle::Selftest;
use crate::family::Family;
use crate::rule::Rule;
use crate::severity::Severity::Medium;

pub(super) static FAMILY: Family = Family {
    prefix: "VAC",
    title: "Checks that cannot fail",
    about: "The same guide has checks that pass on a broken system as well. A check is worth something only when a system with the fault makes it fail.",
    rules: RULES,
};

const RULES: &[Rule] = &[
    Rule {
        id: "VAC01",
        title: "A WebSocket test without a WebSocket",
        fault: "`curl -I` with an `Upgrade` header is called a test of the WebSocket. It gets 200 from a server that has none.",
        why: "The operator believes that live events work, and users see none.",
        right: "Open a WebSocket, expect 101, and wait for an event.",
        severity: Medium,
        seen_from: &[Selftest],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "VAC02",
        title: "A test asserts what it just read",
        fault: "The test checks a setting only if the setting has the expected value already.",
        why: "The test is green with insecure settings too.",
        right: "Assert the value without a condition, on the system that runs.",
        severity: Medium,
        seen_from: &[Selftest],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "VAC03",
        title: "A test of the test's own cookies",
        fault: "Two test clients are given different sessions, and the test shows that each client still has its own.",
        why: "The server takes no part in the test, so that no leak of the server can fail it.",
        right: "Let two users log in to a running server, and look at what each receives.",
        severity: Medium,
        seen_from: &[Selftest],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "VAC04",
        title: "A slow-request report sorts user agents",
        fault: "The `awk` command prints the last field of the access log as the duration, and that field is the user agent.",
        why: "Slow requests stay invisible, however slow they are.",
        right: "Log the duration of each request in a field with a name, and sort by that.",
        severity: Medium,
        seen_from: &[Selftest],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "VAC05",
        title: "A search for lines never written",
        fault: "The command searches the journal for words that the application never writes there.",
        why: "No hit looks like good news, and is no news.",
        right: "Search for what is written, and prove with one planted line that the search finds it.",
        severity: Medium,
        seen_from: &[Selftest],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "VAC06",
        title: "A load on one page, called multi-user",
        fault: "`ab` requests `/` without a login, and the result is called a multi-user test.",
        why: "No session, no event and no second user takes part, so that isolation is not tested at all.",
        right: "Put load on with many users who log in, start actions and receive events, and judge what each receives.",
        severity: Medium,
        seen_from: &[Selftest],
        cwe: None,
        sources: &[],
    },
];
