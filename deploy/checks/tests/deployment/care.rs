//! What the machine does by itself: it renews the certificate, makes backups that can be restored, and keeps ports
//! shut.

use std::net::SocketAddr;

use deploy_checks::{inside, outside};
use evidence::Verdict;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::rig::{DOMAIN, PATIENCE, Rig};

/// The serial number of the certificate that nginx serves.
const SHOWN: &str = "openssl s_client -connect 127.0.0.1:443 -servername airtight.test </dev/null 2>/dev/null \
    | openssl x509 -noout -serial";

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_while_nginx_keeps_its_ports() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    if !rig.get_certificate().await {
        return;
    }
    let outcomes = outside::run(&rig.host().await).await;
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.verdict == Verdict::Holds),
        "{outcomes:?}"
    );
    let first = rig.shell(SHOWN).await;
    let nginx = "systemctl show --value -p MainPID nginx";
    let process = rig.shell(nginx).await;
    rig.shell("REQUESTS_CA_BUNDLE=/opt/pebble/cert.pem certbot renew --force-renewal --no-random-sleep-on-renew")
        .await;
    // The reload is over when the old workers have ended.
    rig.until(&format!("[ \"$({SHOWN})\" != '{}' ]", first.trim()))
        .await;
    assert_eq!(rig.shell(nginx).await, process, "nginx was restarted");
    // The rehearsal changes nothing.
    let renewed = rig.shell(SHOWN).await;
    rig.must(&["systemctl", "start", "reference-server-renewal-test"])
        .await;
    assert_eq!(rig.shell(SHOWN).await, renewed);
    let next = "systemctl list-timers --no-pager --no-legend certbot.timer reference-server-renewal-test.timer";
    assert_eq!(rig.shell(next).await.lines().count(), 2);
    let outcomes = inside::run(&rig).await;
    let renewal = outcomes
        .iter()
        .find(|outcome| outcome.check.name == "renewal")
        .expect("an outcome");
    assert_eq!(renewal.verdict, Verdict::Holds, "{renewal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_backup_has_everything_but_the_sessions() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    let upload = "/var/lib/reference-server/uploads/alice/notes.txt";
    rig.shell(&format!(
        "install -D -o reference-server -g reference-server /etc/hostname {upload}; \
         sed -i \"s/^LOG_LEVEL=.*/  LOG_LEVEL='debug'/\" /etc/reference-server/environment; \
         printf '# SECRET_KEY_PREVIOUS=%064d\\n' 7 >>/etc/reference-server/environment; \
         grep '^SECRET_KEY=' /etc/reference-server/environment >/tmp/key; \
         touch /var/lib/reference-server/sessions/{}.session; \
         for i in 1 2 3; do reference-server-backup --keep 2; sleep 1.1; done; \
         [ $(find /var/backups/reference-server -name '*.tar.gz' | wc -l) = 2 ]; \
         sha256sum {upload} /etc/reference-server/users >/tmp/sums; \
         touch /var/backups/reference-server/reference-server-of-mine.tar.gz; \
         /opt/deploy/install --uninstall --purge; userdel reference-server; [ ! -e {upload} ]",
        "0".repeat(64)
    ))
    .await;
    let said = rig
        .shell(&format!(
            "cd /; tar -xzpf $(ls -d /var/backups/reference-server/*Z.tar.gz | tail -n 1); \
             /opt/deploy/install --domain {DOMAIN} --binary /opt/reference-server; \
             sha256sum --quiet --check /tmp/sums; \
             grep -qxF 'LOG_LEVEL=\"debug\"' /etc/reference-server/environment; \
             ! grep -q SECRET_KEY_PREVIOUS /etc/reference-server/environment; \
             stat -c '%U:%G %a' /etc/reference-server/environment /etc/reference-server/users /etc/reference-server {upload}; \
             ! grep -qFf /tmp/key /etc/reference-server/environment; \
             [ -z \"$(find /var/lib/reference-server/sessions -name '*.session')\" ]"
        ))
        .await;
    assert!(said.contains("as it has none"), "{said}");
    for owner in [
        "root:root 600",
        "root:reference-server 640",
        "root:reference-server 750",
    ] {
        assert!(said.lines().any(|line| line == owner), "{owner}: {said}");
    }
    assert!(said.contains("reference-server:reference-server"), "{said}");
    // The restored users can log in.
    let outcomes = outside::run(&rig.host().await).await;
    let isolation = outcomes
        .iter()
        .find(|outcome| outcome.check.name == "isolation")
        .expect("an outcome");
    assert_eq!(isolation.verdict, Verdict::Holds, "{isolation:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_backup_says_why() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    for (line, code, words) in [
        (
            "reference-server-backup --colour",
            2,
            "there is no flag `--colour`",
        ),
        (
            "reference-server-backup --keep none",
            2,
            "`none` is not a number of archives",
        ),
        (
            "reference-server-backup --to here",
            2,
            "`here` is not an absolute path",
        ),
        (
            "mount -t tmpfs -o size=12k tmpfs /mnt; reference-server-backup --to /mnt",
            4,
            "has room for",
        ),
        (
            "mv /etc/reference-server/environment /tmp/; reference-server-backup",
            4,
            "there is no /etc/reference-server/environment",
        ),
    ] {
        let line = format!("code=0; {{ {line}; }} 2>&1 || code=$?; echo; echo $code");
        let said = rig.shell(&line).await;
        assert!(said.trim_end().ends_with(&format!("\n{code}")), "{said}");
        assert!(said.contains(words) && said.contains("fix: "), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_firewall_hides_a_service_that_listens_by_mistake() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    // A forgotten service that listens on every address.
    rig.shell(
        "systemd-run --quiet --unit=forgotten systemd-socket-activate -l 8081 --accept --inetd cat",
    )
    .await;
    rig.until("ss -Hltn | grep -q ':8081 '").await;
    let address = SocketAddr::new(rig.address().await, 8081);
    let reached = async || timeout(PATIENCE, TcpStream::connect(address)).await;
    let refused = reached().await.expect("an answer of the firewall");
    assert!(refused.is_err(), "the firewall let it in");
    rig.shell("firewall-cmd -q --add-port=8081/tcp").await;
    reached().await.expect("an answer").expect("it is open now");
}
