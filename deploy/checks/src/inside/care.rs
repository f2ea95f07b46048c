//! What the machine does by itself, day after day: secrets kept, logs rotated, backups made, the certificate renewed.

use super::{SITE, ask, either, property, text};
use crate::check::Found;
use crate::machine::Machine;

/// The environment file of the unit.
async fn settings(machine: &impl Machine) -> Result<Option<String>, Found> {
    let files = property(machine, "EnvironmentFiles").await?;
    Ok(files.split_whitespace().next().map(str::to_owned))
}

pub(super) async fn secrets(machine: &impl Machine) -> Found {
    let found = async {
        let Some(file) = settings(machine).await? else {
            return Ok(Found::Undecided(
                "the unit has no environment file".to_owned(),
            ));
        };
        let owner = text(machine, &["stat", "-L", "-c", "%U:%G %a", &file]).await?;
        let owner = owner.trim();
        Ok(Found::expect(
            matches!(owner, "root:root 600" | "root:root 400"),
            format!("{file} is {owner}"),
        ))
    };
    either(found.await)
}

pub(super) async fn rotation(machine: &impl Machine) -> Found {
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

/// What a timer has wrongly.
async fn timer(machine: &impl Machine, name: &str) -> Result<Vec<String>, Found> {
    let show = ["systemctl", "show", "-p", "UnitFileState,ActiveState", name];
    let state = text(machine, &show).await?;
    let is = |line: &str| state.lines().any(|said| said == line);
    let mut faults = Vec::new();
    if !is("UnitFileState=enabled") {
        faults.push(format!("{name} does not start with the machine"));
    }
    if !is("ActiveState=active") {
        faults.push(format!("{name} does not wait for its next time"));
    }
    Ok(faults)
}

/// The newest archive is looked at, and not made: a check only reads.
pub(super) async fn backup(machine: &impl Machine) -> Found {
    let found = async {
        let mut faults = timer(machine, "reference-server-backup.timer").await?;
        let find = "find /var/backups/reference-server -name 'reference-server-*.tar.gz' -mtime -2 2>/dev/null | sort";
        let archives = ask(machine, &["sh", "-c", find]).await?.text;
        let Some(newest) = archives.lines().next_back() else {
            faults.push("there is no archive of the last two days".to_owned());
            return Ok(Found::Violated(faults));
        };
        let owner = text(machine, &["stat", "-c", "%U:%G %a", newest]).await?;
        if !matches!(owner.trim(), "root:root 600" | "root:root 400") {
            faults.push(format!("{newest} is {}", owner.trim()));
        }
        let files = text(machine, &["tar", "-tzf", newest]).await?;
        let may_not_leave = |file: &&str| {
            let suffix = file.rsplit('.').next();
            let is_secret = matches!(suffix, Some("session" | "events" | "key"));
            is_secret || file.contains("privkey") || file.contains("/sessions/")
        };
        let found = files.lines().filter(may_not_leave).take(5);
        faults.extend(found.map(|file| format!("{newest} has {file}")));
        if let Some(settings) = settings(machine).await? {
            // The secret stands in no command line: whoever is on the machine could read it there.
            let search = "tar -xzOf \"$0\" | grep -aqFf <(sed -nE 's/^SECRET_KEY(_PREVIOUS)?=[\"'\\'']?([^\"'\\'']+).*/\\2/p' \"$1\")";
            if ask(machine, &["bash", "-c", search, newest, &settings])
                .await?
                .code
                == 0
            {
                faults.push(format!("{newest} has a secret of {settings}"));
            }
        }
        Ok(Found::from_faults(faults))
    };
    either(found.await)
}

/// The timer that certbot's package brings: RHEL's, Debian's, snap's.
const RENEWERS: [&str; 3] = [
    "certbot-renew.timer",
    "certbot.timer",
    "snap.certbot.renew.timer",
];
const REHEARSAL: &str = "reference-server-renewal-test";

pub(super) async fn renewal(machine: &impl Machine) -> Found {
    let found = async {
        let site = text(machine, &["cat", SITE]).await?;
        let certificate = site.lines().find_map(|line| {
            let path = line.trim().strip_prefix("ssl_certificate ")?;
            Some(path.trim().trim_end_matches(';'))
        });
        let certificate = certificate.unwrap_or_default();
        let name = certificate
            .strip_prefix("/etc/letsencrypt/live/")
            .and_then(|path| path.split('/').next());
        let Some(name) = name else {
            return Ok(Found::Undecided(format!(
                "{certificate} is not certbot's, and whoever made it renews it"
            )));
        };
        let file = format!("/etc/letsencrypt/renewal/{name}.conf");
        let said = ask(machine, &["cat", &file]).await?;
        if said.code != 0 {
            return Ok(Found::Violated(vec![format!(
                "certbot does not renew it: there is no {file}"
            )]));
        }
        let mut faults = way_of_renewal(&said.text, &site, &file);
        if !said.text.contains("\nrenew_hook = ") {
            let hooks = "grep -rls nginx /etc/letsencrypt/renewal-hooks/deploy";
            if ask(machine, &["sh", "-c", hooks]).await?.code != 0 {
                faults.push("nobody tells nginx of a new certificate".to_owned());
            }
        }
        let mut renewed = Vec::new();
        for name in RENEWERS {
            renewed.push(timer(machine, name).await?);
        }
        if renewed.iter().all(|faults| !faults.is_empty()) {
            faults.push(format!(
                "no timer renews: neither {}",
                RENEWERS.join(" nor ")
            ));
        }
        faults.extend(timer(machine, &format!("{REHEARSAL}.timer")).await?);
        let service = format!("{REHEARSAL}.service");
        let result = ["systemctl", "show", "--value", "-p", "Result", &service];
        let result = text(machine, &result).await?;
        if result.trim() != "success" {
            faults.push(format!(
                "the last rehearsal failed: {}; see journalctl -u {service}",
                result.trim()
            ));
        }
        Ok(Found::from_faults(faults))
    };
    either(found.await)
}

/// What certbot's own file says of how it proves whose the domain is.
fn way_of_renewal(renewal: &str, site: &str, file: &str) -> Vec<String> {
    let value = |key: &str| {
        let lines = renewal.lines().filter_map(|line| line.split_once('='));
        let found = lines.map(|(name, value)| (name.trim(), value.trim()));
        found
            .filter(|(name, _)| *name == key)
            .map(|(_, value)| value)
            .next()
    };
    match value("authenticator") {
        Some("webroot") => {
            let folder = value("webroot_path").unwrap_or_default();
            let folder = folder.trim_end_matches(',');
            let served = site.lines().any(|line| {
                let root = line.trim().strip_prefix("root ");
                root.is_some_and(|root| root.trim_end_matches(';') == folder)
            });
            let fault = format!("{file}: nginx does not serve webroot_path = {folder}");
            (!served).then_some(fault).into_iter().collect()
        }
        Some("nginx") => Vec::new(),
        Some(by) if by.starts_with("dns-") => Vec::new(),
        Some("standalone") => vec![format!(
            "{file}: authenticator = standalone needs port 80, which nginx holds"
        )],
        other => vec![format!(
            "{file}: nobody is there to renew by authenticator = {}",
            other.unwrap_or("nothing")
        )],
    }
}
