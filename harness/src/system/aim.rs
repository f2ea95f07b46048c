//! Where a system is: running already at an address, or to be started by the harness.

use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use probe::Target;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use crate::failure::Failure;

/// How long somebody is waited for who may listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a running system is, and how to get there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aim {
    /// Its address; none: the harness starts one.
    pub(crate) url: Option<Url>,
    /// Where to connect in place of where the name leads.
    pub(crate) connect_to: Option<IpAddr>,
    /// A PEM file of the authority to trust.
    pub(crate) trust: Option<PathBuf>,
    /// A target whose file gives an address, and does not say how to start it, runs there. What makes up its own moves
    /// goes only where a flag sends it.
    pub(crate) takes_base: bool,
    /// Hosts that may be attacked, beside this machine.
    pub(crate) authorized: Vec<String>,
}

impl Aim {
    /// Where the running system is: where a flag says, or else where the target file says that does not start it.
    fn address<'a>(&'a self, target: &'a Target) -> Option<&'a Url> {
        let is_there = self.takes_base && target.start.is_none();
        let own = target.base.as_ref().filter(|_| is_there);
        self.url.as_ref().or(own)
    }

    /// Whether the system runs already.
    pub(crate) fn is_running(&self, target: &Target) -> bool {
        self.address(target).is_some()
    }

    /// Points the target at the running system, if there is one; it is not started then.
    pub(crate) fn point(&self, target: &mut Target) {
        let Some(url) = self.address(target).cloned() else {
            return;
        };
        target.base = Some(url);
        target.start = None;
        target.connect_to = self.connect_to.or(target.connect_to);
        if self.trust.is_some() {
            target.trust.clone_from(&self.trust);
        }
    }

    /// Whether the running system is on this machine, or its host is one that may be attacked: what makes up requests by
    /// itself, or many of them, is for one's own systems. Gives whether it is this machine.
    ///
    /// # Errors
    /// It is somebody else's.
    pub(crate) async fn stays_here(&self, target: &Target) -> Result<bool, Failure> {
        let Some(host) = { self.address(target) }.and_then(|url| url.host_str()) else {
            return Ok(true);
        };
        let host = host.trim_matches(['[', ']']);
        let is_named = |name: &String| name.trim_matches(['[', ']']).eq_ignore_ascii_case(host);
        let leads_to: Vec<IpAddr> = match target.connect_to {
            Some(to) => vec![to],
            None => {
                let found = timeout(PATIENCE, tokio::net::lookup_host((host, 0))).await;
                let found = found.ok().and_then(Result::ok).into_iter().flatten();
                found.map(|address| address.ip()).collect()
            }
        };
        if !leads_to.is_empty() && leads_to.iter().all(|address| is_own(*address)) {
            return Ok(true);
        }
        if self.authorized.iter().any(is_named) {
            return Ok(false);
        }
        Err(Failure::input(
            format!("`{host}` is not this machine"),
            "--url",
            format!(
                "if the system is yours to attack, add `--authorized {host}`; otherwise ask whoever owns it"
            ),
        ))
    }

    /// Whether anybody listens where the target is said to run. A connection that is refused is an answer; what is slow,
    /// or has no address, each scenario says for itself.
    pub(crate) async fn knock(&self, target: &Target) -> Result<(), Failure> {
        let Some(url) = self.address(target) else {
            return Ok(());
        };
        let named = || {
            Some((
                url.host_str()?.trim_matches(['[', ']']),
                url.port_or_known_default()?,
            ))
        };
        let Some((host, port)) = named() else {
            return Ok(());
        };
        let host = target
            .connect_to
            .map_or_else(|| host.to_owned(), |to| to.to_string());
        let connecting = timeout(PATIENCE, TcpStream::connect((host.as_str(), port))).await;
        let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        if connecting.is_ok_and(|connected| connected.is_err_and(|error| is_refused(&error))) {
            let what = format!("nobody listens at {host}, port {port}");
            let fix = "start the target, or correct the address";
            let place = if self.url.is_some() { "--url" } else { "base" };
            return Err(Failure::world(what, place, fix));
        }
        Ok(())
    }

    /// A running system has users of its own, and one that does not run must say how to start it.
    pub(crate) fn check(&self, target: &Target, has_flag: bool) -> Result<(), Failure> {
        let known = target.users.known.values();
        let has_passwords =
            has_flag || !target.needs_passwords() || !target.users.register.is_empty() || { known }
                .any(|facts| facts.contains_key("password"));
        let address = self.address(target);
        let flag = [
            ("--passwords", has_flag),
            ("--connect-to", self.connect_to.is_some()),
            ("--cacert", self.trust.is_some()),
        ];
        if let Some((flag, _)) = flag
            .iter()
            .find(|(_, is_there)| *is_there && address.is_none())
        {
            return Err(Failure::input(
                format!("`{flag}` is for a system that runs already"),
                *flag,
                "name its address with --url, or with `base` in a target file without `start`",
            ));
        }
        if address.is_some() && !has_passwords {
            return Err(Failure::input(
                "a running system has users of its own",
                if self.url.is_some() { "--url" } else { "base" },
                "add `users: {alice: {password: …}}` to the target file, or name its address with --url and a file of NAME=PASSWORD lines with --passwords",
            ));
        }
        if address.is_none() && target.start.is_none() {
            return Err(Failure::input(
                "the target file does not say how to start it",
                "--target",
                "name a running system with --url or `base`, or add `start` to the target file",
            ));
        }
        Ok(())
    }
}

/// Whether an address is one of this machine: somebody may listen there.
fn is_own(address: IpAddr) -> bool {
    address.is_loopback() || std::net::UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_this_machine_is_attacked_unless_a_host_is_named() {
        let stays = async |url: &str, authorized: &[&str]| {
            let text = format!("target: x\nbase: {url}\nlogin: none\nactions: {{}}\n");
            let target = targets::read("target.yaml", &text).expect("a target");
            let aim = Aim {
                takes_base: true,
                authorized: authorized.iter().map(ToString::to_string).collect(),
                ..Aim::default()
            };
            aim.stays_here(&target).await.is_ok()
        };
        for own in ["http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"] {
            assert!(stays(own, &[]).await, "{own}");
        }
        // An address of documentation is nobody's.
        assert!(!stays("http://192.0.2.1:9", &[]).await);
        assert!(!stays("http://192.0.2.1:9", &["192.0.2.2"]).await);
        assert!(stays("http://192.0.2.1:9", &["192.0.2.1"]).await);
        assert!(!stays("http://no-such-host.invalid:9", &[]).await);
    }

    #[test]
    fn a_target_that_is_not_started_runs_at_its_base_where_that_is_wished() {
        let text = "target: x\nbase: http://127.0.0.1:9\nlogin: none\nactions: {}\n";
        let target = targets::read("target.yaml", text).expect("a target");
        let aim = |takes_base| Aim {
            takes_base,
            ..Aim::default()
        };
        assert!(aim(true).check(&target, false).is_ok());
        assert!(aim(false).check(&target, false).is_err());
        let started = format!("{text}start: {{command: [x]}}\n");
        let started = targets::read("target.yaml", &started).expect("a target");
        assert!(aim(true).address(&started).is_none());
    }
}
