//! The users of schedules: groups of names that a careless server takes for one another.

/// Groups of names that a careless server takes for one another, or trips over. Groups have no name in
/// common: their users can be on one server.
pub(super) const NAMES: [[&str; 2]; 9] = [
    ["alice", "bob"],
    ["a", "a_b"],
    ["strasse", "straße"],
    // Written with a combining accent; the server keeps the composed form.
    ["eve", "e\u{301}ve"],
    ["ann-lee", "ann.lee"],
    ["שלום", "<b>carol"],
    ["x", LONG],
    ["..%2f..%2fpasswd", "&amp;"],
    ["O'Neil \"quoted\"", "o_neil__quoted_"],
];
/// Two hundred characters.
const LONG: &str = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjjaaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijjjjjjjjjj";

/// Schedules that can be on one server.
pub(crate) const GROUPS: usize = NAMES.len();
