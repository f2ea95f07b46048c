//! Wires against peers: scripted ones, which answer each request as a test says, bare TCP, and a server of
//! socketioxide, which nobody here wrote. The other clients speak with both.

mod peer;

mod dials;

mod bare;

mod engine;

mod library;

mod second;

mod processes;

mod tls;

mod frames;

mod streams;
