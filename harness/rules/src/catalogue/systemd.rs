//! SYS: the service as systemd runs it.
//!
//! Exposure is the number of `systemd-analyze security`; what a rule says of it was measured on systemd 252.

use crate::angle::Angle::{Container, Files, Machine};
use crate::family::Family;
use crate::rule::Rule;
use crate::severity::Severity::{High, Low, Medium};

pub(super) static FAMILY: Family = Family {
    prefix: "SYS",
    title: "The service under systemd",
    about: "The unit that starts, watches, reloads and confines the server, and the files that the unit reads.",
    rules: RULES,
};

const RULES: &[Rule] = &[
    Rule {
        id: "SYS01",
        title: "A failing service restarts for ever",
        fault: "`StartLimitInterval=0` removes the limit, so that a service that cannot start is started again every three seconds.",
        why: "The loop hides the first error under thousands of others, and uses the machine up.",
        right: "Set `StartLimitIntervalSec=60` and `StartLimitBurst=5` in the `[Unit]` section.",
        severity: Low,
        seen_from: &[Files, Machine],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "SYS02",
        title: "The service reports ready too early",
        fault: "The service says READY before it can serve, and no watchdog notices when it hangs.",
        why: "Users are sent to a server that does not answer, and a hang lasts until somebody complains.",
        right: "Send READY after a self-check, and set `WatchdogSec=`.",
        severity: Medium,
        seen_from: &[Files, Machine, Container],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "SYS03",
        title: "The service cannot be reloaded",
        fault: "`systemctl reload` is used, and the unit has no `ExecReload=`.",
        why: "Log rotation fails silently, or needs a restart that disconnects every user.",
        right: "Set `ExecReload=` and `KillMode=mixed`.",
        severity: Medium,
        seen_from: &[Files, Machine, Container],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "SYS04",
        title: "The service does not wait for network",
        fault: "The unit has `Wants=network-online.target` without the same target in `After=`.",
        why: "Both start at the same time, and the first start after a boot may fail.",
        right: "Set both, or neither.",
        severity: Low,
        seen_from: &[Files, Machine],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "SYS05",
        title: "Others can read the settings file",
        fault: "The environment file belongs to the application, or everybody can read it, if only for a moment while it is written.",
        why: "Whoever reads the secret key can forge the session of any user.",
        right: "Create the file as `root:root` with mode 0600 from the first byte, or use `LoadCredential=`.",
        severity: High,
        seen_from: &[Files, Machine],
        cwe: Some(732),
        sources: &[],
    },
    Rule {
        id: "SYS06",
        title: "The service is hardly confined",
        fault: "The unit may write to `/var/run`, and limits neither capabilities nor system calls nor address families. Its exposure is 8.5.",
        why: "A hole in the server becomes a hole in the machine.",
        right: "Use `StateDirectory=`, `LogsDirectory=` and `RuntimeDirectory=`, and the limits with which exposure falls to 0.9 on loopback TCP, or to 0.2 on a unix socket with `PrivateNetwork=`.",
        severity: Medium,
        seen_from: &[Files, Machine, Container],
        cwe: Some(250),
        sources: &[],
    },
    Rule {
        id: "SYS07",
        title: "The pidfile cannot be written",
        fault: "An unprivileged user is to write a pidfile into `/var/run`, and is denied.",
        why: "The service does not start, or systemd watches the wrong process.",
        right: "Write no pidfile, or write it below the runtime directory.",
        severity: Low,
        seen_from: &[Files],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "SYS08",
        title: "What runs is not what is installed",
        fault: "An older program is still running, a unit was not reloaded, nginx has not loaded its file, or a drop-in weakens the unit.",
        why: "A repair that stands on the disk protects nobody, and the next restart changes behaviour.",
        right: "Compare what runs with what is on the disk, and judge a unit together with its drop-ins.",
        severity: Medium,
        seen_from: &[Machine],
        cwe: None,
        sources: &[],
    },
    Rule {
        id: "SYS09",
        title: "The service runs unmanaged or as root",
        fault: "The service is not enabled, is not restarted after a failure, or runs as root or as a user who can log in.",
        why: "The service is gone after a reboot or a crash, or a hole in it hands over the machine.",
        right: "Enable it, set `Restart=`, and run it as a user of its own without a shell.",
        severity: Medium,
        seen_from: &[Files, Machine],
        cwe: None,
        sources: &[],
    },
];
