//! How a step ended, by the words of the target file: granted, refused, asked, or without an answer.

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
    /// What came says neither yes nor no, or nothing came.
    Open(String),
}

/// What an answer to this step means.
///
/// # Errors
/// A name in the step's predicates that stands for nothing.
pub(crate) fn of_answer(
    step: &Step,
    came: &Came,
    names: &mut dyn Lookup,
) -> Result<Outcome, Unset> {
    if let Some(refused) = &step.refused
        && refused.fits(came, names)? == Fit::Yes
    {
        return Ok(Outcome::Refused(came.told()));
    }
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
    // Where the file says what a refusal looks like, everything else is none.
    let is_refusal = came.is_something() && step.refused.is_none() && is_answer(step, came);
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
