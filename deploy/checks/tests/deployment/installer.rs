//! The installer: a rehearsal changes nothing, a second run changes nothing, a change by hand is kept, and all of it
//! can be removed.

use deploy_checks::Machine;

use crate::rig::{DOMAIN, Rig};

const INSTALL: [&str; 5] = [
    "/opt/deploy/install",
    "--domain",
    DOMAIN,
    "--binary",
    "/opt/reference-server",
];
/// Every file that may matter, with its owner, mode and content.
const ALL: &str = r"find /etc /usr/local /var/lib -xdev -type f \( -path '/etc/*' -o -path '/usr/local/*' -o -path '*reference-server*' \) \
    ! -name ld.so.cache ! -name '*.cache' -exec stat -c '%n %U:%G %a' {} + -exec sha256sum {} + | sort";

#[tokio::test(flavor = "multi_thread")]
async fn installing_twice_keeps_changes_and_uninstalling_leaves_nothing() {
    let Some(rig) = Rig::boot().await else { return };
    let before = rig.shell(ALL).await;

    let rehearsed = rig
        .must(&[INSTALL.as_slice(), &["--dry-run"]].concat())
        .await;
    assert!(
        rehearsed.lines().all(|line| line.starts_with("would ")),
        "{rehearsed}"
    );
    assert_eq!(rig.shell(ALL).await, before, "a rehearsal changes nothing");

    rig.must(&INSTALL).await;
    let installed = rig.shell(ALL).await;
    let again = rig.must(&INSTALL).await;
    assert!(again.contains("nothing to do"), "{again}");
    assert_eq!(
        rig.shell(ALL).await,
        installed,
        "a second run changes nothing"
    );

    // The settings belong to the operator. The files that we ship do not.
    rig.shell("echo 'LOG_LEVEL=debug' | sed -i 's/^LOG_LEVEL=.*/LOG_LEVEL=debug/' /etc/reference-server/environment").await;
    rig.must(&INSTALL).await;
    rig.must(&[
        "grep",
        "-q",
        "LOG_LEVEL=debug",
        "/etc/reference-server/environment",
    ])
    .await;
    rig.shell("echo '# mine' >>/etc/nginx/reference-server/tls.conf")
        .await;
    let refused = rig.run(&INSTALL).await.expect("an exec");
    assert_eq!(refused.code, 1, "{}", refused.text);
    assert!(
        refused
            .text
            .contains("/etc/nginx/reference-server/tls.conf was changed by hand"),
        "{}",
        refused.text
    );
    rig.shell("sed -i '$d' /etc/nginx/reference-server/tls.conf")
        .await;

    rig.must(&["/opt/deploy/install", "--uninstall", "--purge"])
        .await;
    let after = rig.shell(ALL).await;
    let ours: Vec<&str> = after
        .lines()
        .filter(|line| line.contains("reference-server"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
    rig.must(&["nginx", "-t", "-q"]).await;
    let nginx = |text: &str| {
        text.lines()
            .filter(|line| line.ends_with("/etc/nginx/nginx.conf"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(nginx(&after), nginx(&before), "nginx has its own file back");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_read_the_secret_at_any_moment() {
    let Some(rig) = Rig::boot().await else { return };
    let traced = "strace -f -y -qq -e trace=openat,open,creat,chmod,fchmod,fchmodat,rename,renameat,renameat2,link,linkat \
        -o /tmp/trace /opt/deploy/install --domain airtight.test --binary /opt/reference-server >/tmp/said 2>&1; \
        grep -E '/etc/reference-server/\\.?environment' /tmp/trace";
    let trace = rig.shell(traced).await;
    let made: Vec<&str> = trace
        .lines()
        .filter(|line| line.contains("O_CREAT") && line.contains("O_EXCL"))
        .collect();
    assert!(!made.is_empty(), "{trace}");
    assert!(made.iter().all(|line| line.contains("0600)")), "{made:?}");
    let loosened = trace.lines().find(|line| line.contains("chmod"));
    assert!(loosened.is_none(), "{loosened:?}");
    let others = trace
        .lines()
        .filter(|line| line.contains("O_CREAT") && !line.contains("O_EXCL"));
    let others: Vec<&str> = others
        .filter(|line| !line.contains("/.environment."))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    let mode = rig
        .must(&[
            "stat",
            "-c",
            "%U:%G %a",
            "/etc/reference-server/environment",
        ])
        .await;
    assert_eq!(mode.trim(), "root:root 600");
    // The key is neither on the screen nor in a log.
    let key = rig
        .shell("sed -n 's/^SECRET_KEY=//p' /etc/reference-server/environment")
        .await;
    assert_eq!(key.trim().len(), 64);
    let leaked = format!(
        "! grep -qF {} /tmp/said /var/log -r && ! journalctl --no-pager | grep -qF {}",
        key.trim(),
        key.trim()
    );
    rig.shell(&leaked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_arguments_are_refused_with_a_fix() {
    let Some(rig) = Rig::boot().await else { return };
    let check = async |arguments: &[&str], code: i64, words: &str| {
        let said = rig
            .run(&[&["/opt/deploy/install"], arguments].concat())
            .await
            .expect("an exec");
        assert_eq!(said.code, code, "{arguments:?}: {}", said.text);
        assert!(
            said.text.contains(words) && said.text.contains("fix: "),
            "{arguments:?}: {}",
            said.text
        );
    };
    check(&[], 2, "no domain was given").await;
    check(&["--domain", "a b"], 2, "is not a domain").await;
    check(&["--colour"], 2, "there is no flag `--colour`").await;
    check(
        &["--domain", "a.example", "--binary", "/nowhere"],
        2,
        "there is no program `/nowhere`",
    )
    .await;
    check(
        &["--domain", "a.example", "--binary", "/bin/true"],
        2,
        "is not a reference-server",
    )
    .await;
    check(
        &["--domain", "a.example", "--binary", "/opt/faulty-server"],
        2,
        "can leak on purpose",
    )
    .await;
    check(
        &[
            "--domain",
            "a.example",
            "--binary",
            "/opt/reference-server",
            "--key",
            "/etc/hostname",
        ],
        2,
        "give both",
    )
    .await;
    check(&["--uninstall"], 4, "nothing is installed").await;
    check(&["--purge"], 2, "--purge goes with --uninstall").await;
}
