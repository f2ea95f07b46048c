//! A program that runs: what it writes, line by line, and its end.

use std::io::{self, Read};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// How often a program is asked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);
/// Bytes that are kept of one line of its output, and of its words when it refuses.
pub(super) const LINE: usize = 64 * 1024;
/// Letters of its last words that are shown.
const WORDS: usize = 2000;

/// Waits for a program to end, and kills it when it has not ended within the limit.
pub(super) fn ended_within(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            // Each of these fails only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

/// Gives each line of a pipe, whatever its bytes are. Of a long line it gives the beginning.
pub(super) fn each_line(pipe: Option<impl Read>, mut take: impl FnMut(&[u8])) {
    let Some(mut pipe) = pipe else { return };
    let (mut chunk, mut line) = ([0; 8192], Vec::new());
    // A pipe that cannot be read is one that has ended.
    while let Ok(read @ 1..) = pipe.read(&mut chunk) {
        let mut parts = chunk[..read].split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            let room = LINE.saturating_sub(line.len());
            line.extend_from_slice(&part[..part.len().min(room)]);
            if parts.peek().is_some() {
                take(&line);
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        take(&line);
    }
}

/// The last words of a program, as many as a reader wants to see.
pub(super) fn last_words(text: &str) -> String {
    let text = match text.trim() {
        "" => "none",
        text => text,
    };
    let skipped = text.chars().count().saturating_sub(WORDS);
    let last: String = text.chars().skip(skipped).collect();
    if skipped == 0 {
        last
    } else {
        format!("…{last}")
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn lines_are_given_whatever_their_bytes_and_length() {
        let long = vec![b'x'; 3 * LINE];
        let text = [
            b"one\n\n\xff\xfe\n",
            long.as_slice(),
            b"\nREADY http://a\nrest",
        ]
        .concat();
        let mut lines: Vec<Vec<u8>> = Vec::new();
        each_line(Some(text.as_slice()), |line| lines.push(line.to_vec()));
        let lengths: Vec<usize> = lines.iter().map(Vec::len).collect();
        assert_eq!(lengths, [3, 0, 2, LINE, 14, 4]);
        assert_eq!(lines[4], b"READY http://a");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        let run = |words: &[&str]| Command::new(words[0]).args(&words[1..]).spawn();
        let mut quick = run(&["true"]).expect("runs");
        let status = ended_within(&mut quick, Duration::from_secs(60)).expect("waited for");
        assert!(status.is_some_and(|status| status.success()));
        let mut endless = run(&["sleep", "600"]).expect("runs");
        let limit = Duration::from_millis(50);
        assert_eq!(ended_within(&mut endless, limit).expect("waited for"), None);
        assert!(endless.try_wait().expect("asked").is_some(), "it has ended");
    }

    #[test]
    fn of_many_words_the_last_are_shown() {
        assert_eq!(last_words(" said \n"), "said");
        let many = format!("{}end", "é".repeat(WORDS));
        let last = last_words(&many);
        assert_eq!(last.chars().count(), WORDS + 1);
        assert!(last.starts_with('…') && last.ends_with("end"), "{last}");
    }
}
