//! From where a fault can be seen.

use std::fmt;

/// From where a fault can be seen. It says where to look, and not that somebody looks already: that is
/// [`CheckedBy`](crate::CheckedBy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Angle {
    /// A scenario on a running system.
    Scenarios,
    /// A property of the judge.
    Properties,
    /// Alone, and beside a neighbour.
    Comparison,
    /// Random schedules.
    Exploration,
    /// Many users at once.
    Load,
    /// Connections cut at random.
    Cuts,
    /// Several server nodes.
    Cluster,
    /// An error that is opened on purpose.
    Faults,
    /// The server's own unit tests.
    UnitTests,
    /// Random bytes.
    Fuzzing,
    /// A real browser.
    Browser,
    /// The server's counters.
    Metrics,
    /// Configuration files.
    Files,
    /// The network.
    Outside,
    /// The machine that the system runs on.
    Machine,
    /// A fresh installation in a container.
    Container,
    /// The check itself, on a system with the fault.
    Selftest,
}

impl Angle {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::Scenarios,
        Self::Properties,
        Self::Comparison,
        Self::Exploration,
        Self::Load,
        Self::Cuts,
        Self::Cluster,
        Self::Faults,
        Self::UnitTests,
        Self::Fuzzing,
        Self::Browser,
        Self::Metrics,
        Self::Files,
        Self::Outside,
        Self::Machine,
        Self::Container,
        Self::Selftest,
    ];

    /// Its name in texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scenarios => "scenarios",
            Self::Properties => "properties",
            Self::Comparison => "comparison",
            Self::Exploration => "exploration",
            Self::Load => "load",
            Self::Cuts => "random cuts",
            Self::Cluster => "several nodes",
            Self::Faults => "faults",
            Self::UnitTests => "unit tests",
            Self::Fuzzing => "fuzzing",
            Self::Browser => "browser",
            Self::Metrics => "metrics",
            Self::Files => "lint of files",
            Self::Outside => "outside",
            Self::Machine => "machine",
            Self::Container => "container",
            Self::Selftest => "selftest",
        }
    }

    /// What it means, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Scenarios => {
                "A scenario acts out the fault on a running system, and the judge looks at what each client received."
            }
            Self::Properties => {
                "A property finds it in the history of any run, whatever its steps were."
            }
            Self::Comparison => {
                "One user's steps run alone and beside other users, and the difference shows it (noninterference)."
            }
            Self::Exploration => {
                "Random schedules find it and are shrunk to the shortest one that still fails."
            }
            Self::Load => "It shows when many users are active at once.",
            Self::Cuts => "It shows when connections are cut at random moments.",
            Self::Cluster => "It shows when several server nodes work together behind one proxy.",
            Self::Faults => {
                "It needs an error at the right moment, which a fault of the reference server brings about."
            }
            Self::UnitTests => "The server's own unit tests hold it.",
            Self::Fuzzing => "Random and malformed input brings it out.",
            Self::Browser => "A test in a real browser shows it.",
            Self::Metrics => "A counter of the server shows it.",
            Self::Files => {
                "It stands in a configuration file, and can be read there without running anything."
            }
            Self::Outside => "Anybody who can reach the system over the network can see it.",
            Self::Machine => "Commands on the machine itself show it, and change nothing.",
            Self::Container => {
                "It shows when the system is installed and run in a fresh container."
            }
            Self::Selftest => {
                "The check is run on a system that has the fault, and must fail there."
            }
        }
    }
}

impl fmt::Display for Angle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
