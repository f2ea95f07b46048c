//! What the machine does by itself, day after day: secrets kept, logs rotated, backups made, the certificate renewed.

use super::{SITE, ask, either, property, text};
use crate::check::Found;
use crate::machine::Machine;

/// The environment files of the unit.
async fn settings(machine: &impl Machine) -> Result<Vec<String>, Found> {
    let files = property(machine, "EnvironmentFiles").await?;
    let file = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(files.lines().filter_map(file).collect())
}

pub(super) async fn secrets(machine: &impl Machine) -> Found {
    let found = async {
        let files = settings(machine).await?;
        let mut faults = Vec::new();
        // Whoever is on the machine may ask systemd for what stands in the unit itself.
        if property(machine, "Environment")
            .await?
            .contains("SECRET_KEY")
        {
            faults.push("the unit's Environment= has SECRET_KEY".to_owned());
        }
        for file in &files {
            let owner = text(machine, &["stat", "-L", "-c", "%U:%G %a", file]).await?;
            if !matches!(owner.trim(), "root:root 600" | "root:root 400") {
                faults.push(format!("{file} is {}", owner.trim()));
            }
        }
        Ok(if faults.is_empty() && files.is_empty() {
            Found::Undecided("the unit has no environment file".to_owned())
        } else {
            Found::from_faults(faults)
        })
    };
    either(found.await)
}

/// Words that hide a reload which has failed.
const HIDING: [&str; 4] = ["|| true", "|| :", "|| exit 0", "; true"];

pub(super) async fn rotation(machine: &impl Machine) -> Found {
    let found = async {
        let grep = "grep -lE '^[^#]*/var/log/(reference-server|\\*)/' /etc/logrotate.d/* /etc/logrotate.conf";
        let files = ask(machine, &["sh", "-c", grep]).await?.text;
        // What a package left beside logrotate passes over.
        let passed_over = [".rpmsave", ".rpmnew", ".rpmorig", "~"];
        let mut files = files.lines().collect::<Vec<&str>>();
        files.retain(|file| !passed_over.iter().any(|suffix| file.ends_with(suffix)));
        let [file] = files.as_slice() else {
            let seen = if files.is_empty() {
                "nobody rotates the logs".to_owned()
            } else {
                format!("{} rotate the same files", files.join(" and "))
            };
            return Ok(Found::Violated(vec![seen]));
        };
        let rules = text(machine, &["cat", file]).await?;
        let rules: Vec<&str> = rules
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
            .collect();
        let mut faults = Vec::new();
        let tells = |line: &&str| {
            (line.contains("reload") && line.contains("reference-server")) || line.contains("HUP")
        };
        if !rules.iter().any(tells) {
            faults.push(format!("{file} does not tell the server"));
        }
        if rules
            .iter()
            .any(|line| HIDING.iter().any(|words| line.contains(words)))
        {
            faults.push(format!("{file} hides a failed reload"));
        }
        if rules.contains(&"copytruncate") {
            faults.push(format!(
                "{file} loses what is written while it copies: copytruncate"
            ));
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

/// Looks for the values of the file $1 in the archive $0: 0 there is one, 1 there is none, 2 no value is known.
/// They stand in no command line: whoever is on the machine could read them there.
const HAS_SECRET: &str = r#"
values=$(sed -nE 's/^[[:space:]]*SECRET_KEY(_PREVIOUS)?[[:space:]]*=[[:space:]]*["'\'']?([^"'\'']+).*/\2/p' "$1")
[ -n "$values" ] || exit 2
tar -xzOf "$0" | grep -aqFf <(printf '%s\n' "$values") || exit 1
"#;

/// The newest archive is looked at, and not made: a check only reads.
pub(super) async fn backup(machine: &impl Machine) -> Found {
    let found = async {
        let mut faults = timer(machine, "reference-server-backup.timer").await?;
        let find = "find /var/backups/reference-server -regextype posix-extended \
            -regex '.*/reference-server-[0-9]{8}T[0-9]{6}Z.tar.gz' -mtime -2 2>/dev/null | sort";
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
        // Of the settings no line that speaks of a key is in it, and of nginx no key.
        let speaks =
            "tar -xzOf \"$0\" --wildcards 'etc/*' | grep -aqE 'SECRET_KEY|PRIVATE KEY-----'";
        if ask(machine, &["bash", "-c", speaks, newest]).await?.code == 0 {
            faults.push(format!("{newest} has a key, or a setting that is one"));
        }
        for file in settings(machine).await? {
            match ask(machine, &["bash", "-c", HAS_SECRET, newest, &file])
                .await?
                .code
            {
                0 => faults.push(format!("{newest} has a secret of {file}")),
                1 => {}
                _ if faults.is_empty() => {
                    let why = format!("it cannot be read which secrets {file} has");
                    return Ok(Found::Undecided(why));
                }
                _ => {}
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
        // certbot's own plugin reloads nginx; otherwise a hook does, of this certificate or of all.
        let tells = |line: &str| {
            let line = line.replace(' ', "");
            line.starts_with("installer=nginx")
                || line.starts_with("renew_hook=") && line.contains("nginx")
        };
        if !said.text.lines().any(tells) {
            let hooks = "grep -rlsE '^[^#]*nginx' /etc/letsencrypt/renewal-hooks/deploy || \
                grep -sE '^ *(deploy|renew)-hook.*nginx' /etc/letsencrypt/cli.ini";
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
            let served = |folder: &&str| {
                site.lines().any(|line| {
                    let root = line.trim().strip_prefix("root ");
                    root.is_some_and(|root| root.trim_end_matches(';') == *folder)
                })
            };
            let folders = value("webroot_path").unwrap_or_default().split(',');
            let mut folders = folders.map(str::trim).filter(|folder| !folder.is_empty());
            let lost = folders.find(|folder| !served(folder));
            let fault = |folder| format!("{file}: nginx does not serve webroot_path = {folder}");
            lost.map(fault).into_iter().collect()
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
