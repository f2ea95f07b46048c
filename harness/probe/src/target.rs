//! A target file: how to talk to a system, and the only thing that is known of it.

mod check;
mod file;
mod lines;

pub use file::{
    Actions, Call, EventPart, Health, Kind, Login, SocketPart, Start, Target, TargetError, Upload,
    Yield, schema,
};
