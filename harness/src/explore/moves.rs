//! The moves that a schedule is made of, one file each: how it is drawn, when it is possible, what it changes, and
//! which step of a scenario it is.
//!
//! A new move is a file here, and its line in [`MOVES`].

pub(super) mod move_trait;

mod drawing;

mod await_all;
mod close;
mod cut;
mod forbidden;
mod foreign_ids;
mod join_closed;
mod join_foreign;
mod join_named;
mod leave;
mod log_out;
mod meet;
mod old_cookie;
mod old_session;
mod open;
mod page;
mod read_foreign;
mod read_own;
mod restart;
mod resume;
mod stall;
mod start;
mod start_long;
mod start_silent;
mod start_together;
mod abandon;
mod make_anew;
mod gather;
mod part;
mod stop_foreign;
mod stranger_reads;
mod stranger_socket;
mod take_over;

use self::move_trait::MoveKind;

/// Every kind of move. A seed draws by the order and the weights here, so that a change of either changes the
/// schedules of every seed.
pub(super) const MOVES: &[MoveKind] = &[
    open::KIND,
    close::KIND,
    cut::KIND,
    stall::KIND,
    resume::KIND,
    log_out::KIND,
    take_over::KIND,
    start::KIND,
    start_long::KIND,
    start_together::KIND,
    start_silent::KIND,
    await_all::KIND,
    stop_foreign::KIND,
    read_foreign::KIND,
    stranger_reads::KIND,
    stranger_socket::KIND,
    join_foreign::KIND,
    old_cookie::KIND,
    old_session::KIND,
    page::KIND,
    restart::KIND,
    meet::KIND,
    leave::KIND,
    make_anew::KIND,
    gather::KIND,
    part::KIND,
    read_own::KIND,
    abandon::KIND,
    foreign_ids::KIND,
    forbidden::KIND,
    join_closed::KIND,
    join_named::KIND,
];
