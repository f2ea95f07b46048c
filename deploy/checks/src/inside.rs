//! What the machine itself shows: the unit as systemd understands it, files and their owners, open ports.
//!
//! The commands only read. Every one of these checks has a broken deployment that it names, in the tests.

mod care;
mod service;
mod walls;

use crate::check::{Check, Found, Outcome};
use crate::machine::{Machine, Said};

const UNIT: &str = "reference-server.service";
/// Where `deploy/install` puts nginx's part.
const SITE: &str = "/etc/nginx/conf.d/reference-server.conf";

/// Every check on the machine.
pub static CHECKS: [Check; 12] = [
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
    Check {
        name: "firewall",
        rules: &["OPS10"],
        claim: "firewalld runs, also after the next boot, and lets in web traffic and the administrator alone",
        why: "what listens by mistake is reached by everybody when nothing stands before it",
        fix: "run: systemctl enable --now firewalld, and firewall-cmd --permanent --remove-service or --remove-port what is named",
    },
    Check {
        name: "selinux",
        rules: &["OPS11"],
        claim: "SELinux enforces, and only what nginx itself serves is labelled as web content",
        why: "with the whole application labelled as web content a hole in nginx reads its secrets",
        fix: "set SELINUX=enforcing, run: semanage fcontext --delete what is named, and restorecon -R on it",
    },
    Check {
        name: "backup",
        rules: &["OPS08"],
        claim: "a backup is made every day, for root alone, without sessions, keys and secrets",
        why: "who gets hold of an archive with a session or with SECRET_KEY is logged in as anybody",
        fix: "keep deploy/backup and its timer as they are, remove the archive and make a new SECRET_KEY",
    },
    Check {
        name: "renewal",
        rules: &["OPS02", "OPS03"],
        claim: "certbot renews the certificate while nginx keeps its ports, nginx loads it, and it is rehearsed",
        why: "a renewal that fails is heard of when every browser refuses the site",
        fix: "run: certbot certonly --webroot -w /var/lib/reference-server-acme -d DOMAIN --deploy-hook 'systemctl reload nginx', and enable the timers",
    },
];

/// Makes every check.
pub async fn run(machine: &impl Machine) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for check in &CHECKS {
        outcomes.push(look(machine, check).await);
    }
    outcomes
}

/// Makes one of them.
pub async fn look(machine: &impl Machine, check: &'static Check) -> Outcome {
    let found = match check.name {
        "start-limit" => service::start_limit(machine).await,
        "readiness" => service::readiness(machine).await,
        "reload" => service::reload(machine).await,
        "network" => service::network(machine).await,
        "hardening" => service::hardening(machine).await,
        "ports" => service::ports(machine).await,
        "secrets" => care::secrets(machine).await,
        "rotation" => care::rotation(machine).await,
        "backup" => care::backup(machine).await,
        "renewal" => care::renewal(machine).await,
        "firewall" => walls::firewall(machine).await,
        _ => walls::selinux(machine).await,
    };
    Outcome::new(check, found)
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
