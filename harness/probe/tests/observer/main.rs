//! The clients against scripted servers: the observer keeps every frame as it came, whatever comes.

mod server;

mod observing;

mod closing;
mod connections;
mod frames;
mod library;
mod polling;
