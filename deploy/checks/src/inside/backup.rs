//! The daily backup: made, and opening nothing to whoever finds it.

use crate::check::{Check, Row, Undecided};
use crate::subject::command::{ask, text, whether};
use crate::subject::machine::Machine;
use crate::subject::unit::{settings, timer};

/// Looks for the values of the file $1 in the archive $0: 0 there is one, 1 there is none, 2 no value is known.
/// They stand in no command line: whoever is on the machine could read them there.
const HAS_SECRET: &str = r#"
values=$(sed -nE 's/^[[:space:]]*SECRET_KEY(_PREVIOUS)?[[:space:]]*=[[:space:]]*["'\'']?([^"'\'']+).*/\2/p' "$1")
[ -n "$values" ] || exit 2
tar -xzOf "$0" | grep -aqFf <(printf '%s\n' "$values") || exit 1
"#;

pub(super) static CHECK: Row<dyn Machine> = Row {
    check: Check {
        name: "backup",
        rules: &["OPS08"],
        claim: "a backup is made every day, for root alone, without sessions, keys and secrets",
        why: "who gets hold of an archive with a session or with SECRET_KEY is logged in as anybody",
        fix: "keep deploy/backup and its timer as they are, remove the archive and make a new SECRET_KEY",
    },
    look: |machine, faults| Box::pin(look(machine, faults)),
};

/// The newest archive is looked at, and not made: a check only reads.
async fn look(machine: &dyn Machine, faults: &mut Vec<String>) -> Result<(), Undecided> {
    faults.extend(timer(machine, "reference-server-backup.timer").await?);
    let find = "find /var/backups/reference-server -regextype posix-extended \
        -regex '.*/reference-server-[0-9]{8}T[0-9]{6}Z.tar.gz' -mtime -2 2>/dev/null | sort";
    let archives = text(machine, &["sh", "-c", find]).await?;
    let Some(newest) = archives.lines().next_back() else {
        faults.push("there is no archive of the last two days".to_owned());
        return Ok(());
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
    let speaks = "tar -xzOf \"$0\" --wildcards 'etc/*' | grep -aqE 'SECRET_KEY|PRIVATE KEY-----'";
    if whether(machine, &["bash", "-c", speaks, newest], &[1]).await? {
        faults.push(format!("{newest} has a key, or a setting that is one"));
    }
    for file in settings(machine).await? {
        match ask(machine, &["bash", "-c", HAS_SECRET, newest, &file])
            .await?
            .code
        {
            0 => faults.push(format!("{newest} has a secret of {file}")),
            1 => {}
            _ => {
                let why = format_args!("it cannot be read which secrets {file} has");
                return Err(Undecided::because(why));
            }
        }
    }
    Ok(())
}
