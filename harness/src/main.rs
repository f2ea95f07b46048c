//! The command `airtight`.

fn main() {}
