//! What SELinux confines.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, file, whether};
use crate::subject::machine::Machine;

/// Paths that nginx must not read.
const NO_WEB_CONTENT: [&str; 4] = [
    "/usr/local/bin/reference-server",
    "/etc/reference-server",
    "/var/lib/reference-server",
    "/var/log/reference-server",
];

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "selinux",
        rules: &["OPS11"],
        claim: "SELinux enforces, and only what nginx itself serves is labelled as web content",
        why: "if the whole application is labelled as web content, a hole in nginx can read its secrets",
        fix: "set SELINUX=enforcing; run semanage fcontext --delete and then restorecon -R on each path that is listed above",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let config = file(machine, "/etc/selinux/config").await.transpose();
    let Some(config) = config else {
        return Err(Undecided::because("SELinux is not installed"));
    };
    // The labels matter even when it is unknown whether SELinux enforces.
    let enforces = match config {
        Ok(config) => check_enforcing(machine, &config, faults).await,
        Err(why) => Err(why),
    };
    check_labels(machine, faults).await.and(enforces)
}

/// Whether it enforces, now and after the next boot.
async fn check_enforcing(
    machine: &dyn Machine,
    config: &str,
    faults: &mut Vec<String>,
) -> Result<(), Undecided> {
    if !config
        .lines()
        .any(|line| line.trim() == "SELINUX=enforcing")
    {
        faults.push("/etc/selinux/config does not enforce after the next boot".to_owned());
    }
    let now = file(machine, "/sys/fs/selinux/enforce").await?;
    match now.as_deref().map(str::trim) {
        Some("1") => {}
        Some(_) => faults.push("SELinux only warns, and blocks nothing".to_owned()),
        None => {
            let container = ["systemd-detect-virt", "--container", "--quiet"];
            if whether(machine, &container, &[1]).await? {
                // A container has the kernel of its host.
                let why = "this is a container, and its host's kernel has no SELinux";
                return Err(Undecided::because(why));
            }
            faults.push("SELinux is off".to_owned());
        }
    }
    Ok(())
}

/// Three things: the labels that the policy would give the server's files, those that they have, and the domains
/// that the policy does not confine. There may be many sessions and uploads: the policy is asked about the first 2000
/// paths.
async fn check_labels(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let asked = "command -v matchpathcon >/dev/null || exit 1; \
        find \"$@\" -maxdepth 2 2>/dev/null | head -n 2000 | xargs -r -d '\\n' matchpathcon; \
        if [ -e /sys/fs/selinux/enforce ]; then find \"$@\" -maxdepth 2 -exec stat -c '%n %C' {} + 2>/dev/null; fi; true";
    let mut command = vec!["sh", "-c", asked, "sh"];
    command.extend(NO_WEB_CONTENT);
    let labels = ask(machine, &command).await?;
    let as_web = labels.text.lines().filter(|line| line.contains(":httpd_"));
    faults.extend(as_web.take(5).map(|line| line.replace('\t', " is ")));
    let permissive = ["sh", "-c", "semanage permissive -ln 2>/dev/null"];
    let allowed = ask(machine, &permissive).await?;
    let names = allowed.text.lines().map(str::trim);
    let lax = names.filter(|name| name.starts_with("httpd"));
    faults.extend(lax.map(|name| format!("{name} is permissive: nothing confines nginx")));
    let unknown = |what, package| {
        Err(Undecided(format!(
            "the policy's {what} cannot be read; run: dnf install {package}"
        )))
    };
    if labels.code != 0 {
        return unknown("labels", "libselinux-utils");
    }
    if allowed.code != 0 {
        return unknown("permissive domains", "policycoreutils-python-utils");
    }
    Ok(())
}
