//! Findings as text: one screen for a person, files for programs. Nothing is judged here.
//!
//! First what the formats of others are made of, and each of them; then our own reports: of a property, of a history,
//! of many scenarios, of a deployment, and of a selftest.

pub(crate) mod count;
mod json;
mod results;

mod junit;
mod page;
mod sarif;
mod tap;

pub(crate) mod formats;
pub(crate) mod outlet;

pub(crate) mod judged;
pub(crate) mod timing;

pub(crate) mod history;
pub(crate) mod load;
mod settling;
pub(crate) mod suite;

pub(crate) mod smoke;

pub(crate) mod fault_row;
pub(crate) mod matrix;

pub(crate) mod schema;
