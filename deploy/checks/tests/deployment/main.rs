//! The deployment on a real machine: installed, checked, broken, killed and removed.

mod broken;
mod care;
mod engine;
mod installer;
mod rig;
mod whole;
