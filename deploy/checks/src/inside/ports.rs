//! Where the server listens.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::text;
use crate::subject::machine::Machine;
use crate::subject::unit::property;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "ports",
        rules: &["OPS10"],
        claim: "the server listens on loopback only",
        why: "the server believes whatever a client that bypasses nginx says about TLS and its address",
        fix: "let the server listen on 127.0.0.1 alone",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let pid = property(machine, "MainPID").await?;
    let open = text(machine, &["ss", "-Hltnp"]).await?;
    let ours = format!("pid={pid},");
    let own: Vec<&str> = open
        .lines()
        .filter(|line| line.contains(&ours))
        .filter_map(|line| line.split_whitespace().nth(3))
        .collect();
    if own.is_empty() {
        return Err(Undecided::because("the service listens on no port"));
    }
    let outside = own
        .into_iter()
        .filter(|address| !address.starts_with("127.") && !address.starts_with("[::1]"));
    faults.extend(outside.map(|address| format!("it listens on {address}")));
    Ok(())
}
