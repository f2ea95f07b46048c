//! How a step ended, by the words of the target file: granted, refused, asked, or without an answer.

use targets::Target;
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::step::{Act, Granted, Step};
use targets::language::template::{Lookup, Unset};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The target said yes.
    Granted,
    /// Nothing is ever answered: it holds as long as the socket stays open.
    Sent,
    /// It was sent, and the file does not say what a yes looks like: it may have happened.
    Asked,
    /// The target said no, in these words.
    Refused(String),
    /// The target said that somebody was too fast for it, in these words: it may do the same later.
    TooFast(String),
    /// What came says neither yes nor no, or nothing came.
    Open(String),
}

impl Outcome {
    /// Whoever was too fast was told neither yes nor no.
    pub(crate) fn or_too_fast(self) -> Self {
        match self {
            Self::TooFast(told) => Self::Open(format!(
                "the target says that this was too fast for it: {told}; fix: `pace: 1s` in the target file, or \
                 however long it wants to be left between two things that a user does"
            )),
            other => other,
        }
    }
}

/// Too many requests, by the standard of HTTP (RFC 6585, section 4).
const TOO_MANY: u16 = 429;

/// Who asks is not logged in, and who asks may not, by the standard of HTTP (RFC 9110, sections 15.5.2 and 15.5.4).
const REFUSALS: [u16; 2] = [401, 403];

/// What an answer to this step of this target means.
///
/// # Errors
/// A name in the predicates that stands for nothing.
pub(crate) fn of_answer(
    target: &Target,
    step: &Step,
    came: &Came,
    names: &mut dyn Lookup,
) -> Result<Outcome, Unset> {
    if let Some(refused) = &step.refused
        && refused.fits(came, names)? == Fit::Yes
    {
        return Ok(Outcome::Refused(came.told()));
    }
    let outcome = of_other_answer(step, came, names)?;
    Ok(match outcome {
        Outcome::Granted => Outcome::Granted,
        _ if is_too_fast(target, came, names) => Outcome::TooFast(came.told()),
        outcome => outcome,
    })
}

/// Whether the target says that somebody was too fast for it. A name that stands for nothing yet says nothing.
pub fn is_too_fast(target: &Target, came: &Came, names: &mut dyn Lookup) -> bool {
    match &target.too_fast {
        Some(too_fast) => too_fast.fits(came, names) == Ok(Fit::Yes),
        None => came.status == Some(TOO_MANY),
    }
}

/// The same where it is none of the refusals that the step describes.
fn of_other_answer(step: &Step, came: &Came, names: &mut dyn Lookup) -> Result<Outcome, Unset> {
    let why = match &step.granted {
        Some(Granted::None | Granted::After(_) | Granted::Heard { .. }) => {
            return Ok(if is_error(step, came) {
                Outcome::Refused(came.told())
            } else {
                Outcome::Sent
            });
        }
        Some(Granted::When(predicate)) => match predicate.fits(came, names)? {
            Fit::Yes => return Ok(Outcome::Granted),
            Fit::No(why) => why,
        },
        None if is_error(step, came) => came.told(),
        None if is_answer(step, came) => return Ok(Outcome::Granted),
        // What comes by itself says nothing.
        None if came.is_something() => came.told(),
        None => return Ok(Outcome::Asked),
    };
    // Where the file says what a refusal looks like, everything else is none, but for what is one by the standard.
    let is_refusal = came.is_something() && step.refused.is_none() && is_answer(step, came);
    let is_refusal = is_refusal || { came.status }.is_some_and(|status| REFUSALS.contains(&status));
    Ok(if is_refusal {
        Outcome::Refused(why)
    } else {
        Outcome::Open(why)
    })
}

/// Whether what came answers this step: an event that comes by itself answers nobody.
fn is_answer(step: &Step, came: &Came) -> bool {
    match &step.act {
        Some(Act::Request(_) | Act::Connect(_)) => came.status.is_some() || came.close.is_some(),
        Some(Act::Emit(_) | Act::Send(_)) => came.ack.is_some() || came.close.is_some(),
        _ => came.close.is_some(),
    }
}

/// Whether it is an error whatever the file says.
pub(crate) fn is_error(step: &Step, came: &Came) -> bool {
    let is_connect = matches!(step.act, Some(Act::Connect(_)));
    // The answer that a stream goes over has no body yet; any other to a handshake is a refusal.
    let is_stream = came.body.is_none() && came.status == Some(200);
    let is_bad = |status: u16| status >= 400 || (is_connect && status != 101 && !is_stream);
    came.close.is_some() || came.status.is_some_and(is_bad)
}

#[cfg(test)]
mod tests {
    use targets::language::template::Nothing;

    use super::*;

    /// How a note ends that is answered with this status, on a target with these lines.
    fn outcome(lines: &str, granted: &str, status: u16) -> Outcome {
        let post = format!("post: /notes, body: \"{{marker}}\", {granted}");
        let action = format!("actions: {{note: {{do: {{{post}}}}}}}");
        let target = targets::parse(&format!("target: x\nlogin: none\n{lines}\n{action}\n"));
        let target = target.expect("a target");
        let step = &target.actions[0].1.way.act[0];
        let came = Came {
            status: Some(status),
            ..Came::default()
        };
        of_answer(&target, step, &came, &mut Nothing).expect("an outcome")
    }

    fn is_too_fast(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::TooFast(_))
    }

    #[test]
    fn whoever_was_too_fast_is_not_refused() {
        assert!(is_too_fast(&outcome("", "granted: {status: 201}", 429)));
        assert!(is_too_fast(&outcome("", "granted: none", 429)));
        let own = "too fast: {status: 420}";
        assert!(is_too_fast(&outcome(own, "granted: {status: 201}", 420)));
        // A file that has words of its own means no others.
        let refused = outcome(own, "granted: {status: 201}", 429);
        assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");
    }

    #[test]
    fn what_the_step_calls_a_yes_or_a_no_comes_first() {
        assert_eq!(outcome("", "granted: {status: 429}", 429), Outcome::Granted);
        let refused = outcome("", "granted: {status: 201}, refused: {status: 429}", 429);
        assert!(matches!(refused, Outcome::Refused(_)), "{refused:?}");
    }

    #[test]
    fn a_file_says_what_the_target_calls_too_fast() {
        let open = outcome("", "granted: {status: 201}", 429).or_too_fast();
        assert!(
            matches!(&open, Outcome::Open(why) if why.contains("`pace: 1s`")),
            "{open:?}"
        );
    }
}
