//! The deployment on a real machine: installed, checked, broken, killed and removed.

mod rig;
mod broken;
mod care;
mod engine;
mod installer;
mod whole;
