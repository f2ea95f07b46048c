//! An intact deployment holds: under the checks, the scenarios through nginx, kills, reloads and rotations.

use std::time::{Duration, Instant};

use deploy_checks::{Outcome, inside, outside};
use evidence::Verdict;
use probe::Site;
use serde_json::Value;

use crate::rig::{DOMAIN, PASSWORD, PATIENCE, Rig, root};

#[track_caller]
fn all_hold(outcomes: &[Outcome]) {
    for outcome in outcomes {
        assert_eq!(outcome.verdict, Verdict::Holds, "{outcome:?}");
    }
}

/// The checks that must be undecided in CI, in order.
fn undecided_in_ci() -> Vec<&'static str> {
    let lines = include_str!("../../../../ci/undecided.txt").lines();
    lines
        .filter_map(|line| line.strip_prefix("check:")?.split_whitespace().next())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installed_machine_holds() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    all_hold(&outside::run(&rig.host().await).await);
    let mut inside = inside::run(&rig).await;
    // Nothing renews a self-signed certificate, and a container has no SELinux of its own.
    let undecided = |outcome: &Outcome| outcome.verdict == Verdict::Undecided;
    let cannot: Vec<Outcome> = inside
        .extract_if(.., |outcome| undecided(outcome))
        .collect();
    let cannot: Vec<&str> = cannot.iter().map(|outcome| outcome.check.name).collect();
    assert!(
        matches!(cannot.as_slice(), ["selinux", "renewal"] | ["renewal"]),
        "{cannot:?}"
    );
    assert_eq!(cannot.contains(&"selinux"), !rig.has_selinux().await);
    if std::env::var_os("AIRTIGHT_CI").is_some() {
        let mut cannot = cannot;
        cannot.sort_unstable();
        assert_eq!(cannot, undecided_in_ci());
    }
    all_hold(&inside);
    // The same through the command line. Without users, some checks are undecided.
    let url = format!("https://{DOMAIN}");
    let passwords = rig.passwords(&["alice".to_owned(), "bob".to_owned()]);
    let passwords = passwords.to_str().expect("text");
    let report = rig.scratch("smoke.json");
    let report_flag = format!("json={}", report.display());
    let (code, said) = rig
        .airtight(&[
            "smoke",
            &url,
            "--user",
            "alice",
            "--user",
            "bob",
            "--passwords",
            passwords,
            "--report",
            &report_flag,
        ])
        .await;
    assert_eq!(code, Some(0), "{said}");
    let report = std::fs::read_to_string(report).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["verdict"], "holds");
    assert_eq!(
        report["checks"].as_array().map(Vec::len),
        Some(outside::CHECKS.len())
    );
    let (code, said) = rig.airtight(&["smoke", &url]).await;
    assert_eq!(code, Some(3), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_isolation_scenario_holds_through_nginx() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    // All scenarios come from one address, and a thousand logins from it are no attack here.
    rig.shell("echo '172.16.0.0/12 0;' >>/etc/nginx/reference-server/unlimited.conf && systemctl reload nginx").await;
    // A thousand users take all the connections that the default allows, and earlier ones may still be open.
    rig.shell("sed -i 's/^WORKER_CONNECTIONS=.*/WORKER_CONNECTIONS=4000/' /etc/reference-server/environment && systemctl restart reference-server").await;
    let mut names: Vec<String> = Vec::new();
    for file in std::fs::read_dir(root().join("scenarios/isolation")).expect("scenarios") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        let scenario: Value = serde_saphyr::from_str(&text).expect("YAML");
        match &scenario["users"] {
            Value::Number(n) => {
                names.extend((1..=n.as_u64().expect("a count")).map(|i| format!("user{i}")));
            }
            users => names.extend(
                users
                    .as_array()
                    .expect("names")
                    .iter()
                    .map(|name| name.as_str().expect("a name").to_owned()),
            ),
        }
    }
    names.sort();
    names.dedup();
    names.retain(|name| name != "alice" && name != "bob");
    rig.add_users(&names.join(" ")).await;
    names.extend(["alice".to_owned(), "bob".to_owned()]);
    let passwords = rig.passwords(&names);
    let passwords = passwords.to_str().expect("text");
    let url = format!("https://{DOMAIN}");
    let history = rig.scratch("history");
    let history = history.to_str().expect("text");
    let (code, said) = rig
        .airtight(&[
            "run",
            "scenarios/isolation",
            "--url",
            &url,
            "--passwords",
            passwords,
            "--history",
            history,
        ])
        .await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("isolation/thousand-users"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_restarts_with_its_sessions() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    let host = rig.host().await;
    let site = Site::new(host.target.clone()).expect("a site");
    let scene = include_str!("scene.json");
    let scene = serde_json::from_str(scene).expect("a scene");
    let (recorder, _writing) = probe::Recorder::start(&scene, std::io::sink()).expect("a recorder");
    let browser = probe::Browser::new(site, "desktop", recorder);
    let login = browser.login(&"alice".into(), PASSWORD).await;
    assert_eq!(login.expect("an answer"), probe::Login::Granted);
    let ask = probe::Ask {
        method: "GET".to_owned(),
        path: "/api/actions".to_owned(),
        ..probe::Ask::default()
    };
    assert_eq!(browser.request(&ask).await.expect("an answer").status, 200);
    let killed = Instant::now();
    rig.shell("kill -9 $(systemctl show --value -p MainPID reference-server)")
        .await;
    // nginx answers 502 until the server is back.
    loop {
        let status = browser
            .request(&ask)
            .await
            .expect("an answer of nginx")
            .status;
        if status == 200 {
            break;
        }
        assert!(
            matches!(status, 502 | 504),
            "{status}: the session was lost"
        );
        assert!(killed.elapsed() < PATIENCE, "it never came back");
    }
    let took = killed.elapsed();
    assert!(took < Duration::from_millis(4500), "{took:?}");
    rig.must(&["systemctl", "reload", "reference-server"]).await;
    assert_eq!(browser.request(&ask).await.expect("an answer").status, 200);
    rig.until("journalctl -u reference-server --no-pager | grep -q 'the logs are open again'")
        .await;
    // In the journal each part of a request is a field, together with the id that the answer carried.
    let journal = rig
        .must(&[
            "journalctl",
            "-u",
            "reference-server",
            "--no-pager",
            "-o",
            "json",
            "F_PATH=/api/actions",
        ])
        .await;
    let mut lines = journal
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = lines.next_back().expect("a line");
    assert_eq!(line["F_METHOD"], "GET", "{line}");
    assert_eq!(line["F_STATUS"], "200", "{line}");
    assert_eq!(line["PRIORITY"], "5", "{line}");
    assert_eq!(line["F_ID"].as_str().map(str::len), Some(32), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_under_traffic_loses_no_line() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    let line = "for i in $(seq 300); do curl -s -o /dev/null --max-time 5 http://127.0.0.1:5000/line-$i; done & \
        for i in 1 2 3; do \
            until [ -s /var/log/reference-server/access.log ]; do :; done; \
            logrotate -f /etc/logrotate.d/reference-server; \
        done; wait; \
        for i in $(seq 300); do echo $i; done >/tmp/wanted; \
        zcat -f /var/log/reference-server/access.log* | sed -n 's,.*GET /line-\\([0-9]*\\) .*,\\1,p' | sort -n >/tmp/found; \
        diff /tmp/wanted /tmp/found; ls /var/log/reference-server";
    let files = rig.shell(line).await;
    assert!(files.contains("access.log.3"), "{files}");
    // The log shows the client's address as the trusted proxy saw it.
    let host = rig.host().await;
    outside::run(&host).await;
    let log = rig
        .must(&["cat", "/var/log/reference-server/access.log"])
        .await;
    let socket = log
        .lines()
        .find(|line| line.contains("/socket.io/"))
        .expect("a line");
    assert!(!socket.starts_with("127.0.0.1"), "{socket}");
    assert!(!log.contains("sid="), "{log}");
    let nginx = rig
        .must(&["cat", "/var/log/nginx/reference-server.access.log"])
        .await;
    assert!(
        nginx.contains("/socket.io/") && !nginx.contains("sid="),
        "{nginx}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_logins_is_slowed_down() {
    let Some(rig) = Rig::install().await else {
        return;
    };
    let line = format!(
        "for i in $(seq 60); do printf 'url = https://{DOMAIN}/login\\noutput = /dev/null\\n'; done >/tmp/urls; \
         curl -s --cacert /etc/pki/tls/certs/reference-server.pem --resolve {DOMAIN}:443:127.0.0.1 -w '%{{http_code}}\\n' -K /tmp/urls | sort | uniq -c"
    );
    let counts = rig.shell(&line).await;
    assert!(
        counts.contains(" 429") && counts.contains(" 200"),
        "{counts}"
    );
}
