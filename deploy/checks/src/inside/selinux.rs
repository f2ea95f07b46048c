//! What SELinux holds back.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, file, whether};
use crate::subject::machine::Machine;

/// What nginx has no business in.
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
        why: "with the whole application labelled as web content a hole in nginx reads its secrets",
        fix: "set SELINUX=enforcing, run: semanage fcontext --delete what is named, and restorecon -R on it",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let config = file(machine, "/etc/selinux/config").await.transpose();
    let Some(config) = config else {
        return Err(Undecided::because("SELinux is not installed"));
    };
    // What is labelled is asked also where nobody can say whether it enforces.
    let enforces = match config {
        Ok(config) => enforced(machine, &config, faults).await,
        Err(why) => Err(why),
    };
    labelled(machine, faults).await.and(enforces)
}

/// Whether it enforces, now and after the next boot.
async fn enforced(
    machine: &dyn Machine,
    config: &str,
    faults: &mut Vec<String>,
) -> Result<(), Undecided> {
    if !config
        .lines()
        .any(|line| line.trim() == "SELINUX=enforcing")
    {
        faults.push("/etc/selinux/config does not enforce at the next boot".to_owned());
    }
    let now = file(machine, "/sys/fs/selinux/enforce").await?;
    match now.as_deref().map(str::trim) {
        Some("1") => {}
        Some(_) => faults.push("SELinux warns, and lets everything pass".to_owned()),
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

/// What the policy would give the server's files, what they have, and which domains it does not hold back.
/// Sessions and uploads may be many.
async fn labelled(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
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
    faults.extend(lax.map(|name| format!("{name} is permissive: nothing holds nginx back")));
    let unknown = |what, package| {
        Err(Undecided(format!(
            "the policy's {what} cannot be asked; run: dnf install {package}"
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
