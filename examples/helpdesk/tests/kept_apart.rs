//! The help desk keeps its customers apart: a test to copy beside a server of your own.
//!
//! `target.yaml` says how to talk to the server, and `answers.yaml` what its users do. Paths are from the folder of
//! the package, as everywhere in a test that cargo runs. The histories stay in `target/tmp/histories`, so that
//! `airtight recheck FILE` can show again what was seen.

mod running;

use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use airtight::{Failure, Judgement, Scenario, Server, TargetFile, Verdict};

use crate::running::{Running, USERS};

/// Where the histories go.
const HISTORIES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/histories");
/// No run takes so long, even on a busy machine; one that hangs fails here.
const PATIENCE: Duration = Duration::from_secs(60);

/// Plays the scenario on a server, and gives what the judge found.
async fn play(server: Server) -> Result<Judgement, Box<dyn Error>> {
    let scenario = Scenario::read("tests/answers.yaml")?;
    let server = server.with_history_in(HISTORIES);
    Ok(tokio::time::timeout(PATIENCE, server.run(&scenario)).await??)
}

fn target() -> Result<TargetFile, Failure> {
    TargetFile::read("tests/target.yaml")
}

// Airtight starts the server, as the target file says, with users that it invents.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_airtight_starts_holds() -> Result<(), Box<dyn Error>> {
    let judgement = play(Server::started_by(target()?)?).await?;
    assert_eq!(judgement.verdict(), Verdict::Holds, "{judgement}");
    assert!(judgement.history().is_file());
    Ok(())
}

// The test starts the server itself, and says who its users are.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_runs_already_holds() -> Result<(), Box<dyn Error>> {
    let helpdesk = Running::start(&["serve"]).await?;
    let judgement = play(Server::at(helpdesk.address(), target()?, USERS)?).await?;
    assert_eq!(judgement.verdict(), Verdict::Holds, "{judgement}");
    Ok(())
}

// A test that has never failed is a test of nothing: this server leaks, and the judge must say what.
#[tokio::test(flavor = "multi_thread")]
async fn a_leak_is_found_and_named() -> Result<(), Box<dyn Error>> {
    let helpdesk = Running::start(&["serve", "--leak"]).await?;
    let judgement = play(Server::at(helpdesk.address(), target()?, USERS)?).await?;
    assert_eq!(judgement.verdict(), Verdict::Violated, "{judgement}");
    let leak = { judgement.findings() }
        .find(|(property, _)| *property == "no_foreign_events")
        .map(|(_, finding)| finding)
        .ok_or("the scenario expects it")?;
    assert_eq!(leak.verdict, Verdict::Violated, "{judgement}");
    let to_ben = { leak.witnesses.iter() }
        .find(|witness| witness.says.starts_with("ben@example.org/desktop/1 got "))
        .ok_or("ben saw Ann's answer")?;
    assert!(to_ben.says.ends_with(", owned by ann@example.org"));
    assert_eq!(to_ben.event.as_deref(), Some("answer"));
    assert!(to_ben.frame.contains("You asked: "), "{}", to_ben.frame);
    Ok(())
}

// An error means that nothing could be found out. It is no verdict, and a test that asks for one fails.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_an_error() -> Result<(), Box<dyn Error>> {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let server = Server::at(&format!("http://{address}"), target()?, USERS)?;
    let error = { play(server).await.err() }.ok_or("there is nothing to judge")?;
    let words = error.to_string();
    assert!(words.contains(&address.to_string()), "{words}");
    assert!(words.contains("refused"), "{words}");
    Ok(())
}

#[test]
fn a_file_that_is_not_there_is_an_error_with_its_place() -> Result<(), Box<dyn Error>> {
    let error = TargetFile::read("tests/nowhere.yaml").err();
    let words = error.ok_or("there is no such file")?.to_string();
    assert!(words.contains("tests/nowhere.yaml"), "{words}");
    let error = Scenario::read("tests/nowhere.yaml").err();
    let words = error.ok_or("there is no such file")?.to_string();
    assert!(words.contains("tests/nowhere.yaml"), "{words}");
    // What is no scenario has its line.
    let error = Scenario::read("tests/target.yaml").err();
    let words = error.ok_or("it is no scenario")?.to_string();
    assert!(words.contains("tests/target.yaml:"), "{words}");
    Ok(())
}

#[test]
fn a_target_file_without_a_start_starts_nothing() -> Result<(), Box<dyn Error>> {
    let without = tempfile::NamedTempFile::new()?;
    let text = std::fs::read_to_string("tests/target.yaml")?;
    let (before, _) = text.split_once("start:\n  command").ok_or("it has one")?;
    std::fs::write(&without, before)?;
    let error = Server::started_by(TargetFile::read(without.path())?).err();
    assert!(error.is_some_and(|error| error.to_string().contains("how to start it")));
    Ok(())
}
