//! Every check can fail: for each there is a deployment with one wrong line that it names.

use std::collections::BTreeSet;

use deploy_checks::{Outcome, Visit, inside, outside};
use evidence::Verdict;
use futures_util::future::join_all;

use crate::rig::Rig;

const SITE: &str = "/etc/nginx/conf.d/reference-server.conf";
const PROXY: &str = "/etc/nginx/reference-server/proxy.conf";
const HEADERS: &str = "/etc/nginx/reference-server/headers.conf";
const TLS: &str = "/etc/nginx/reference-server/tls.conf";
const UNIT: &str = "/etc/systemd/system/reference-server.service";
const SETTINGS: &str = "/etc/reference-server/environment";
const ROTATION: &str = "/etc/logrotate.d/reference-server";
const BACKUP: &str = "/usr/local/bin/reference-server-backup";
const SELINUX: &str = "/etc/selinux/config";
const RENEWAL: &str = "/etc/letsencrypt/renewal/airtight.test.conf";

/// The check that names it, the rule, the file with a wrong line, and the edit for sed.
type Broken = (&'static str, &'static str, &'static str, &'static str);
/// The same where a command breaks it: how, and how it is undone.
type Wrong = (&'static str, &'static str, &'static str, &'static str);

/// What nginx serves wrongly.
const OUTSIDE: [Broken; 19] = [
    (
        "redirect",
        "NGX07",
        SITE,
        "s,return 301 .*,return 301 https://www.airtight.test$request_uri;,",
    ),
    (
        "plain-unknown-host",
        "NGX04",
        SITE,
        "0,/return 421;/s//return 200;/",
    ),
    (
        "unknown-host",
        "NGX04",
        SITE,
        "/ssl_reject_handshake on;/,/return 421;/s/return 421;/return 200;/",
    ),
    (
        "tls-versions",
        "NGX17",
        TLS,
        "s/^ssl_protocols .*/ssl_protocols TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;/; /^ssl_ciphers/d",
    ),
    (
        "tls-versions",
        "NGX08",
        TLS,
        "s/^ssl_ciphers .*/ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384;/",
    ),
    (
        "certificate",
        "NGX17",
        SITE,
        "s,ssl_certificate .*,ssl_certificate /tmp/short.pem;,; s,ssl_certificate_key .*,ssl_certificate_key /tmp/short.key;,",
    ),
    (
        "headers",
        "NGX12",
        HEADERS,
        "s/max-age=63072000/max-age=31536000/",
    ),
    ("headers", "NGX11", SITE, "s/object-src 'none'; //"),
    (
        "headers",
        "NGX03",
        SITE,
        "s,location /socket.io/ {,&\\n        add_header X-Transport any;,",
    ),
    (
        "headers",
        "NGX15",
        SITE,
        "s,location = /login {,&\\n        add_header X-Page login;,",
    ),
    (
        "server-version",
        "NGX16",
        SITE,
        "s/server_tokens off/server_tokens on/",
    ),
    (
        "cookie",
        "OPS05",
        PROXY,
        "s/X-Forwarded-Proto .*/X-Forwarded-Proto http;/",
    ),
    (
        "health",
        "WEB07",
        PROXY,
        "$a proxy_intercept_errors on; error_page 404 =200 /health;",
    ),
    (
        "body-limit",
        "NGX13",
        SITE,
        // The server itself refuses such a body too: this one stands for a server that does not.
        "s/client_max_body_size 1m/client_max_body_size 100m/; s,location = /login {,&\\n        if ($request_method = POST) { return 200; },",
    ),
    (
        "guests",
        "WEB10",
        SITE,
        "s,location = /login {,location = /api/actions { return 200 '{}'; }\\n    &,",
    ),
    ("origin", "WEB09", PROXY, "$a proxy_set_header Origin \"\";"),
    ("websocket", "NGX02", SITE, "/set_header Upgrade/d"),
    (
        "polling",
        "NGX18",
        SITE,
        "s,location /socket.io/ {,&\\n        limit_except GET { deny all; },",
    ),
    (
        "isolation",
        "ISO04",
        UNIT,
        "s,^ExecStart=.*,ExecStart=/opt/faulty-server serve --fault ISO04,",
    ),
];

/// What the machine has wrongly.
const INSIDE: [Broken; 19] = [
    (
        "start-limit",
        "SYS01",
        UNIT,
        "s/^StartLimitIntervalSec=.*/StartLimitIntervalSec=0/",
    ),
    (
        "readiness",
        "SYS02",
        UNIT,
        "s/^WatchdogSec=.*/WatchdogSec=0/",
    ),
    ("readiness", "SYS02", UNIT, "s/^Type=.*/Type=simple/"),
    ("reload", "SYS03", UNIT, "/^ExecReload=/d"),
    ("network", "SYS04", UNIT, "/^After=/d"),
    (
        "hardening",
        "SYS06",
        UNIT,
        "s/^ProtectSystem=.*/ProtectSystem=no/",
    ),
    (
        "hardening",
        "SYS06",
        UNIT,
        "/^ProtectKernel/d; /^SystemCallFilter/d; /^CapabilityBoundingSet/d; /^RestrictNamespaces/d",
    ),
    (
        "rotation",
        "OPS01",
        ROTATION,
        "s/systemctl reload .*/& || true/",
    ),
    ("rotation", "OPS01", ROTATION, "w /etc/logrotate.d/another"),
    ("rotation", "OPS01", ROTATION, "/systemctl reload/d"),
    (
        "rotation",
        "OPS01",
        ROTATION,
        "s/^ *compress$/copytruncate/",
    ),
    ("ports", "OPS10", SETTINGS, "s/^BIND=.*/BIND=0.0.0.0:5000/"),
    (
        "selinux",
        "OPS11",
        SELINUX,
        "s/^SELINUX=.*/SELINUX=permissive/",
    ),
    (
        "backup",
        "OPS08",
        BACKUP,
        "s,^paths=(),paths=(var/lib/reference-server/sessions),",
    ),
    (
        "backup",
        "OPS08",
        BACKUP,
        "/config --json/s/.*/printf '%s\\n' USERS_FILE SECRET_KEY/",
    ),
    ("backup", "OPS08", BACKUP, "s/^umask .*/umask 022/"),
    (
        "renewal",
        "OPS02",
        RENEWAL,
        "s/^authenticator = .*/authenticator = standalone/",
    ),
    (
        "renewal",
        "OPS02",
        RENEWAL,
        "s,^webroot_path = .*,webroot_path = /var/www/certbot\\,,",
    ),
    ("renewal", "OPS02", RENEWAL, "/^renew_hook/d"),
];

/// What somebody did to the machine.
const DONE: [Wrong; 15] = [
    (
        "secrets",
        "SYS05",
        "chmod 0644 /etc/reference-server/environment",
        "chmod 0600 /etc/reference-server/environment",
    ),
    (
        "secrets",
        "SYS05",
        "mkdir -p /etc/systemd/system/reference-server.service.d; \
         printf '[Service]\\nEnvironment=SECRET_KEY=%064d\\n' 7 >/etc/systemd/system/reference-server.service.d/mine.conf; \
         systemctl daemon-reload",
        "rm -r /etc/systemd/system/reference-server.service.d; systemctl daemon-reload",
    ),
    (
        "firewall",
        "OPS10",
        "firewall-cmd -q --add-forward-port=port=2222:proto=tcp:toport=22",
        "firewall-cmd -q --remove-forward-port=port=2222:proto=tcp:toport=22",
    ),
    (
        "firewall",
        "OPS10",
        "firewall-cmd -q --direct --add-rule ipv4 filter INPUT 0 -p tcp --dport 8081 -j ACCEPT",
        "firewall-cmd -q --direct --remove-rule ipv4 filter INPUT 0 -p tcp --dport 8081 -j ACCEPT",
    ),
    (
        "selinux",
        "OPS11",
        "semanage fcontext --add --type httpd_sys_content_t /etc/reference-server/environment",
        "semanage fcontext --delete /etc/reference-server/environment",
    ),
    (
        "renewal",
        "OPS02",
        "sed -i.intact 's/^renew_hook = .*/renew_hook = echo renewed/' /etc/letsencrypt/renewal/airtight.test.conf",
        "mv /etc/letsencrypt/renewal/airtight.test.conf.intact /etc/letsencrypt/renewal/airtight.test.conf",
    ),
    (
        "firewall",
        "OPS10",
        "firewall-cmd -q --add-port=8081/tcp",
        "firewall-cmd -q --remove-port=8081/tcp",
    ),
    (
        "firewall",
        "OPS10",
        "firewall-cmd -q --permanent --add-service=postgresql",
        "firewall-cmd -q --permanent --remove-service=postgresql",
    ),
    (
        "firewall",
        "OPS10",
        "firewall-cmd -q --add-rich-rule='rule family=ipv4 source address=192.0.2.0/24 accept'",
        "firewall-cmd -q --remove-rich-rule='rule family=ipv4 source address=192.0.2.0/24 accept'",
    ),
    (
        "firewall",
        "OPS10",
        "firewall-cmd -q --remove-service=https",
        "firewall-cmd -q --add-service=https",
    ),
    (
        "firewall",
        "OPS10",
        "systemctl -q disable --now firewalld",
        "systemctl -q enable --now firewalld",
    ),
    (
        "selinux",
        "OPS11",
        "semanage fcontext --add --type httpd_sys_content_t '/etc/reference-server(/.*)?'",
        "semanage fcontext --delete '/etc/reference-server(/.*)?'",
    ),
    (
        "backup",
        "OPS08",
        "systemctl -q disable --now reference-server-backup.timer",
        "systemctl -q enable --now reference-server-backup.timer",
    ),
    (
        "renewal",
        "OPS03",
        "systemctl -q disable --now certbot.timer",
        "systemctl -q enable --now certbot.timer",
    ),
    (
        "renewal",
        "OPS02",
        "systemctl -q stop pebble; ! systemctl start reference-server-renewal-test",
        "systemctl -q reset-failed reference-server-renewal-test",
    ),
];

#[test]
fn every_check_has_a_deployment_that_it_names() {
    let named =
        |broken: &[Broken]| -> BTreeSet<&str> { broken.iter().map(|(check, ..)| *check).collect() };
    let outside: BTreeSet<&str> = outside::CHECKS.iter().map(|row| row.check.name).collect();
    let inside: BTreeSet<&str> = inside::CHECKS.iter().map(|row| row.check.name).collect();
    assert_eq!(named(&OUTSIDE), outside);
    let mut named_inside = named(&INSIDE);
    named_inside.extend(named(&DONE));
    assert_eq!(named_inside, inside);
    for (name, rule, ..) in OUTSIDE.iter().chain(&INSIDE).chain(&DONE) {
        let outside = outside::CHECKS.iter().map(|row| &row.check);
        let mut checks = outside.chain(inside::CHECKS.iter().map(|row| &row.check));
        let check = checks.find(|check| check.name == *name).expect("a check");
        assert!(check.rules.contains(rule), "{name} speaks of {rule}");
    }
}

#[track_caller]
fn names(found: &Outcome, broken: &Broken) {
    assert_eq!(found.check.name, broken.0);
    assert_eq!(found.verdict, Verdict::Violated, "{broken:?}: {found:?}");
    assert!(!found.found.is_empty(), "{broken:?}");
}

/// Makes the line wrong, and lets it take effect.
async fn wrong(rig: &Rig, (_, _, file, edit): &Broken) {
    rig.shell(&format!(
        "cp -p {file} /tmp/intact; cat >/tmp/edit <<'EOF'\n{edit}\nEOF\nsed -i -f /tmp/edit {file}; {}",
        applied(file)
    ))
    .await;
}

async fn mend(rig: &Rig, (_, _, file, _): &Broken) {
    rig.shell(&format!(
        "cp -p /tmp/intact {file}; rm -f /etc/logrotate.d/another; {}",
        applied(file)
    ))
    .await;
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

/// Every other one of `all`, for a machine of its own: two boot and answer in the time of one.
fn shares<T>(all: &[T]) -> [Vec<&T>; 2] {
    [0, 1].map(|first| all.iter().skip(first).step_by(2).collect())
}

/// Gives the machine back: one that goes while another is asked takes the engine's connection with it.
async fn nginx_is_broken(share: Vec<&Broken>) -> Option<Rig> {
    let rig = Rig::install().await?;
    rig.shell(
        "openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 -subj /CN=airtight.test \
         -addext subjectAltName=DNS:airtight.test -keyout /tmp/short.key -out /tmp/short.pem 2>/dev/null; \
         echo '172.16.0.0/12 0;' >>/etc/nginx/reference-server/unlimited.conf; systemctl reload nginx",
    )
    .await;
    let host = rig.host().await;
    for broken in share {
        wrong(&rig, broken).await;
        let row = outside::CHECKS
            .iter()
            .find(|row| row.check.name == broken.0);
        let found = row.expect("a check").run(&Visit::new(&host)).await;
        names(&found, broken);
        mend(&rig, broken).await;
    }
    let outcomes = outside::run(&host).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.verdict == Verdict::Holds),
        "{outcomes:?}"
    );
    Some(rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_line_in_nginx_is_named_from_outside() {
    join_all(shares(&OUTSIDE).map(nginx_is_broken)).await;
}

async fn look(rig: &Rig, name: &str) -> Outcome {
    let row = inside::CHECKS.iter().find(|row| row.check.name == name);
    row.expect("a check").run(rig).await
}

/// Gives the machine back, as above.
async fn machine_is_broken(lines: Vec<&Broken>, done: Vec<&Wrong>) -> Option<Rig> {
    let rig = Rig::install().await?;
    let renews = rig.get_certificate().await;
    let can = |broken: &&Broken| renews || broken.0 != "renewal";
    for broken in lines.into_iter().filter(can) {
        wrong(&rig, broken).await;
        names(&look(&rig, broken.0).await, broken);
        mend(&rig, broken).await;
    }
    for broken in done.into_iter().filter(can) {
        rig.shell(broken.2).await;
        names(&look(&rig, broken.0).await, broken);
        rig.shell(broken.3).await;
    }
    for outcome in inside::run(&rig).await {
        // The one thing that a container cannot have.
        let expected = match outcome.check.name {
            "selinux" if !rig.has_selinux().await => Verdict::Undecided,
            "renewal" if !renews => Verdict::Undecided,
            _ => Verdict::Holds,
        };
        assert_eq!(outcome.verdict, expected, "{outcome:?}");
    }
    Some(rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_line_on_the_machine_is_named() {
    let machines = shares(&INSIDE).into_iter().zip(shares(&DONE));
    join_all(machines.map(|(lines, done)| machine_is_broken(lines, done))).await;
}
