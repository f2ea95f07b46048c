//! The clients against scripted servers. The observer keeps every frame as it came, whatever it is.

mod server;

mod observing;

mod closing;
mod connections;
mod frames;
mod library;
mod polling;
