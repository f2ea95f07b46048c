//! What clients saw, on its way to whoever reads it: into a history, or to a meter.

pub mod recorder;

pub(crate) mod meter;
