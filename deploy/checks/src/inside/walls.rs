//! What stands between the network and the server, and between the server and the machine.

use super::{ask, either, text};
use crate::check::Found;
use crate::machine::Machine;

/// Web traffic, and what RHEL opens for whoever administers the machine.
const SERVICES: [&str; 4] = ["http", "https", "ssh", "dhcpv6-client"];
const PORTS: [&str; 4] = ["80/tcp", "443/tcp", "443/udp", "22/tcp"];
/// Zones of bridges within the machine: nobody comes in from outside through them.
const INNER: [&str; 2] = ["docker", "libvirt"];

pub(super) async fn firewall(machine: &impl Machine) -> Found {
    let found = async {
        if ask(machine, &["sh", "-c", "command -v firewall-cmd"])
            .await?
            .code
            != 0
        {
            return Ok(Found::Undecided(
                "firewalld is not installed: what filters here is not known".to_owned(),
            ));
        }
        let mut faults = Vec::new();
        if ask(
            machine,
            &["systemctl", "is-enabled", "--quiet", "firewalld"],
        )
        .await?
        .code
            != 0
        {
            faults.push("firewalld does not start with the machine".to_owned());
        }
        if ask(machine, &["firewall-cmd", "--state"]).await?.code != 0 {
            faults.push("firewalld does not run".to_owned());
            return Ok(Found::Violated(faults));
        }
        let default = text(machine, &["firewall-cmd", "--get-default-zone"]).await?;
        let active = text(machine, &["firewall-cmd", "--get-active-zones"]).await?;
        let mut zones = vec![default.trim()];
        // A zone starts a line, and what belongs to it is indented.
        let others = active.lines().filter(|line| !line.starts_with([' ', '\t']));
        zones.extend(others.filter_map(|line| line.split_whitespace().next()));
        zones.sort_unstable();
        zones.dedup();
        zones.retain(|zone| !INNER.contains(zone));
        for zone in zones {
            let zone_flag = format!("--zone={zone}");
            let now = ["firewall-cmd", &zone_flag, "--list-all"];
            let rules = text(machine, &now).await?;
            faults.extend(opened(&rules).map(|what| format!("zone {zone} {what}")));
            if zone == default.trim() {
                faults.extend(closed(&rules).map(|what| format!("zone {zone} {what}")));
            }
            let later = ["firewall-cmd", "--permanent", &zone_flag, "--list-all"];
            let rules = text(machine, &later).await?;
            faults.extend(
                opened(&rules).map(|what| format!("zone {zone}, after the next boot, {what}")),
            );
        }
        Ok(Found::from_faults(faults))
    };
    either(found.await)
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

/// What a zone lets in beyond what it may.
fn opened(rules: &str) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    if words(rules, "target").any(|target| target == "ACCEPT") {
        found.push("accepts everything".to_owned());
    }
    let services = words(rules, "services").filter(|service| !SERVICES.contains(service));
    found.extend(services.map(|service| format!("opens {service}")));
    let ports = words(rules, "ports").filter(|port| !PORTS.contains(port));
    found.extend(ports.map(|port| format!("opens {port}")));
    for name in ["protocols", "source-ports", "forward-ports"] {
        found.extend(words(rules, name).map(|word| format!("opens {name} {word}")));
    }
    // A rich rule stands on a line of its own.
    let rich = rules.lines().map(str::trim);
    let rich = rich.filter(|line| line.starts_with("rule ") && line.ends_with("accept"));
    found.extend(rich.map(|rule| format!("has a rich rule: {rule}")));
    found.into_iter()
}

/// What users need and is not let in.
fn closed(rules: &str) -> impl Iterator<Item = String> {
    let open: Vec<&str> = words(rules, "services")
        .chain(words(rules, "ports"))
        .collect();
    let needed = [("http", "80/tcp"), ("https", "443/tcp")];
    let lost = needed
        .into_iter()
        .filter(|(service, port)| !open.contains(service) && !open.contains(port));
    let lost: Vec<String> = lost
        .map(|(service, _)| format!("keeps {service} out"))
        .collect();
    lost.into_iter()
}

/// What nginx has no business in.
const NO_WEB_CONTENT: [&str; 4] = [
    "/usr/local/bin/reference-server",
    "/etc/reference-server",
    "/var/lib/reference-server",
    "/var/log/reference-server",
];

pub(super) async fn selinux(machine: &impl Machine) -> Found {
    let found = async {
        let config = ask(machine, &["cat", "/etc/selinux/config"]).await?;
        if config.code != 0 {
            return Ok(Found::Undecided("SELinux is not installed".to_owned()));
        }
        let mut faults = Vec::new();
        if !config
            .text
            .lines()
            .any(|line| line.trim() == "SELINUX=enforcing")
        {
            faults.push("/etc/selinux/config does not enforce at the next boot".to_owned());
        }
        let (state, in_container) = (
            ask(machine, &["cat", "/sys/fs/selinux/enforce"]).await?,
            ask(machine, &["systemd-detect-virt", "--container", "--quiet"])
                .await?
                .code
                == 0,
        );
        let mut unknown = None;
        match (state.code, state.text.trim()) {
            (0, "1") => {}
            (0, _) => faults.push("SELinux warns, and lets everything pass".to_owned()),
            // A container has the kernel of its host.
            _ if in_container => {
                unknown = Some("this is a container, and its host's kernel has no SELinux");
            }
            _ => faults.push("SELinux is off".to_owned()),
        }
        let live = state.code == 0;
        for path in NO_WEB_CONTENT {
            // What the policy would give it, and what it has.
            let asked: [&[&str]; 2] = [&["matchpathcon", "-n", path], &["stat", "-c", "%C", path]];
            for command in asked.into_iter().take(1 + usize::from(live)) {
                let label = ask(machine, command).await?;
                if label.code != 0 {
                    unknown = unknown.or(Some(
                        "the policy's labels cannot be asked; run: dnf install libselinux-utils",
                    ));
                } else if label
                    .text
                    .split(':')
                    .nth(2)
                    .is_some_and(|kind| kind.starts_with("httpd_"))
                {
                    faults.push(format!("{path} is {}", label.text.trim()));
                }
            }
        }
        Ok(match unknown {
            Some(why) if faults.is_empty() => Found::Undecided(why.to_owned()),
            _ => Found::from_faults(faults),
        })
    };
    either(found.await)
}
