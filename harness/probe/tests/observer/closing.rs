//! The history says who closed a connection, and how.

use evidence::What;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::observing::{WITHIN, observe};

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_when_the_server_goes() {
    let seen = observe(vec![Message::text("41")], async |tab| {
        assert_eq!(tab.wait_for("never", None, 1, WITHIN).await, Err(0));
    })
    .await;
    // The server's close, then the scenario's.
    let left = seen.iter().filter(|what| matches!(what, What::Left { .. }));
    assert_eq!(left.count(), 2);
}

/// A scenario may ask for a code and a reason, which a message shortens.
#[tokio::test(flavor = "multi_thread")]
async fn a_close_by_the_server_has_its_code_and_its_whole_reason() {
    let reason = "x".repeat(100);
    let close = Message::Close(Some(CloseFrame {
        code: 4401.into(),
        reason: reason.clone().into(),
    }));
    for (frame, code, reason) in [
        (close, Some(4401), reason.as_str()),
        (Message::text("41"), None, "packet `41`"),
    ] {
        observe(vec![frame], async |tab| {
            assert!(tab.leaves_within(WITHIN).await);
            let closing = tab.closed_by_server().expect("by the server");
            assert_eq!((closing.code, closing.reason.as_str()), (code, reason));
        })
        .await;
    }
}

/// How a tab ended after this frame, and then when the scenario closed it.
async fn left_after(frame: Message) -> Vec<Option<String>> {
    let seen = observe(vec![frame], async |tab| {
        assert_eq!(tab.wait_for("never", None, 1, WITHIN).await, Err(0));
        assert!(tab.has_left(), "it waits for the close");
    })
    .await;
    let left = seen.into_iter().filter_map(|what| match what {
        What::Left { by_server } => Some(by_server),
        _ => None,
    });
    left.collect()
}

/// When the server closes a tab, what is owed to it stays owed, and the finding says how it was closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_close_by_the_server_is_recorded_with_its_reason() {
    let close = |code: u16, reason: &str| {
        Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        }))
    };
    let long = "x".repeat(100);
    let cases = [
        (Message::text("41"), "packet `41`".to_owned()),
        (Message::text("1"), "packet `1`".to_owned()),
        (
            Message::text("44{\"message\":\"no\"}"),
            "packet `44{\"message\":\"no\"}`".to_owned(),
        ),
        (
            close(1008, "policy"),
            "close frame 1008 (policy)".to_owned(),
        ),
        (close(1001, ""), "close frame 1001".to_owned()),
        (
            close(1008, &long),
            format!("close frame 1008 ({} …)", "x".repeat(80)),
        ),
        (
            Message::Close(None),
            "a close frame without a code".to_owned(),
        ),
    ];
    for (frame, how) in cases {
        // The scenario closes it afterwards. From then on nothing is owed.
        assert_eq!(left_after(frame).await, [Some(how), None]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_close_by_the_scenario_is_not_recorded_as_the_servers() {
    let left = |seen: Vec<What>| {
        seen.into_iter()
            .filter(|what| matches!(what, What::Left { .. }))
    };
    let seen = observe(Vec::new(), async |_| {}).await;
    assert_eq!(
        left(seen).collect::<Vec<_>>(),
        [What::Left { by_server: None }]
    );
    let seen = observe(Vec::new(), async |tab| tab.cut().await).await;
    assert_eq!(
        left(seen).collect::<Vec<_>>(),
        [What::Left { by_server: None }]
    );
    // The server answers the emit with a close that the scenario has announced.
    let seen = observe(vec![Message::text("42[\"go\"]")], async |tab| {
        tab.wait_for("go", None, 1, WITHIN).await.expect("it comes");
        tab.ends_soon();
        let answer = tab.emit("close", Vec::new(), None).await;
        assert_eq!(answer.expect("recorded"), None);
        assert_eq!(tab.closed_by_server(), None);
    })
    .await;
    assert_eq!(
        left(seen).collect::<Vec<_>>(),
        [What::Left { by_server: None }]
    );
}
