//! The comparison, seen from its property: scripts of parts alone and beside somebody.

mod parts;

mod content;
mod counts;
mod doubts;
mod latency;
mod newcomers;
mod starvation;
mod witnesses;
