//! The unit as systemd understands it, and the process that it runs.

use super::{UNIT, ask, either, property, text};
use crate::check::Found;
use crate::machine::Machine;

pub(super) async fn start_limit(machine: &impl Machine) -> Found {
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

pub(super) async fn readiness(machine: &impl Machine) -> Found {
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

pub(super) async fn reload(machine: &impl Machine) -> Found {
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

pub(super) async fn network(machine: &impl Machine) -> Found {
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

pub(super) async fn hardening(machine: &impl Machine) -> Found {
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
        if said.text.contains("unrecognized option") {
            // systemd 239 of RHEL 8 only prints what it thinks.
            if faults.is_empty() {
                return Ok(Found::Undecided(
                    "this systemd has no threshold for its exposure".to_owned(),
                ));
            }
        } else if said.code != 0 {
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

pub(super) async fn ports(machine: &impl Machine) -> Found {
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
