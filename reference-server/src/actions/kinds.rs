//! The built-in kinds of actions. Each has one file, with its parameters, their bounds and its work, and one line in
//! the `list`.

mod parameters;

mod work;

mod bad_message;
mod buttons;
mod countdown;
mod endless;
mod fail;
mod flood;
mod log;
mod modals;
mod parallel;
mod popups;
mod process;
mod reload;

mod list;

#[cfg(test)]
mod tests;

pub(crate) use list::Kind;
