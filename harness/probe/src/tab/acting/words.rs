//! How an action is done and refused in the words of the target file, and how what is asked of it ended.

use targets::file::action::{Action, Way};
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::step::Step;
use targets::language::template::Nothing;
use walk::Answer;

use crate::browser::{Stop, in_one_line};
use crate::error::ProbeError;

/// How an action is done by this way, or usually.
pub(super) fn way_of<'a>(action: Option<&'a Action>, way: Option<&str>) -> Option<&'a Way> {
    let action = action?;
    let mut ways = action.ways.iter();
    let named = ways.find(|(known, _)| Some(known.as_str()) == way);
    Some(named.map_or(&action.way, |(_, way)| way))
}

/// Whether it is a refusal in the words of this step.
pub(super) fn is_refusal(step: &Step, came: &Came) -> bool {
    let refused = step.refused.as_ref();
    // A name in it stood for something when the step was taken.
    refused.is_some_and(|refused| !matches!(refused.fits(came, &mut Nothing), Ok(Fit::No(_))))
}

/// How a stop or a reading ended.
pub(super) fn outcome(
    asked: &str,
    told: Result<walk::Told, walk::WalkError>,
) -> Result<Stop, ProbeError> {
    match told.map_err(ProbeError::from) {
        Ok(told) => Ok(match &told.answer {
            Answer::Yes => Stop::Granted,
            Answer::No(_) => Stop::Refused(in_one_line(asked, &told)),
            Answer::Sent | Answer::Asked => Stop::Asked,
            Answer::Unknown(why) => Stop::Unknown(why.clone()),
        }),
        Err(error @ (ProbeError::NoAnswer { .. } | ProbeError::Closed(_))) => {
            Ok(Stop::Unknown(error.to_string()))
        }
        Err(error) => Err(error),
    }
}
