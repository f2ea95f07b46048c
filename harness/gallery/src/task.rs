//! What is asked of a target: which calls, and what each must say.

use std::path::Path;

use crate::errand::Errand;
use crate::expected::{Also, Broken, Fault};
use crate::row::Of;
use crate::shelf::Shipped;

/// What the short form plays of the scenarios.
const SHORT_SCENARIO: &str = "isolation/two-users";
/// How long a sound server is searched, and is under load: in the short form, and in the whole one.
const SHORT: u32 = 5;
const WHOLE: u32 = 20;

/// How much is walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Short,
    Whole,
    /// The faults of libraries that others publish, each beside what mends it.
    Published,
}

/// A call, and what it must say.
pub(crate) struct Task {
    pub(crate) errand: Errand,
    pub(crate) of: Of,
    /// The fault, or the further target file.
    pub(crate) name: String,
    /// What must be violated; nothing of the sound server.
    pub(crate) violated: Option<Broken>,
}

impl Task {
    /// Whether it offers all shipped scenarios to the sound server.
    pub(crate) fn offers_all(&self) -> bool {
        self.of == Of::Sound && self.errand.offers_all()
    }
}

/// The tasks of a target, in the order of the table.
pub(crate) fn of(shipped: &Shipped, form: Form) -> Vec<Task> {
    let faults = shipped.expected.faults.iter();
    match form {
        Form::Short => {
            let short = faults.filter(|fault| fault.short).map(broken);
            short_of_the_sound_one(shipped).chain(short).collect()
        }
        Form::Whole => {
            let also = shipped.expected.also.iter().map(also);
            of_the_sound_one(shipped)
                .chain(faults.map(broken))
                .chain(also)
                .collect()
        }
        Form::Published => faults.filter_map(published).flatten().collect(),
    }
}

fn seconds(count: u32) -> String {
    format!("{count}s")
}

fn sound(errand: Errand) -> Task {
    Task {
        errand,
        of: Of::Sound,
        name: String::new(),
        violated: None,
    }
}

fn short_of_the_sound_one(shipped: &Shipped) -> impl Iterator<Item = Task> {
    let slow_by = shipped.expected.sound.slow_by;
    let search = Errand::explore(&seconds(SHORT + slow_by));
    let search = if slow_by > 0 { search.of_few() } else { search };
    let errands = [
        Errand::check(),
        Errand::verify_only(SHORT_SCENARIO),
        search,
        Errand::load(&seconds(SHORT)),
    ];
    errands.into_iter().map(sound)
}

fn of_the_sound_one(shipped: &Shipped) -> impl Iterator<Item = Task> {
    let listed = &shipped.expected.sound;
    let mut errands = vec![Errand::check(), Errand::verify()];
    if !listed.run.is_empty() {
        errands.push(Errand::run(&listed.run));
    }
    errands.push(Errand::explore(&seconds(WHOLE + listed.slow_by)));
    if !listed.compare.is_empty() {
        errands.push(Errand::compare(&listed.compare));
    }
    errands.push(Errand::load(&seconds(WHOLE)));
    if listed.smoke {
        errands.push(Errand::smoke());
    }
    errands.into_iter().map(sound)
}

fn broken(fault: &Fault) -> Task {
    Task {
        errand: Errand::by(&fault.by).with_fault(&fault.fault),
        of: Of::Fault,
        name: fault.fault.clone(),
        violated: Some(fault.breaks()),
    }
}

fn also(also: &Also) -> Task {
    Task {
        errand: Errand::by(&also.by).of(&also.target),
        of: Of::Also,
        name: of_file(&also.target),
        violated: also.violated.clone(),
    }
}

fn of_file(target: &Path) -> String {
    target.with_extension("").to_string_lossy().into_owned()
}

/// The fault, and then the same call of what mends it.
fn published(fault: &Fault) -> Option<[Task; 2]> {
    let published = fault.published.as_ref()?;
    let errand = Errand::by(&fault.by);
    let errand = match &published.beside {
        Some(other) => errand.with_fault(other),
        None => errand,
    };
    let mended = Task {
        errand,
        of: Of::Mended,
        name: published.mended.clone(),
        violated: Some(fault.breaks()),
    };
    Some([broken(fault), mended])
}
