//! Writes the first target file of a system by looking at it.
//!
//! In: an address, and what is known beside it: users, a description. Out: the text of a file that the language accepts,
//! with a comment wherever something was guessed or is to be filled in. Nothing is printed here, and nothing is judged.
//!
//! The system is asked gently: at most 30 requests and handshakes, 1 MiB of each answer, 5 s for one and 20 s for all,
//! and only at the address that was given. Without users nothing but GET is sent; with them, the login too. No value of
//! a cookie, a token or a hidden field that protects a form is written anywhere; a short one of another field is.
//!
//! The rooms, from the ground up: the `bounds`; a `script` and a `page` as they are read; what is `found`; how it is
//! `guess`ed from pages and scripts, and `described` by the system itself; the `visitor` who asks, and `handshake`s; the
//! `look`s in their order, and the `sockets`; the `file` that is written, `fitting` the language; and a `trial` of its
//! login.

mod bounds;

mod script;

mod page;

mod found;

mod guess;

mod described;

mod visitor;

mod handshake;

mod look;

mod sockets;

mod file;

mod fitting;

mod trial;

mod draft;

pub use draft::{Draft, DraftError, Wish, draft};
pub use trial::Trial;
pub use visitor::{Way, way};
