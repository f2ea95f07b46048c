//! Wires against peers: scripted ones, which answer each request as a test says, bare TCP, and a server of
//! socketioxide, which nobody here wrote.

mod peer;

mod dials;

mod bare;

mod engine;

mod library;

mod frames;

mod streams;
