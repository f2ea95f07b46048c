//! Every frame is in the history exactly as it came, whatever it is.

use std::iter;

use evidence::What;
use probe::{Browser, Meter, OpenOptions, Opened, Reading, Recorder, RecorderError, Tab};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::observing::{WITHIN, observe, observe_with};
use crate::server::{scene, scripted};

#[tokio::test(flavor = "multi_thread")]
async fn every_frame_is_kept_byte_for_byte() {
    let frames = [
        "42[\"popup\",{\"info\":\"ä \\u00e4\"},{\"seq\":8}]",
        "no packet at all",
        "42[7]",
        "4299999999999999999999[]",
        "42[\"end\",{},{\"seq\":-1}]",
    ];
    let mut sent: Vec<Message> = frames.iter().map(|frame| Message::text(*frame)).collect();
    sent.insert(1, Message::binary(vec![0xff, b'x']));
    let seen = observe(sent, async |tab| {
        tab.wait_for("end", None, 1, WITHIN)
            .await
            .expect("it comes");
    })
    .await;
    assert_eq!(seen.first(), Some(&What::Joined { last_seq: Some(7) }));
    assert_eq!(seen.last(), Some(&What::Left { by_server: None }));
    let received: Vec<(&str, Option<u64>, &str)> = seen
        .iter()
        .filter_map(|what| match what {
            What::Received {
                event,
                number,
                frame,
                ..
            } => Some((event.as_str(), *number, frame.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        received,
        [
            ("popup", Some(8), frames[0]),
            ("(unreadable)", None, "\u{fffd}x"),
            ("(unreadable)", None, frames[1]),
            ("(unreadable)", None, frames[2]),
            ("(unreadable)", None, frames[3]),
            ("end", None, frames[4]),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_is_recorded() {
    let seen = observe(Vec::new(), async |tab| {
        let (one, two) = (json!({"a": 1}), json!(2));
        for arguments in [vec![one.clone()], Vec::new(), vec![one, two]] {
            let packet: Vec<Value> = iter::once(json!("hello"))
                .chain(arguments.clone())
                .collect();
            let answer = tab.emit("hello", arguments, None).await;
            let answer = answer.expect("recorded").expect("acknowledged");
            assert_eq!(answer, [json!({"you": "said"}), json!(packet)]);
        }
    })
    .await;
    let answered = What::answered(
        "emit hello".to_owned(),
        None,
        true,
        "431[{\"you\":\"said\"},[\"hello\",{\"a\":1}]]".to_owned(),
    );
    assert!(seen.contains(&answered), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meter_gets_each_arrival() {
    let frames = [
        "42[\"popup\",{\"info\":\"x\"},{\"seq\":8,\"queued_at\":1000}]",
        "42[\"end\",{},{\"seq\":9}]",
    ];
    let (meter, mut readings) = Meter::new();
    let sent = frames.iter().map(|frame| Message::text(*frame)).collect();
    let until_end = async |tab: &Tab| {
        tab.wait_for("end", None, 1, WITHIN)
            .await
            .expect("it comes");
    };
    observe_with(sent, Some(meter), until_end).await;
    let mut seen = Vec::new();
    while let Some(reading) = readings.reading() {
        seen.push(reading);
    }
    assert!(
        matches!(seen[0], Reading::Opened { granted: true, .. }),
        "{seen:?}"
    );
    let arrivals: Vec<_> = seen[1..]
        .iter()
        .map(|reading| match reading {
            Reading::Arrived(arrival) => {
                assert!(arrival.received_at > 1000);
                (arrival.event.as_str(), arrival.number, arrival.queued_at)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        arrivals,
        [("popup", Some(8), Some(1000)), ("end", Some(9), None)]
    );
}

/// When a message is too long to read, nobody claims that the server closed the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_long_message_is_read_and_a_longer_one_ends_the_history() {
    let long = |mib: usize| format!("42[\"popup\",\"{}\"]", "x".repeat(mib << 20));
    let frames = [long(20), "42[\"end\"]".to_owned()].map(Message::text);
    let seen = observe(frames.to_vec(), async |tab| {
        tab.wait_for("end", None, 1, WITHIN)
            .await
            .expect("it comes");
    })
    .await;
    let longest = seen.iter().map(|what| match what {
        What::Received { frame, .. } => frame.len(),
        _ => 0,
    });
    assert!(longest.max() > Some(20 << 20));
    assert_eq!(seen.last(), Some(&What::Left { by_server: None }));

    let site = scripted(vec![Message::text(long(65))]).await;
    let (recorder, writing) = Recorder::start(&scene(), std::io::sink()).expect("starts");
    let browser = Browser::new(site, "desktop", recorder);
    let opened = Tab::open(&browser, "1", OpenOptions::default()).await;
    let Ok(Opened::Granted(tab)) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(tab.wait_for("popup", None, 1, WITHIN).await, Err(0));
    assert_eq!(tab.closed_by_server(), None);
    drop((tab, browser));
    let written = tokio::task::spawn_blocking(|| writing.finish()).await;
    let written = written.expect("joins");
    assert!(
        matches!(written, Err(RecorderError::TooLong)),
        "{written:?}"
    );
}
