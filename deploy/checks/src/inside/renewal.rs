//! The certificate's renewal by certbot, rehearsed before it is needed.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{file, text, whether};
use crate::subject::machine::Machine;
use crate::subject::unit::timer_faults;

/// Where `deploy/install` puts the site for nginx.
const SITE: &str = "/etc/nginx/conf.d/reference-server.conf";
/// The timers of certbot's packages: RHEL's, Debian's, snap's.
const RENEWERS: [&str; 3] = [
    "certbot-renew.timer",
    "certbot.timer",
    "snap.certbot.renew.timer",
];
const REHEARSAL: &str = "reference-server-renewal-test";

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "renewal",
        rules: &["OPS02", "OPS03"],
        claim: "certbot renews the certificate while nginx keeps its ports, nginx loads it, and a timer rehearses the renewal",
        why: "nobody hears of a failed renewal until every browser refuses the site",
        fix: "run: certbot certonly --webroot -w /var/lib/reference-server-acme -d DOMAIN --deploy-hook 'systemctl reload nginx', and enable the timers",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
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
        return Err(Undecided(format!(
            "{certificate} is not certbot's: whoever made it must renew it"
        )));
    };
    let path = format!("/etc/letsencrypt/renewal/{name}.conf");
    let Some(renewal) = file(machine, &path).await? else {
        faults.push(format!("certbot does not renew it: there is no {path}"));
        return Ok(());
    };
    faults.extend(authenticator_faults(&renewal, &site, &path));
    if !tells_nginx(machine, &renewal).await? {
        faults.push("nothing tells nginx about a new certificate".to_owned());
    }
    let mut at_work = false;
    for name in RENEWERS {
        at_work |= timer_faults(machine, name).await?.is_empty();
    }
    if !at_work {
        let names = RENEWERS.join(" nor ");
        faults.push(format!("no timer renews the certificate: neither {names}"));
    }
    faults.extend(timer_faults(machine, &format!("{REHEARSAL}.timer")).await?);
    let service = format!("{REHEARSAL}.service");
    let result = ["systemctl", "show", "--value", "-p", "Result", &service];
    let result = text(machine, &result).await?;
    if result.trim() != "success" {
        faults.push(format!(
            "the last rehearsal failed: {}; see journalctl -u {service}",
            result.trim()
        ));
    }
    Ok(())
}

/// certbot's nginx plugin reloads nginx by itself. Without it a hook must, for this certificate or for all.
async fn tells_nginx(machine: &dyn Machine, renewal: &str) -> Result<bool, Undecided> {
    let tells = |line: &str| {
        let line = line.replace(' ', "");
        line.starts_with("installer=nginx")
            || line.starts_with("renew_hook=") && line.contains("nginx")
    };
    if renewal.lines().any(tells) {
        return Ok(true);
    }
    let hooks = "grep -rlsE '^[^#]*nginx' /etc/letsencrypt/renewal-hooks/deploy || \
        grep -sE '^ *(deploy|renew)-hook.*nginx' /etc/letsencrypt/cli.ini";
    // grep ends with 2 when the folder or the file does not exist.
    whether(machine, &["sh", "-c", hooks], &[1, 2]).await
}

/// Faults in how certbot proves that the domain is yours, by its own file.
fn authenticator_faults(renewal: &str, site: &str, file: &str) -> Vec<String> {
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
            "{file}: authenticator = {} needs a person at each renewal",
            other.unwrap_or("nothing")
        )],
    }
}
