//! The names of users: each group has two that a careless server mixes up.

/// Names that a careless server mixes up, or fails on. No name is in two groups, so that a schedule of each group can
/// run on one server.
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

/// How many schedules can run on one server.
pub(crate) const GROUPS: usize = NAMES.len();
