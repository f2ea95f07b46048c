use std::fs::File;
use std::io;

use evidence::History;

use super::*;

fn scene() -> Scene {
    let scene = include_str!("../../../tests/scene.json");
    serde_json::from_str(scene).expect("a scene")
}

fn stranger() -> Place {
    Place::nobody("desktop")
}

#[test]
fn many_clients_write_one_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.jsonl");
    let (recorder, writing) =
        Recorder::start(&scene(), File::create(&path).expect("a file")).expect("starts");
    thread::scope(|scope| {
        for client in 0..8 {
            let recorder = recorder.clone();
            scope.spawn(move || {
                for i in 0..100 {
                    let what = What::refused(format!("{client}:{i}"));
                    recorder.record(stranger(), what).expect("records");
                }
            });
        }
    });
    drop(recorder);
    assert_eq!(writing.finish().expect("all written"), 800);
    let history =
        History::parse(&std::fs::read_to_string(&path).expect("text")).expect("a history");
    assert_eq!(history.observations.len(), 800);
    assert!(history.observations.is_sorted_by_key(|seen| seen.at_us));
}

/// Accepts this many bytes more, then reports that the disk is full.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_reported() {
    assert!(matches!(
        Recorder::start(&scene(), Full(3)),
        Err(RecorderError::Write(_))
    ));
    let (recorder, writing) = Recorder::start(&scene(), Full(200)).expect("the header fits");
    // The writer may stop before or after the last of these. Both times the end says so.
    while recorder
        .record(stranger(), What::Left { by_server: None })
        .is_ok()
    {}
    assert!(matches!(writing.finish(), Err(RecorderError::Write(_))));
}

/// What was written, and how the writing ended.
fn written(most: u64, most_waiting: (u64, u64)) -> (History, RecorderError) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.jsonl");
    let out = Slow(File::create(&path).expect("a file"));
    let (recorder, writing) = Recorder::bounded(&scene(), out, most, most_waiting).expect("starts");
    while recorder.record(stranger(), received()).is_ok() {}
    drop(recorder);
    let ended = writing.finish().expect_err("it was too much");
    let text = std::fs::read_to_string(&path).expect("text");
    (History::parse(&text).expect("a history"), ended)
}

fn received() -> What {
    What::received("popup".to_owned(), None, "x".repeat(50))
}

/// A disk that lets other threads work in the meantime.
struct Slow(File);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::yield_now();
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[test]
fn a_history_that_could_not_take_everything_says_so() {
    for (most, most_waiting, says) in [
        (10_000, (u64::MAX, u64::MAX), "the history has reached"),
        (u64::MAX, (100, u64::MAX), "wait for the disk"),
        (u64::MAX, (u64::MAX, 5_000), "wait for the disk"),
    ] {
        let (history, ended) = written(most, most_waiting);
        assert!(ended.to_string().contains(says), "{ended}");
        let last = history.observations.last().expect("a line");
        let What::RecordingStopped { reason } = &last.what else {
            panic!("the last line is {last:?}");
        };
        assert!(reason.contains(says), "{reason}");
    }
}

#[test]
fn the_last_line_says_what_a_client_could_not_keep() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.jsonl");
    let out = File::create(&path).expect("a file");
    let (recorder, writing) = Recorder::start(&scene(), out).expect("starts");
    recorder.record(stranger(), received()).expect("records");
    assert!(matches!(
        recorder.stop(Lost::Crowded),
        RecorderError::Stopped
    ));
    assert!(recorder.record(stranger(), received()).is_err());
    drop(recorder);
    assert!(matches!(writing.finish(), Err(RecorderError::Crowded)));
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.contains("recording_stopped") && text.contains("than can be kept"));
}

#[test]
fn a_thousand_sessions_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.jsonl");
    let (recorder, writing) =
        Recorder::start(&scene(), File::create(&path).expect("a file")).expect("starts");
    thread::scope(|scope| {
        for client in 0..10 {
            let recorder = recorder.clone();
            scope.spawn(move || {
                for event in 0..10_000_u64 {
                    let place = Place {
                        session: format!("{}", client * 100 + event % 100),
                        ..stranger()
                    };
                    let what = What::received(
                        "action_status".to_owned(),
                        Some(event / 100 + 1),
                        "x".repeat(200),
                    );
                    recorder.record(place, what).expect("records");
                }
            });
        }
    });
    drop(recorder);
    // A second of a thousand sessions with a hundred events each, as fast as they come.
    assert_eq!(writing.finish().expect("all written"), 100_000);
}
