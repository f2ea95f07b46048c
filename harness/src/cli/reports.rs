//! The option `--report` of the commands that judge, and their end.

use std::io;
use std::path::Path;

use clap::Args;

use super::screen::end_with_reports;
use crate::failure::Failure;
use crate::report::formats::Format;
use crate::report::outlet::{Outlet, write_all};
use crate::report::suite::Suite;

/// Which reports to write besides what the screen says.
#[derive(Args, Clone, Debug)]
pub(super) struct ReportOptions {
    /// Write a report as well: json=FILE, junit=FILE, tap=FILE, sarif=FILE or html=FILE; may be repeated.
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<Outlet>,
}

impl ReportOptions {
    /// The reports. No two go to one file, and none to a file that the command reads.
    pub(super) fn checked(self, inputs: &[&Path]) -> Result<Vec<Outlet>, Failure> {
        Outlet::check(&self.report, inputs)?;
        Ok(self.report)
    }
}

/// The end of the screen, then the reports: a place that cannot be written takes nothing from the screen.
pub(super) fn tell(
    suite: &Suite,
    quiet: bool,
    reports: &[Outlet],
    render: impl Fn(Format) -> io::Result<String>,
) -> Result<u8, Failure> {
    let mut out = io::stdout().lock();
    let written = if quiet {
        suite.write_verdict(&mut out)
    } else {
        suite.write_end(&mut out)
    };
    let reports = write_all(reports, render);
    end_with_reports(written, reports, suite.exit_code())
}
