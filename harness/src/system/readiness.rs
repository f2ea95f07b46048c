//! Whether a program that was started is ready: by a line of its output, or by its port.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use url::Url;

use super::process::each_line;
use crate::lock::lock;

/// How long a connection or an answer may take that only shows whether somebody is there.
const GLANCE: Duration = Duration::from_millis(500);
/// Bytes of a program's output that its log keeps.
const LOG: u64 = 64 << 20;

/// What a program prints.
pub(super) struct Readiness(Receiver<String>);

impl Readiness {
    /// Listens to a program: all that it prints on its error output goes to the log, and the first line with this text is
    /// kept, wherever it prints it.
    pub(super) fn listen(
        out: Option<impl Read + Send + 'static>,
        err: Option<impl Read + Send + 'static>,
        log: File,
        begin: Option<String>,
    ) -> Self {
        let (say, said) = mpsc::channel();
        let log = Arc::new(Mutex::new((log, 0)));
        let (begin_of_err, say_of_err) = (begin.clone(), say.clone());
        thread::spawn(move || {
            each_line(out, |line| see(line, begin.as_deref(), &say));
        });
        thread::spawn(move || {
            each_line(err, |line| {
                {
                    let mut log = lock(&log);
                    if log.1 < LOG {
                        log.1 += line.len() as u64 + 1;
                        // A disk that is full keeps no log.
                        let _ = log.0.write_all(&[line, b"\n"].concat());
                    }
                }
                see(line, begin_of_err.as_deref(), &say_of_err);
            });
        });
        Self(said)
    }

    /// What stood behind the text in the line that has it, if it comes within this time.
    pub(super) fn said(&self, within: Duration) -> Option<String> {
        self.0.recv_timeout(within).ok()
    }
}

fn see(line: &[u8], begin: Option<&str>, say: &Sender<String>) {
    let Some(begin) = begin else { return };
    let line = String::from_utf8_lossy(line);
    if let Some((_, rest)) = line.split_once(begin) {
        // Later lines are read only so that the pipe does not fill.
        let _ = say.send(rest.trim().to_owned());
    }
}

/// The address at the beginning of what a program said, if there is one.
pub(super) fn address_in(said: &str) -> Option<String> {
    let word = said.split_whitespace().next()?;
    let word = word.trim_end_matches(['.', ',', ';', ')']);
    let whole = match word.parse::<u16>() {
        Ok(port) => format!("http://127.0.0.1:{port}"),
        Err(_) if word.contains("://") => word.to_owned(),
        Err(_) if word.contains(':') => format!("http://{word}"),
        Err(_) => return None,
    };
    let mut url = Url::parse(&whole).ok()?;
    // An address of all interfaces is one to listen at, and not to connect to.
    let is_any = matches!(url.host_str()?, "0.0.0.0" | "[::]");
    if is_any {
        url.set_host(Some("127.0.0.1")).ok()?;
    }
    let is_known = url.port().is_some_and(|port| port != 0);
    is_known.then(|| url.to_string())
}

/// A port that nobody listens at now.
pub(super) fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Whether somebody takes connections at the address and, if a page is named, answers it with a status below 500.
pub(super) fn is_there(address: &str, page: Option<&str>) -> bool {
    glance(address, page).unwrap_or(false)
}

fn glance(address: &str, page: Option<&str>) -> Option<bool> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default()?;
    let all: Vec<SocketAddr> = (host.as_str(), port).to_socket_addrs().ok()?.collect();
    let mut stream = { all.iter() }.find_map(|to| TcpStream::connect_timeout(to, GLANCE).ok())?;
    let Some(page) = page.filter(|_| url.scheme() == "http") else {
        return Some(true);
    };
    stream.set_read_timeout(Some(GLANCE)).ok()?;
    let asked = format!("GET {page} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).ok()?;
    let mut first = [0; 12];
    stream.read_exact(&mut first).ok()?;
    let status = std::str::from_utf8(&first).ok()?.get(9..12)?;
    let status: u16 = status.parse().ok()?;
    Some(status < 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_as_programs_print_it() {
        let check = |said: &str, is: Option<&str>| {
            assert_eq!(address_in(said).as_deref(), is, "{said}");
        };
        check("http://127.0.0.1:3000", Some("http://127.0.0.1:3000/"));
        check(
            "http://localhost:3000/ (press CTRL+C)",
            Some("http://localhost:3000/"),
        );
        check("0.0.0.0:8000", Some("http://127.0.0.1:8000/"));
        check("http://[::]:8000.", Some("http://127.0.0.1:8000/"));
        check("3000", Some("http://127.0.0.1:3000/"));
        check("127.0.0.1:0", None);
        check("the port", None);
        check("", None);
    }

    #[test]
    fn nobody_is_at_a_free_port() {
        let port = free_port().expect("a port");
        assert!(!is_there(&format!("http://127.0.0.1:{port}/"), None));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a listener");
        let at = listener.local_addr().expect("an address");
        assert!(is_there(&format!("http://{at}/"), None));
    }
}
