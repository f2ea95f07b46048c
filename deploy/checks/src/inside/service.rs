//! The unit as systemd understands it, and the process that it runs.

use super::{UNIT, ask, property, text, unclear};
use crate::check::{Check, Found, Row};
use crate::machine::Machine;

pub(super) static START_LIMIT: Row<dyn Machine> = Row {
    check: Check {
        name: "start-limit",
        rules: &["SYS01"],
        claim: "a service that cannot start is left alone after a few attempts",
        why: "an endless loop of restarts hides the cause and burns the machine",
        fix: "set StartLimitIntervalSec=60 and StartLimitBurst=5 in [Unit]",
    },
    look: |machine| Box::pin(start_limit(machine)),
};

async fn start_limit(machine: &dyn Machine) -> Found {
    let found = async {
        let interval = property(machine, "StartLimitIntervalUSec").await?;
        let burst = property(machine, "StartLimitBurst").await?;
        let met = !matches!(interval.as_str(), "" | "0" | "infinity") && burst != "0";
        Ok(Found::expect(
            met,
            format!("StartLimitIntervalUSec={interval}, StartLimitBurst={burst}"),
        ))
    };
    Found::either(found.await)
}

pub(super) static READINESS: Row<dyn Machine> = Row {
    check: Check {
        name: "readiness",
        rules: &["SYS02"],
        claim: "the service says when it is ready, and is watched from then on",
        why: "whoever is told too early sends users to a server that does not answer",
        fix: "set Type=notify and WatchdogSec=30",
    },
    look: |machine| Box::pin(readiness(machine)),
};

async fn readiness(machine: &dyn Machine) -> Found {
    let found = async {
        let kind = property(machine, "Type").await?;
        let watchdog = property(machine, "WatchdogUSec").await?;
        let met = matches!(kind.as_str(), "notify" | "notify-reload")
            && !matches!(watchdog.as_str(), "" | "0" | "infinity");
        Ok(Found::expect(
            met,
            format!("Type={kind}, WatchdogUSec={watchdog}"),
        ))
    };
    Found::either(found.await)
}

pub(super) static RELOAD: Row<dyn Machine> = Row {
    check: Check {
        name: "reload",
        rules: &["SYS03"],
        claim: "the service can be reloaded, and a stop reaches its children",
        why: "without it a log rotation needs a restart, which throws every user out",
        fix: "set ExecReload=/bin/kill -HUP $MAINPID and KillMode=mixed",
    },
    look: |machine| Box::pin(reload(machine)),
};

async fn reload(machine: &dyn Machine) -> Found {
    let found = async {
        let can = property(machine, "CanReload").await?;
        let mode = property(machine, "KillMode").await?;
        let met = can == "yes" && matches!(mode.as_str(), "mixed" | "control-group");
        Ok(Found::expect(
            met,
            format!("CanReload={can}, KillMode={mode}"),
        ))
    };
    Found::either(found.await)
}

pub(super) static NETWORK: Row<dyn Machine> = Row {
    check: Check {
        name: "network",
        rules: &["SYS04"],
        claim: "what the unit wants it also waits for",
        why: "Wants= alone starts both at once, and the first start after a boot may fail",
        fix: "name network-online.target in After= and in Wants=, or in neither",
    },
    look: |machine| Box::pin(network(machine)),
};

async fn network(machine: &dyn Machine) -> Found {
    let found = async {
        let (wants, after) = (
            property(machine, "Wants").await?,
            property(machine, "After").await?,
        );
        let names = |list: &str| {
            list.split_whitespace()
                .any(|unit| unit == "network-online.target")
        };
        Ok(Found::expect(
            names(&wants) == names(&after),
            format!("Wants={wants}; After={after}"),
        ))
    };
    Found::either(found.await)
}

pub(super) static HARDENING: Row<dyn Machine> = Row {
    check: Check {
        name: "hardening",
        rules: &["SYS06"],
        claim: "the service cannot write outside its own folders, and its exposure is 2.0 at most",
        why: "a hole in the server must not become a hole in the machine",
        fix: "take the unit from deploy/systemd, or add ProtectSystem=strict and what systemd-analyze security asks for",
    },
    look: |machine| Box::pin(hardening(machine)),
};

async fn hardening(machine: &dyn Machine) -> Found {
    let mut faults = Vec::new();
    let looked = async {
        writable(machine, &mut faults).await?;
        exposed(machine, &mut faults).await
    };
    let looked = looked.await;
    Found::seen(faults, looked)
}

/// The error tells a folder that cannot be written from one that this user may not write.
async fn writable(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Found> {
    let pid = property(machine, "MainPID").await?;
    if pid == "0" {
        return Err(Found::undecided("the service does not run"));
    }
    for folder in ["/etc", "/usr", "/opt"] {
        let file = format!("{folder}/airtight-was-here");
        let touch = ["nsenter", "-t", &pid, "-m", "--", "touch", &file];
        let said = ask(machine, &touch).await?;
        if said.code == 0 {
            faults.push(format!("{folder} can be written by the service"));
            ask(machine, &["rm", "-f", &file]).await?;
        } else if !said.text.contains("Read-only file system") {
            return Err(unclear(&touch, &said));
        }
    }
    Ok(())
}

async fn exposed(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Found> {
    let security = ["systemd-analyze", "security", "--threshold=20", UNIT];
    let said = ask(machine, &security).await?;
    if said.text.contains("unrecognized option") {
        // systemd 239 of RHEL 8 only prints what it thinks.
        let why = "this systemd has no threshold for its exposure";
        return Err(Found::undecided(why));
    }
    let mut lines = said.text.lines().rev();
    let exposure = lines.find(|line| line.contains("exposure"));
    match (said.code, exposure) {
        (0, _) => Ok(()),
        (_, Some(exposure)) => {
            faults.push(exposure.trim().to_owned());
            Ok(())
        }
        // It could not look.
        _ => Err(unclear(&security, &said)),
    }
}

pub(super) static PORTS: Row<dyn Machine> = Row {
    check: Check {
        name: "ports",
        rules: &["OPS10"],
        claim: "the server listens on loopback alone",
        why: "who reaches it past nginx is believed about TLS and addresses",
        fix: "set BIND=127.0.0.1:5000",
    },
    look: |machine| Box::pin(ports(machine)),
};

async fn ports(machine: &dyn Machine) -> Found {
    let found = async {
        let pid = property(machine, "MainPID").await?;
        let open = text(machine, &["ss", "-Hltnp"]).await?;
        let ours = format!("pid={pid},");
        let own: Vec<&str> = open
            .lines()
            .filter(|line| line.contains(&ours))
            .filter_map(|line| line.split_whitespace().nth(3))
            .collect();
        if own.is_empty() {
            return Ok(Found::Undecided("the service listens nowhere".to_owned()));
        }
        let outside = own
            .into_iter()
            .filter(|address| !address.starts_with("127.") && !address.starts_with("[::1]"))
            .map(|address| format!("it listens on {address}"));
        Ok(Found::from_faults(outside.collect()))
    };
    Found::either(found.await)
}
