//! What proves the server from outside: the real binary, real folders, clients that nobody here wrote.
//!
//! Where a part cannot be had the test says *undecided* and why, and in CI (AIRTIGHT_CI=1) it fails.

mod client;
mod delivery;
mod disk;
mod interface;
mod interop;
mod page;
mod rig;
mod small_disk;
mod storms;
