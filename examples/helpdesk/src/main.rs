//! A server to test: a help desk. A customer signs in, asks questions, and gets the answers on each device.
//!
//! - `helpdesk users add -- NAME…` adds customers, and reads one password a line from standard input.
//! - `helpdesk serve [--leak]` serves until standard input ends; `--leak` sends each answer to everyone.
//!
//! In: `PORT`, where 0 is any free port, and `DATA`, the folder of its users. Out: one line with its address.
//!
//! It is as small as a server can be that keeps its users apart, so that the files beside it can be read: sessions
//! end with the program, and passwords are kept as they are. Those two are not to be copied.

mod desk;
mod events;
mod pages;

use std::collections::HashMap;
use std::error::Error;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::{env, fs, io, thread};

use socketioxide::SocketIo;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::desk::{Desk, Reach};

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["users", "add", "--", names @ ..] => add_users(names)?,
        ["serve"] => serve(Reach::Owner).await?,
        ["serve", "--leak"] => serve(Reach::Everyone).await?,
        _ => {
            eprintln!("usage: helpdesk users add -- NAME… | helpdesk serve [--leak]");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn users_file() -> Result<PathBuf, env::VarError> {
    Ok(PathBuf::from(env::var("DATA")?).join("users.json"))
}

fn add_users(names: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut users = HashMap::new();
    for (name, password) in names.iter().zip(io::stdin().lines()) {
        users.insert(*name, password?);
    }
    fs::write(users_file()?, serde_json::to_vec(&users)?)?;
    Ok(())
}

async fn serve(reach: Reach) -> Result<(), Box<dyn Error>> {
    let passwords = serde_json::from_slice(&fs::read(users_file()?)?)?;
    let (sockets, io) = SocketIo::new_layer();
    let desk = Arc::new(Desk::new(passwords, io, reach));
    events::register(&desk);

    let port = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let server = axum::serve(listener, pages::router(desk).layer(sockets));
    tokio::select! {
        served = server => served?,
        _ = end_of_input() => {}
    }
    Ok(())
}

/// Airtight holds the other end of standard input, so the server ends when Airtight does, however that came about.
fn end_of_input() -> oneshot::Receiver<()> {
    let (ended, input) = oneshot::channel();
    // A thread of our own: the program can end while it still reads.
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = ended.send(());
    });
    input
}
