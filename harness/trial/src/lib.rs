//! Walks a target file before anything is judged, and says what does not fit.
//!
//! In: a target file and a target that runs. Out: a [`Trial`]: what came where, where the markers stood, what does not
//! fit, each with its line in the file and the fix, and what the file could say besides. Nothing here judges the target,
//! and nothing is printed. The rooms, from the ground up: a `file` knows where its parts stand, `finding` is what was
//! noticed, `shape` shows what came without its secrets, a text is `sought`, everything is `seen`, `differ` tells two
//! answers apart, `amiss` says what is wrong with a step; then who is there (`stage`, `login`, `tabs`, `groups`), what
//! they do (`actions`), and about what was done (`about`), what came of it (`audience`, `arrivals`, `weigh`), and the `trial` as a whole.

mod file;

mod finding;

mod shape;

mod sought;

mod seen;

mod differ;

mod amiss;

mod stage;

mod login;

mod tabs;

mod audience;

mod groups;

mod arrivals;

mod actions;

mod about;

mod weigh;

mod guesses;

mod places;

mod surfaces;

mod logout;

mod trial;

mod told;

pub use file::File;
pub use finding::{Finding, Guess, Kind, Line};
pub use told::{told, verdict};
pub use trial::{Fits, Plan, Trial, TrialError, run, way};
