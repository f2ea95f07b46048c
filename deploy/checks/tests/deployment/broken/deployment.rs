//! A deployment with one thing wrong: how it comes to that, and how it is mended.

use crate::rig::Rig;

pub(super) const UNIT: &str = "/etc/systemd/system/reference-server.service";
pub(super) const ROTATION: &str = "/etc/logrotate.d/reference-server";
pub(super) const BACKUP: &str = "/usr/local/bin/reference-server-backup";
pub(super) const SELINUX: &str = "/etc/selinux/config";
pub(super) const RENEWAL: &str = "/etc/letsencrypt/renewal/airtight.test.conf";

/// A deployment with one thing wrong.
#[derive(Debug)]
pub(super) struct Broken {
    /// The check that must name it.
    pub(super) check: &'static str,
    /// The rule that it breaks, one of the check's.
    pub(super) rule: &'static str,
    pub(super) how: How,
    /// Part of a line of what the check finds. Nothing where the client's own words decide.
    pub(super) says: &'static str,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum How {
    /// A line of this file, by this edit for sed.
    Line(&'static str, &'static str),
    /// Something that this command does, and the next one undoes.
    Done(&'static str, &'static str),
}

impl Broken {
    /// Makes it wrong, and lets it take effect.
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

    /// Makes it right again.
    pub(super) async fn mend(&self, rig: &Rig) {
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

/// Lets a change take effect, by a restart and no reload: an old worker must not answer once more. As often as
/// here nobody starts anything, and systemd would refuse.
fn applied(file: &str) -> &'static str {
    if file.contains("nginx") {
        "nginx -t -q && systemctl reset-failed nginx && systemctl restart nginx"
    } else if file == BACKUP {
        "systemctl reset-failed reference-server-backup || :; systemctl start reference-server-backup"
    } else if matches!(file, ROTATION | SELINUX | RENEWAL) {
        ":"
    } else {
        // A unit may have no readiness any more.
        "systemctl daemon-reload; systemctl reset-failed reference-server; systemctl restart reference-server; \
         until curl -sf -o /dev/null --max-time 5 http://127.0.0.1:5000/health; do systemctl -q is-failed reference-server && exit 1; sleep 0.05; done"
    }
}
