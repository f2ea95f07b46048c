//! The daily backup: it is made, and it is of no use to a thief.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, text, whether};
use crate::subject::machine::Machine;
use crate::subject::unit::{settings_files, timer_faults};

/// Looks for the secrets in file $1 inside the archive $0. Ends with 0 if one is there, 1 if none is, 2 if $1 has none.
/// The secrets are never part of a command line, where every account on the machine could read them.
const HAS_SECRET: &str = r#"
values=$(sed -nE 's/^[[:space:]]*([A-Z0-9_]+_)?(SECRET|KEY|TOKEN|PASSWORD)(_[A-Z0-9_]+)?[[:space:]]*=[[:space:]]*["'\'']?([^"'\'']{8,}).*/\4/p' "$1")
[ -n "$values" ] || exit 2
tar -xzOf "$0" | grep -aqFf <(printf '%s\n' "$values") || exit 1
"#;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "backup",
        rules: &["OPS08"],
        claim: "a backup is made every day, readable by root only, without sessions, keys or secrets",
        why: "anybody who gets an archive with a session or with the key of the sessions can log in as any user",
        fix: "keep deploy/backup and its timer as they are, remove the archive and make a new key",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

/// It looks at the newest archive and makes none: a check only reads.
async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    faults.extend(timer_faults(machine, "reference-server-backup.timer").await?);
    let find = "find /var/backups/reference-server -regextype posix-extended \
        -regex '.*/reference-server-[0-9]{8}T[0-9]{6}Z.tar.gz' -mtime -2 2>/dev/null | sort";
    let archives = text(machine, &["sh", "-c", find]).await?;
    let Some(newest) = archives.lines().next_back() else {
        faults.push("there is no archive from the last two days".to_owned());
        return Ok(());
    };
    let owner = text(machine, &["stat", "-c", "%U:%G %a", newest]).await?;
    if !matches!(owner.trim(), "root:root 600" | "root:root 400") {
        faults.push(format!("{newest} is {}", owner.trim()));
    }
    let files = text(machine, &["tar", "-tzf", newest]).await?;
    let is_secret = |file: &&str| {
        let suffix = file.rsplit('.').next();
        let has_suffix = matches!(suffix, Some("session" | "events" | "key"));
        has_suffix || file.contains("privkey") || file.contains("/sessions/")
    };
    let found = files.lines().filter(is_secret).take(5);
    faults.extend(found.map(|file| format!("{newest} contains {file}")));
    // No line about a secret key among the settings, and no key of nginx.
    let speaks = "tar -xzOf \"$0\" --wildcards 'etc/*' | grep -aqE '(SECRET|TOKEN|PASSWORD)(_[A-Z0-9_]+)?[[:space:]]*=|_KEY(_[A-Z0-9_]+)?[[:space:]]*=|PRIVATE KEY-----'";
    if whether(machine, &["bash", "-c", speaks, newest], &[1]).await? {
        faults.push(format!(
            "{newest} contains a key, or a setting that holds one"
        ));
    }
    for file in settings_files(machine).await? {
        match ask(machine, &["bash", "-c", HAS_SECRET, newest, &file])
            .await?
            .code
        {
            0 => faults.push(format!("{newest} contains a secret from {file}")),
            1 => {}
            _ => {
                let why = format_args!("the secrets in {file} cannot be read");
                return Err(Undecided::because(why));
            }
        }
    }
    Ok(())
}
