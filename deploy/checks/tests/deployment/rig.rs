//! A RHEL-like machine in a container, booted by systemd, for one test. It is removed with the test.
//!
//! The installer runs once. The machine that it leaves is kept as an image, and each test boots its own machine from
//! it. The image's name is a digest of everything that it was made from.

mod project;
mod image;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use deploy_checks::{Host, Machine, Output};
use evidence::UserName;
use futures_util::future::LocalBoxFuture;
use probe::Target;
use testcontainers::core::{CgroupnsMode, ExecCommand, Healthcheck, Mount, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt, TestcontainersError};

use self::image::{bare, docker, installed_name};
pub(crate) use self::project::root;
use self::project::{built, deployable, undecided};

pub(crate) const DOMAIN: &str = "airtight.test";
pub(crate) const PASSWORD: &str = "a-password-of-a-test";
/// Far more than anything here should take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// A booted machine.
pub(crate) struct Rig {
    container: ContainerAsync<GenericImage>,
    scratch: tempfile::TempDir,
}

impl Machine for Rig {
    fn run<'a>(&'a self, command: &'a [&'a str]) -> LocalBoxFuture<'a, io::Result<Output>> {
        Box::pin(async move {
            let said = self.exec(command).await;
            said.map_err(io::Error::other)
        })
    }
}

impl Rig {
    /// Boots a machine on which nothing is installed.
    pub(crate) async fn boot() -> Option<Self> {
        Some(Self::start(&bare()?).await)
    }

    /// Boots a machine on which the server is installed, as an operator would, with alice and bob.
    pub(crate) async fn install() -> Option<Self> {
        let bare = bare()?;
        let name = installed_name(&bare);
        // Other tests wait here, also those of other processes. They wait on a thread, so that the test that has the
        // lock can go on.
        let lock = tokio::task::spawn_blocking(|| {
            let lock = File::create(built("../deployment.lock")).expect("a file");
            lock.lock().expect("a lock");
            lock
        });
        let lock = lock.await.expect("a lock");
        if docker(&["image", "inspect", &name]).is_none() {
            let rig = Self::start(&bare).await;
            rig.run_installer().await;
            rig.add_users("alice bob").await;
            rig.keep_as(&name).await;
        }
        lock.unlock().expect("unlocked");
        Some(Self::start(&name).await)
    }

    /// Keeps the machine's disk as an image, and removes older ones that are not in use.
    async fn keep_as(&self, name: &str) {
        self.shell("sync; journalctl -q --rotate --vacuum-time=1s")
            .await;
        let label = "LABEL airtight.installed=yes";
        docker(&["commit", "--change", label, self.container.id(), name]).expect("an image");
        let ours = "label=airtight.installed";
        let old = [
            "image",
            "prune",
            "--all",
            "--force",
            "--filter",
            ours,
            "--filter",
            "until=24h",
        ];
        docker(&old).expect("no old images");
    }

    async fn start(image: &str) -> Self {
        let (name, tag) = image.rsplit_once(':').expect("a name and a tag");
        let state = "state=$(systemctl is-system-running); [ \"$state\" = running ] || [ \"$state\" = degraded ]";
        let booted = Healthcheck::cmd_shell(state)
            .with_interval(Duration::from_millis(200))
            .with_timeout(Duration::from_secs(5))
            .with_retries(100);
        let folder = |path: &Path| path.display().to_string();
        let container = GenericImage::new(name, tag)
            .with_wait_for(WaitFor::healthcheck())
            .with_health_check(booted)
            .with_cap_add("SYS_ADMIN")
            .with_cap_add("NET_ADMIN")
            // Root of a real machine may look at every process: for nsenter and ss.
            .with_cap_add("SYS_PTRACE")
            .with_cgroupns_mode(CgroupnsMode::Private)
            .with_mount(Mount::bind_mount(
                folder(&root().join("deploy")),
                "/opt/deploy",
            ))
            .with_mount(Mount::bind_mount(
                folder(&deployable().canonicalize().expect("a build")),
                "/opt/reference-server",
            ))
            .with_mount(Mount::bind_mount(
                folder(&built("reference-server")),
                "/opt/faulty-server",
            ))
            .with_host_config_modifier(|config| {
                let mounts = ["/sys/fs/cgroup", "/run", "/run/lock"];
                let tmpfs = mounts.map(|path| (path.to_owned(), String::new()));
                config.tmpfs = Some(tmpfs.into_iter().collect());
            })
            .with_startup_timeout(PATIENCE)
            .start()
            .await
            .expect("a machine");
        Self {
            container,
            scratch: tempfile::tempdir().expect("a folder"),
        }
    }

    async fn exec(&self, command: &[&str]) -> Result<Output, TestcontainersError> {
        let command = ExecCommand::new(command.iter().copied());
        let mut ended = self.container.exec(command).await?;
        let mut text = ended.stdout_to_vec().await?;
        text.extend(ended.stderr_to_vec().await?);
        let code = ended.exit_code().await?.unwrap_or(-1);
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Output { code, text })
    }

    async fn run_installer(&self) {
        self.must(&[
            "/opt/deploy/install",
            "--domain",
            DOMAIN,
            "--binary",
            "/opt/reference-server",
        ])
        .await;
    }

    pub(crate) async fn add_users(&self, names: &str) {
        let line = format!(
            "for name in {names}; do echo {PASSWORD}; done | reference-server user add \
             --users-file /etc/reference-server/users --cost minimal {names}"
        );
        self.shell(&line).await;
    }

    /// Runs a command that must succeed, and returns its output.
    pub(crate) async fn must(&self, command: &[&str]) -> String {
        let said = self.run(command).await.expect("an exec");
        assert_eq!(said.code, 0, "{command:?}: {}", said.text);
        said.text
    }

    /// The same for a line of shell.
    pub(crate) async fn shell(&self, line: &str) -> String {
        self.must(&["bash", "-euo", "pipefail", "-c", line]).await
    }

    /// Runs the line of shell again and again until it succeeds.
    pub(crate) async fn until(&self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.run(&["bash", "-c", line]).await.expect("an exec");
            if said.code == 0 {
                return;
            }
            assert!(Instant::now() < deadline, "never: {line}: {}", said.text);
        }
    }

    /// The address at which this host reaches the machine.
    pub(crate) async fn address(&self) -> std::net::IpAddr {
        let said = self.must(&["hostname", "-I"]).await;
        let first = said.split_whitespace().next().expect("an address");
        first.parse().expect("an address")
    }

    /// Gets a certificate from an authority on the machine itself, as an operator would from a public one. `false` if
    /// the image has no authority.
    #[must_use]
    pub(crate) async fn get_certificate(&self) -> bool {
        let tools = ["sh", "-c", "command -v pebble && command -v certbot"];
        if self.run(&tools).await.expect("an exec").code != 0 {
            undecided("the image has no ACME authority: no certificate is renewed");
            return false;
        }
        self.shell(include_str!("authority.sh")).await;
        self.until(
            "curl -sf -o /dev/null --cacert /opt/pebble/cert.pem https://localhost:14000/dir",
        )
        .await;
        self.shell(&format!(
            "echo '127.0.0.1 {DOMAIN}' >>/etc/hosts; REQUESTS_CA_BUNDLE=/opt/pebble/cert.pem certbot certonly \
             --non-interactive --agree-tos --register-unsafely-without-email \
             --webroot -w /var/lib/reference-server-acme -d {DOMAIN} --deploy-hook 'systemctl reload nginx'; \
             systemctl enable --now --quiet certbot.timer"
        ))
        .await;
        self.run_installer().await;
        true
    }

    /// Whether the kernel has SELinux.
    pub(crate) async fn has_selinux(&self) -> bool {
        let seen = self.run(&["test", "-e", "/sys/fs/selinux/enforce"]).await;
        seen.expect("an exec").code == 0
    }

    /// A file on this host with the certificate to trust.
    pub(crate) async fn authority(&self) -> PathBuf {
        let pem = self
            .shell(
                "if [ -e /etc/letsencrypt/live ]; then curl -sf --cacert /opt/pebble/cert.pem https://localhost:15000/roots/0; \
                 else cat /etc/pki/tls/certs/reference-server.pem; fi",
            )
            .await;
        let file = self.scratch.path().join("authority.pem");
        fs::write(&file, pem).expect("written");
        file
    }

    /// A path for a file of this test.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// A file with the password of each of these users.
    pub(crate) fn passwords(&self, names: &[String]) -> PathBuf {
        let lines: Vec<String> = names
            .iter()
            .map(|name| format!("{name}={PASSWORD}\n"))
            .collect();
        let file = self.scratch.path().join("passwords");
        fs::write(&file, lines.concat()).expect("written");
        file
    }

    pub(crate) async fn target(&self) -> Target {
        let text = include_str!("../../../../scenarios/targets/reference.yaml");
        let mut target = targets::parse(text).expect("a target");
        target.base = format!("https://{DOMAIN}").parse().ok();
        target.connect_to = Some(self.address().await);
        target.trust = Some(self.authority().await);
        target
    }

    /// The deployment with alice and bob.
    pub(crate) async fn host(&self) -> Host {
        let user = |name: &str| (UserName::from(name), PASSWORD.to_owned());
        Host::new(self.target().await, vec![user("alice"), user("bob")]).expect("a host")
    }

    /// Runs `airtight` against the deployment, and returns its exit code and its output.
    pub(crate) async fn airtight(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let (address, authority) = (self.address().await, self.authority().await);
        let ended = tokio::process::Command::new(built("airtight"))
            .args(arguments)
            .args(["--connect-to", &address.to_string()])
            .arg("--cacert")
            .arg(authority)
            .current_dir(root())
            .output()
            .await
            .expect("airtight runs");
        let words = [ended.stdout, ended.stderr].concat();
        (
            ended.status.code(),
            String::from_utf8_lossy(&words).into_owned(),
        )
    }
}
