//! What the machine itself shows: the unit as systemd understands it, files and their owners, open ports.
//!
//! The commands only read. Every one of these checks has a broken deployment that it names, in the tests.

use crate::check::{Check, Found, Outcome};
use crate::machine::{Machine, Said};

const UNIT: &str = "reference-server.service";

/// Every check on the machine.
pub static CHECKS: [Check; 8] = [
    Check {
        name: "start-limit",
        rules: &["SYS01"],
        claim: "a service that cannot start is left alone after a few attempts",
        why: "an endless loop of restarts hides the cause and burns the machine",
        fix: "set StartLimitIntervalSec=60 and StartLimitBurst=5 in [Unit]",
    },
    Check {
        name: "readiness",
        rules: &["SYS02"],
        claim: "the service says when it is ready, and is watched from then on",
        why: "whoever is told too early sends users to a server that does not answer",
        fix: "set Type=notify and WatchdogSec=30",
    },
    Check {
        name: "reload",
        rules: &["SYS03"],
        claim: "the service can be reloaded, and a stop reaches its children",
        why: "without it a log rotation needs a restart, which throws every user out",
        fix: "set ExecReload=/bin/kill -HUP $MAINPID and KillMode=mixed",
    },
    Check {
        name: "network",
        rules: &["SYS04"],
        claim: "what the unit wants it also waits for",
        why: "Wants= alone starts both at once, and the first start after a boot may fail",
        fix: "name network-online.target in After= and in Wants=, or in neither",
    },
    Check {
        name: "secrets",
        rules: &["SYS05"],
        claim: "the environment file belongs to root and nobody else reads it",
        why: "who reads SECRET_KEY can forge everybody's session",
        fix: "run: chown root:root FILE && chmod 0600 FILE, and make a new SECRET_KEY",
    },
    Check {
        name: "hardening",
        rules: &["SYS06"],
        claim: "the service cannot write outside its own folders, and its exposure is 2.0 at most",
        why: "a hole in the server must not become a hole in the machine",
        fix: "take the unit from deploy/systemd, or add ProtectSystem=strict and what systemd-analyze security asks for",
    },
    Check {
        name: "rotation",
        rules: &["OPS01"],
        claim: "the logs have one rotator, and it tells the server to open new ones",
        why: "two rotators lose lines, and an unheard reload fills a file without a name",
        fix: "keep deploy/logrotate alone, without a word that hides its failure",
    },
    Check {
        name: "ports",
        rules: &["OPS10"],
        claim: "the server listens on loopback alone",
        why: "who reaches it past nginx is believed about TLS and addresses",
        fix: "set BIND=127.0.0.1:5000",
    },
];

/// Makes every check.
pub async fn run(machine: &impl Machine) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for check in &CHECKS {
        let found = match check.name {
            "start-limit" => start_limit(machine).await,
            "readiness" => readiness(machine).await,
            "reload" => reload(machine).await,
            "network" => network(machine).await,
            "secrets" => secrets(machine).await,
            "hardening" => hardening(machine).await,
            "rotation" => rotation(machine).await,
            _ => ports(machine).await,
        };
        outcomes.push(Outcome::new(check, found));
    }
    outcomes
}

/// The output of a command, or why there is none.
async fn ask(machine: &impl Machine, command: &[&str]) -> Result<Said, Found> {
    let said = machine.run(command).await;
    said.map_err(|error| Found::Undecided(format!("{}: {error}", command.join(" "))))
}

/// The same for a command that must succeed.
async fn text(machine: &impl Machine, command: &[&str]) -> Result<String, Found> {
    let said = ask(machine, command).await?;
    if said.code == 0 {
        Ok(said.text)
    } else {
        let words = said.text.trim();
        Err(Found::Undecided(format!(
            "{} ended with {}: {words}",
            command.join(" "),
            said.code
        )))
    }
}

/// The unit's property, as systemd understands it.
async fn property(machine: &impl Machine, name: &str) -> Result<String, Found> {
    let show = ["systemctl", "show", "--value", "-p", name, UNIT];
    Ok(text(machine, &show).await?.trim().to_owned())
}

/// The answer of a check, whichever way it ended.
fn either(found: Result<Found, Found>) -> Found {
    found.unwrap_or_else(|found| found)
}

async fn start_limit(machine: &impl Machine) -> Found {
    let found = async {
        let interval = property(machine, "StartLimitIntervalUSec").await?;
        let burst = property(machine, "StartLimitBurst").await?;
        let met = !matches!(interval.as_str(), "" | "0" | "infinity") && burst != "0";
        Ok(Found::expect(
            met,
            format!("StartLimitIntervalUSec={interval}, StartLimitBurst={burst}"),
        ))
    };
    either(found.await)
}

async fn readiness(machine: &impl Machine) -> Found {
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
    either(found.await)
}

async fn reload(machine: &impl Machine) -> Found {
    let found = async {
        let can = property(machine, "CanReload").await?;
        let mode = property(machine, "KillMode").await?;
        let met = can == "yes" && matches!(mode.as_str(), "mixed" | "control-group");
        Ok(Found::expect(
            met,
            format!("CanReload={can}, KillMode={mode}"),
        ))
    };
    either(found.await)
}

async fn network(machine: &impl Machine) -> Found {
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
    either(found.await)
}

async fn secrets(machine: &impl Machine) -> Found {
    let found = async {
        let files = property(machine, "EnvironmentFiles").await?;
        let Some(file) = files
            .split_whitespace()
            .next()
            .filter(|_| !files.is_empty())
        else {
            return Ok(Found::Undecided(
                "the unit has no environment file".to_owned(),
            ));
        };
        let owner = text(machine, &["stat", "-L", "-c", "%U:%G %a", file]).await?;
        let owner = owner.trim();
        Ok(Found::expect(
            matches!(owner, "root:root 600" | "root:root 400"),
            format!("{file} is {owner}"),
        ))
    };
    either(found.await)
}

async fn hardening(machine: &impl Machine) -> Found {
    let found = async {
        let mut faults = Vec::new();
        let pid = property(machine, "MainPID").await?;
        if pid == "0" {
            return Ok(Found::Undecided("the service does not run".to_owned()));
        }
        // The error tells a folder that cannot be written from one that this user may not write.
        for folder in ["/etc", "/usr", "/opt"] {
            let file = format!("{folder}/airtight-was-here");
            let touch = ["nsenter", "-t", &pid, "-m", "--", "touch", &file];
            let said = ask(machine, &touch).await?;
            if said.code == 0 {
                ask(machine, &["rm", "-f", &file]).await?;
            }
            if !said.text.contains("Read-only file system") {
                let words = said.text.trim();
                faults.push(format!("{folder} can be written by the service {words}"));
            }
        }
        let security = ["systemd-analyze", "security", "--threshold=20", UNIT];
        let said = ask(machine, &security).await?;
        if said.code != 0 {
            let last = said
                .text
                .lines()
                .rev()
                .find(|line| line.contains("exposure"));
            faults.push(last.unwrap_or(said.text.trim()).trim().to_owned());
        }
        Ok(Found::from_faults(faults))
    };
    either(found.await)
}

async fn rotation(machine: &impl Machine) -> Found {
    let found = async {
        let grep =
            "grep -lE '^[^#]*/var/log/reference-server/' /etc/logrotate.d/* /etc/logrotate.conf";
        let files = ask(machine, &["sh", "-c", grep]).await?.text;
        let files: Vec<&str> = files.lines().collect();
        let [file] = files.as_slice() else {
            let seen = if files.is_empty() {
                "nobody rotates the logs".to_owned()
            } else {
                format!("{} rotate the same files", files.join(" and "))
            };
            return Ok(Found::Violated(vec![seen]));
        };
        let rules = text(machine, &["cat", file]).await?;
        let mut faults = Vec::new();
        if !rules.contains("reload") && !rules.contains("kill") {
            faults.push(format!("{file} does not tell the server"));
        }
        if rules.contains("|| true") {
            faults.push(format!("{file} hides a failed reload"));
        }
        Ok(Found::from_faults(faults))
    };
    either(found.await)
}

async fn ports(machine: &impl Machine) -> Found {
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
    either(found.await)
}
