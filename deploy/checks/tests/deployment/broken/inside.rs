//! Deployments whose fault shows on the machine, in the order of the checks.
//!
//! The last one stops the certificate authority, so nothing that needs it may follow.

use super::deployment::{BACKUP, Broken, How::Done, How::Line, RENEWAL, ROTATION, SELINUX, UNIT};

const SETTINGS: &str = "/etc/reference-server/environment";

pub(super) const BROKEN: [Broken; 34] = [
    Broken {
        check: "start-limit",
        rule: "SYS01",
        how: Line(UNIT, "s/^StartLimitIntervalSec=.*/StartLimitIntervalSec=0/"),
        says: "StartLimitIntervalUSec=0",
    },
    Broken {
        check: "readiness",
        rule: "SYS02",
        how: Line(UNIT, "s/^WatchdogSec=.*/WatchdogSec=0/"),
        says: "Type=notify, WatchdogUSec=",
    },
    Broken {
        check: "readiness",
        rule: "SYS02",
        how: Line(UNIT, "s/^Type=.*/Type=simple/"),
        says: "Type=simple",
    },
    Broken {
        check: "reload",
        rule: "SYS03",
        how: Line(UNIT, "/^ExecReload=/d"),
        says: "CanReload=no",
    },
    Broken {
        check: "network",
        rule: "SYS04",
        how: Line(UNIT, "/^After=/d"),
        says: "network-online.target",
    },
    Broken {
        check: "secrets",
        rule: "SYS05",
        how: Done(
            "chmod 0644 /etc/reference-server/environment",
            "chmod 0600 /etc/reference-server/environment",
        ),
        says: "/etc/reference-server/environment is root:root 644",
    },
    Broken {
        check: "secrets",
        rule: "SYS05",
        how: Done(
            "mkdir -p /etc/systemd/system/reference-server.service.d; \
         printf '[Service]\\nEnvironment=SECRET_KEY=%064d\\n' 7 >/etc/systemd/system/reference-server.service.d/mine.conf; \
         systemctl daemon-reload",
            "rm -r /etc/systemd/system/reference-server.service.d; systemctl daemon-reload",
        ),
        says: "Environment= contains SECRET_KEY",
    },
    Broken {
        check: "hardening",
        rule: "SYS06",
        how: Line(UNIT, "s/^ProtectSystem=.*/ProtectSystem=no/"),
        says: "the service can write to /etc",
    },
    Broken {
        check: "hardening",
        rule: "SYS06",
        how: Line(
            UNIT,
            "/^ProtectKernel/d; /^SystemCallFilter/d; /^CapabilityBoundingSet/d; /^RestrictNamespaces/d",
        ),
        says: "exposure",
    },
    Broken {
        check: "rotation",
        rule: "OPS01",
        how: Line(ROTATION, "s/systemctl reload .*/& || true/"),
        says: "hides a failed reload",
    },
    Broken {
        check: "rotation",
        rule: "OPS01",
        how: Line(ROTATION, "w /etc/logrotate.d/another"),
        says: "rotate the same files",
    },
    Broken {
        check: "rotation",
        rule: "OPS01",
        how: Line(ROTATION, "/systemctl reload/d"),
        says: "does not tell the server to open new files",
    },
    Broken {
        check: "rotation",
        rule: "OPS01",
        how: Line(ROTATION, "s/^ *compress$/copytruncate/"),
        says: "copytruncate",
    },
    Broken {
        check: "ports",
        rule: "OPS10",
        how: Line(SETTINGS, "s/^BIND=.*/BIND=0.0.0.0:5000/"),
        says: "it listens on 0.0.0.0:5000",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "firewall-cmd -q --add-forward-port=port=2222:proto=tcp:toport=22",
            "firewall-cmd -q --remove-forward-port=port=2222:proto=tcp:toport=22",
        ),
        says: "forwards port=2222",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "firewall-cmd -q --direct --add-rule ipv4 filter INPUT 0 -p tcp --dport 8081 -j ACCEPT",
            "firewall-cmd -q --direct --remove-rule ipv4 filter INPUT 0 -p tcp --dport 8081 -j ACCEPT",
        ),
        says: "a direct rule accepts before any zone is asked",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "firewall-cmd -q --add-port=8081/tcp",
            "firewall-cmd -q --remove-port=8081/tcp",
        ),
        says: "opens 8081/tcp",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "firewall-cmd -q --permanent --add-service=postgresql",
            "firewall-cmd -q --permanent --remove-service=postgresql",
        ),
        says: ", after the next boot, opens postgresql",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "firewall-cmd -q --add-rich-rule='rule family=ipv4 source address=192.0.2.0/24 accept'",
            "firewall-cmd -q --remove-rich-rule='rule family=ipv4 source address=192.0.2.0/24 accept'",
        ),
        says: "has a rich rule",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "firewall-cmd -q --remove-service=https",
            "firewall-cmd -q --add-service=https",
        ),
        says: "does not let https in",
    },
    Broken {
        check: "firewall",
        rule: "OPS10",
        how: Done(
            "systemctl -q disable --now firewalld",
            "systemctl -q enable --now firewalld",
        ),
        says: "firewalld does not start at boot",
    },
    Broken {
        check: "selinux",
        rule: "OPS11",
        how: Line(SELINUX, "s/^SELINUX=.*/SELINUX=permissive/"),
        says: "/etc/selinux/config does not enforce",
    },
    Broken {
        check: "selinux",
        rule: "OPS11",
        how: Done(
            "semanage fcontext --add --type httpd_sys_content_t /etc/reference-server/environment",
            "semanage fcontext --delete /etc/reference-server/environment",
        ),
        says: "httpd_sys_content_t",
    },
    Broken {
        check: "selinux",
        rule: "OPS11",
        how: Done(
            "semanage fcontext --add --type httpd_sys_content_t '/etc/reference-server(/.*)?'",
            "semanage fcontext --delete '/etc/reference-server(/.*)?'",
        ),
        says: "httpd_sys_content_t",
    },
    Broken {
        check: "backup",
        rule: "OPS08",
        how: Line(
            BACKUP,
            "s,^paths=(),paths=(var/lib/reference-server/sessions),",
        ),
        says: "/sessions/",
    },
    Broken {
        check: "backup",
        rule: "OPS08",
        how: Line(
            BACKUP,
            "/config --json/s/.*/printf '%s\\n' USERS_FILE SECRET_KEY/",
        ),
        says: "contains a key, or a setting that holds one",
    },
    Broken {
        check: "backup",
        rule: "OPS08",
        how: Line(BACKUP, "s/^umask .*/umask 022/"),
        says: "is root:root 644",
    },
    Broken {
        check: "backup",
        rule: "OPS08",
        how: Done(
            "systemctl -q disable --now reference-server-backup.timer",
            "systemctl -q enable --now reference-server-backup.timer",
        ),
        says: "reference-server-backup.timer does not start at boot",
    },
    Broken {
        check: "renewal",
        rule: "OPS02",
        how: Line(RENEWAL, "s/^authenticator = .*/authenticator = standalone/"),
        says: "authenticator = standalone",
    },
    Broken {
        check: "renewal",
        rule: "OPS02",
        how: Line(
            RENEWAL,
            "s,^webroot_path = .*,webroot_path = /var/www/certbot\\,,",
        ),
        says: "webroot_path = /var/www/certbot",
    },
    Broken {
        check: "renewal",
        rule: "OPS02",
        how: Line(RENEWAL, "/^renew_hook/d"),
        says: "nothing tells nginx about a new certificate",
    },
    Broken {
        check: "renewal",
        rule: "OPS02",
        how: Done(
            "sed -i.intact 's/^renew_hook = .*/renew_hook = echo renewed/' /etc/letsencrypt/renewal/airtight.test.conf",
            "mv /etc/letsencrypt/renewal/airtight.test.conf.intact /etc/letsencrypt/renewal/airtight.test.conf",
        ),
        says: "nothing tells nginx about a new certificate",
    },
    Broken {
        check: "renewal",
        rule: "OPS03",
        how: Done(
            "systemctl -q disable --now certbot.timer",
            "systemctl -q enable --now certbot.timer",
        ),
        says: "no timer renews",
    },
    Broken {
        check: "renewal",
        rule: "OPS02",
        how: Done(
            "systemctl -q stop pebble; ! systemctl start reference-server-renewal-test",
            "systemctl -q reset-failed reference-server-renewal-test",
        ),
        says: "the last rehearsal failed",
    },
];
