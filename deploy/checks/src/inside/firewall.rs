//! What the firewall lets in.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, text, unclear, whether};
use crate::subject::machine::Machine;

/// Web traffic, and what RHEL opens for the administrator.
const SERVICES: [&str; 4] = ["http", "https", "ssh", "dhcpv6-client"];
const PORTS: [&str; 4] = ["80/tcp", "443/tcp", "443/udp", "22/tcp"];
/// Zones of bridges inside the machine: no traffic from outside comes through them.
const INNER: [&str; 2] = ["docker", "libvirt"];

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "firewall",
        rules: &["OPS10"],
        claim: "firewalld runs, also after the next boot, and lets in only web traffic and the administrator",
        why: "without a firewall, everybody can reach a service that listens by mistake",
        fix: "run systemctl enable --now firewalld, and close what is listed above with firewall-cmd --permanent and --remove-service or --remove-port",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let installed = ["sh", "-c", "command -v firewall-cmd"];
    if !whether(machine, &installed, &[1, 127]).await? {
        return Err(Undecided::because(
            "firewalld is not installed, so nobody knows what filters the traffic",
        ));
    }
    let enabled = ["systemctl", "is-enabled", "firewalld"];
    let output = ask(machine, &enabled).await?;
    match (output.code, output.text.trim()) {
        (0, _) => {}
        (_, "disabled" | "masked" | "linked" | "indirect") => {
            faults.push("firewalld does not start at boot".to_owned());
        }
        _ => return Err(unclear(&enabled, &output)),
    }
    // 251: it runs and has failed; 252: it does not run.
    if !whether(machine, &["firewall-cmd", "--state"], &[251, 252]).await? {
        faults.push("firewalld is not running".to_owned());
        return Ok(());
    }
    let default = text(machine, &["firewall-cmd", "--get-default-zone"]).await?;
    let active = text(machine, &["firewall-cmd", "--get-active-zones"]).await?;
    let outer = outer_zone(machine, default.trim()).await?;
    let mut zones = vec![default.trim(), &outer];
    // A zone's name starts its line; what belongs to the zone is indented.
    let others = active.lines().filter(|line| !line.starts_with([' ', '\t']));
    zones.extend(others.filter_map(|line| line.split_whitespace().next()));
    zones.sort_unstable();
    zones.dedup();
    zones.retain(|zone| !INNER.contains(zone));
    for zone in zones {
        faults.extend(zone_faults(machine, zone, zone == outer).await?);
    }
    let direct = text(machine, &["firewall-cmd", "--direct", "--get-all-rules"]).await?;
    let accepts = direct.lines().filter(|line| line.contains("ACCEPT"));
    faults.extend(
        accepts.map(|rule| format!("a direct rule accepts before any zone is asked: {rule}")),
    );
    Ok(())
}

/// The exit code of firewall-cmd when there is no such zone.
const NO_ZONE: i64 = 112;

/// What is wrong with a zone, now and after the next boot.
async fn zone_faults(
    machine: &dyn Machine,
    zone: &str,
    is_outer: bool,
) -> Result<Vec<String>, Undecided> {
    let zone_flag = format!("--zone={zone}");
    let mut faults = Vec::new();
    for (when, flags) in [
        ("", &[][..]),
        (", after the next boot,", &["--permanent"][..]),
    ] {
        let mut command = vec!["firewall-cmd"];
        command.extend(flags);
        command.extend([zone_flag.as_str(), "--list-all"]);
        let rules = ask(machine, &command).await?;
        let mut seen = match rules.code {
            0 => openings(&rules.text),
            // A zone that is not permanent does not exist after the next boot.
            NO_ZONE => continue,
            _ => return Err(unclear(&command, &rules)),
        };
        if is_outer {
            seen.extend(missing_services(&rules.text));
        }
        let lines = seen
            .into_iter()
            .map(|what| format!("zone {zone}{when} {what}"));
        faults.extend(lines);
    }
    Ok(faults)
}

/// The zone that traffic from outside comes through: that of the interface with the default route.
async fn outer_zone(machine: &dyn Machine, default: &str) -> Result<String, Undecided> {
    let asked = "dev=$(ip -o route show default | sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p'); firewall-cmd --get-zone-of-interface=\"$dev\"";
    let output = ask(machine, &["sh", "-c", asked]).await?;
    let zone = output.text.trim();
    let is_one = output.code == 0 && !zone.is_empty() && !zone.contains(char::is_whitespace);
    Ok(if is_one { zone } else { default }.to_owned())
}

/// The words behind a name, as `--list-all` prints them.
fn words<'a>(rules: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let behind = move |line: &'a str| {
        line.trim()
            .split_once(':')
            .map(|(key, value)| (key, value.trim()))
    };
    let name = name.to_owned();
    rules
        .lines()
        .filter_map(behind)
        .filter(move |(key, _)| *key == name)
        .flat_map(|(_, value)| value.split_whitespace())
}

/// What a zone lets in and should not.
fn openings(rules: &str) -> Vec<String> {
    let mut found = Vec::new();
    if words(rules, "target").any(|target| target == "ACCEPT") {
        found.push("accepts everything".to_owned());
    }
    let services = words(rules, "services").filter(|service| !SERVICES.contains(service));
    found.extend(services.map(|service| format!("opens {service}")));
    let ports = words(rules, "ports").filter(|port| !PORTS.contains(port));
    found.extend(ports.map(|port| format!("opens {port}")));
    for name in ["protocols", "source-ports"] {
        found.extend(words(rules, name).map(|word| format!("opens {name} {word}")));
    }
    for line in rules.lines().map(str::trim) {
        // Each forwarded port and each rich rule has a line of its own.
        if line.starts_with("port=") || (line.starts_with("rule ") && line.contains("forward-port"))
        {
            found.push(format!("forwards {line}"));
        } else if line.starts_with("rule ") && line.contains(" accept") {
            found.push(format!("has a rich rule: {line}"));
        }
    }
    found
}

/// What users need and the zone does not let in.
fn missing_services(rules: &str) -> Vec<String> {
    let open: Vec<&str> = words(rules, "services")
        .chain(words(rules, "ports"))
        .collect();
    let needed = [("http", "80/tcp"), ("https", "443/tcp")];
    let lost = needed
        .into_iter()
        .filter(|(service, port)| !open.contains(service) && !open.contains(port));
    lost.map(|(service, _)| format!("does not let {service} in"))
        .collect()
}
