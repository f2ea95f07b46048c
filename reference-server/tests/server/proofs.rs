//! Tests of the real binary with real folders and with clients of other projects.
//!
//! If something that a test needs is not available, the test reports *undecided* and the reason. In CI (AIRTIGHT_CI=1)
//! it fails then.

mod rig;
mod client;
mod delivery;
mod small_disk;
mod disk;
mod interface;
mod interop;
mod page;
mod storms;
