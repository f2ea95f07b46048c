//! A deployment with one fault: how to make it, and how to undo it.

use crate::rig::Rig;

pub(super) const UNIT: &str = "/etc/systemd/system/reference-server.service";
pub(super) const ROTATION: &str = "/etc/logrotate.d/reference-server";
pub(super) const BACKUP: &str = "/usr/local/bin/reference-server-backup";
pub(super) const SELINUX: &str = "/etc/selinux/config";
pub(super) const RENEWAL: &str = "/etc/letsencrypt/renewal/airtight.test.conf";

/// A deployment with one fault.
#[derive(Debug)]
pub(super) struct Broken {
    /// The check that must name it.
    pub(super) check: &'static str,
    /// The rule that it breaks, one of the check's.
    pub(super) rule: &'static str,
    pub(super) how: How,
    /// Part of a line that the check must find. Empty if the line has only words of the client's library.
    pub(super) says: &'static str,
}

/// How the fault is made.
#[derive(Debug)]
pub(super) enum How {
    /// Edit this file, with this script for sed.
    Line(&'static str, &'static str),
    /// Run the first command; the second one undoes it.
    Done(&'static str, &'static str),
}

impl Broken {
    /// Makes the fault, and lets it take effect.
    pub(super) async fn make(&self, rig: &Rig) {
        match self.how {
            How::Line(file, edit) => {
                rig.shell(&format!(
                    "cp -p {file} /tmp/intact; cat >/tmp/edit <<'EOF'\n{edit}\nEOF\nsed -i -f /tmp/edit {file}; {}",
                    applied(file)
                ))
                .await
            }
            How::Done(command, _) => rig.shell(command).await,
        };
    }

    /// Undoes the fault.
    pub(super) async fn repair(&self, rig: &Rig) {
        match self.how {
            How::Line(file, _) => {
                rig.shell(&format!(
                    "cp -p /tmp/intact {file}; rm -f /etc/logrotate.d/another; {}",
                    applied(file)
                ))
                .await
            }
            How::Done(_, undo) => rig.shell(undo).await,
        };
    }
}

/// The commands that let a change take effect. They restart and do not reload, because an old worker must not answer
/// again. `reset-failed` is needed because systemd limits how often a service may start.
fn applied(file: &str) -> &'static str {
    if file.contains("nginx") {
        "nginx -t -q && systemctl reset-failed nginx && systemctl restart nginx"
    } else if file == BACKUP {
        "systemctl reset-failed reference-server-backup || :; systemctl start reference-server-backup"
    } else if matches!(file, ROTATION | SELINUX | RENEWAL) {
        ":"
    } else {
        // The broken unit may no longer report when it is ready, so ask the server itself.
        "systemctl daemon-reload; systemctl reset-failed reference-server; systemctl restart reference-server; \
         until curl -sf -o /dev/null --max-time 5 http://127.0.0.1:5000/health; do systemctl -q is-failed reference-server && exit 1; sleep 0.05; done"
    }
}
