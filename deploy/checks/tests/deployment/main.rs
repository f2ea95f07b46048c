//! The deployment on a real machine: installed, looked at, broken, killed and taken away.

mod broken;
mod care;
mod engine;
mod installer;
mod rig;
mod whole;
