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
        let outer = outer_zone(machine, default.trim()).await?;
        let mut zones = vec![default.trim(), &outer];
        // A zone starts a line, and what belongs to it is indented.
        let others = active.lines().filter(|line| !line.starts_with([' ', '\t']));
        zones.extend(others.filter_map(|line| line.split_whitespace().next()));
        zones.sort_unstable();
        zones.dedup();
        zones.retain(|zone| !INNER.contains(zone));
        for zone in zones {
            let zone_flag = format!("--zone={zone}");
            for (when, flags) in [
                ("", &[][..]),
                (", after the next boot,", &["--permanent"][..]),
            ] {
                let mut command = vec!["firewall-cmd"];
                command.extend(flags);
                command.extend([zone_flag.as_str(), "--list-all"]);
                let rules = ask(machine, &command).await?;
                if rules.code != 0 {
                    // What is not there for ever is gone then.
                    continue;
                }
                let mut seen = opened(&rules.text);
                if zone == outer {
                    seen.extend(closed(&rules.text));
                }
                faults.extend(
                    seen.into_iter()
                        .map(|what| format!("zone {zone}{when} {what}")),
                );
            }
        }
        let direct = ask(machine, &["firewall-cmd", "--direct", "--get-all-rules"]).await?;
        let accepts = direct.text.lines().filter(|line| line.contains("ACCEPT"));
        faults
            .extend(accepts.map(|rule| format!("a direct rule stands before every zone: {rule}")));
        Ok(Found::from_faults(faults))
    };
    either(found.await)
}

/// The zone that strangers come through: that of the interface to the rest of the world.
async fn outer_zone(machine: &impl Machine, default: &str) -> Result<String, Found> {
    let asked = "dev=$(ip -o route show default | sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p'); firewall-cmd --get-zone-of-interface=\"$dev\"";
    let said = ask(machine, &["sh", "-c", asked]).await?;
    let zone = said.text.trim();
    let is_one = said.code == 0 && !zone.is_empty() && !zone.contains(char::is_whitespace);
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

/// What a zone lets in beyond what it may.
fn opened(rules: &str) -> Vec<String> {
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
        // Either of them stands on a line of its own.
        if line.starts_with("port=") || (line.starts_with("rule ") && line.contains("forward-port"))
        {
            found.push(format!("forwards {line}"));
        } else if line.starts_with("rule ") && line.contains(" accept") {
            found.push(format!("has a rich rule: {line}"));
        }
    }
    found
}

/// What users need and is not let in.
fn closed(rules: &str) -> Vec<String> {
    let open: Vec<&str> = words(rules, "services")
        .chain(words(rules, "ports"))
        .collect();
    let needed = [("http", "80/tcp"), ("https", "443/tcp")];
    let lost = needed
        .into_iter()
        .filter(|(service, port)| !open.contains(service) && !open.contains(port));
    lost.map(|(service, _)| format!("keeps {service} out"))
        .collect()
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
        // What the policy would give them, and what they have. Sessions and uploads may be many.
        let asked = "command -v matchpathcon >/dev/null || exit 1; \
            find \"$@\" -maxdepth 2 2>/dev/null | head -n 2000 | xargs -r -d '\\n' matchpathcon; \
            if [ -e /sys/fs/selinux/enforce ]; then find \"$@\" -maxdepth 2 -exec stat -c '%n %C' {} + 2>/dev/null; fi; true";
        let mut command = vec!["sh", "-c", asked, "sh"];
        command.extend(NO_WEB_CONTENT);
        let labels = ask(machine, &command).await?;
        if labels.code != 0 {
            let why = "the policy's labels cannot be asked; run: dnf install libselinux-utils";
            unknown = unknown.or(Some(why));
        }
        let as_web = labels.text.lines().filter(|line| line.contains(":httpd_"));
        faults.extend(as_web.take(5).map(|line| line.replace('\t', " is ")));
        let allowed = ask(
            machine,
            &["sh", "-c", "semanage permissive -ln 2>/dev/null"],
        )
        .await?;
        let lax = allowed
            .text
            .lines()
            .map(str::trim)
            .filter(|name| name.starts_with("httpd"));
        faults.extend(lax.map(|name| format!("{name} is permissive: nothing holds nginx back")));
        Ok(match unknown {
            Some(why) if faults.is_empty() => Found::Undecided(why.to_owned()),
            _ => Found::from_faults(faults),
        })
    };
    either(found.await)
}
