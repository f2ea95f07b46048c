//! Whether the times that a target writes into its events fit this machine's clock.
//!
//! In: arrivals with the target's time and ours, and how long round trips took. Out: how long each delivery took, and
//! what is wrong with the times, if they cannot be what the target file says. A delivery that is measured with a wrong
//! clock is nonsense, so a load then measures none.
//!
//! A clock that is ahead makes events that arrive before they were made. One that is behind makes deliveries that take
//! longer than the whole round trip they are part of. What differs by less than that is not seen here: nothing in the
//! events would show it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use duration::Written;
use probe::Arrival;
use probe::Target;
use targets::file::number::{QueuedAt, Unit};

use crate::samples::as_float;

/// Clocks of one machine differ by no more: a server may round its times.
const ROUNDING: u64 = 10_000;
/// Nothing that a load waits for is on its way for so long: a day, in microseconds.
const FAR: u64 = 86_400_000_000;
/// The fewest events that say what the times of their name are like.
const FEWEST: u64 = 10;
const SECOND: u64 = 1_000_000;

/// What was seen of the target's clock, by the names of its events.
#[derive(Debug, Default)]
pub struct Clock {
    events: BTreeMap<String, Times>,
}

/// The times in events of one name. All are microseconds.
#[derive(Debug, Default)]
struct Times {
    n_times: u64,
    n_absent: u64,
    /// How many are no time of today.
    n_far: u64,
    /// One of those.
    far: Option<Seen>,
    /// By how much they are ahead of ours at most.
    ahead: u64,
    /// Some time is no whole second.
    is_fine: bool,
    least_delivery: Option<u64>,
    least_round_trip: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    queued_at: u64,
    received_at: u64,
}

impl Clock {
    /// An event arrived that the target file says has a time. Gives how long its delivery took, if that can be.
    pub fn arrives(&mut self, arrival: &Arrival) -> Option<Duration> {
        // It waited for its reader, not for the target.
        if arrival.is_again {
            return None;
        }
        let times = self.of(&arrival.event);
        let Some(queued_at) = arrival.queued_at else {
            times.n_absent += 1;
            return None;
        };
        let received_at = arrival.received_at;
        times.take(Seen {
            queued_at,
            received_at,
        })
    }

    /// An action took so long until all that it owes had arrived, and an event of this name was part of that.
    pub fn round_trip(&mut self, event: &str, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let times = self.of(event);
        times.least_round_trip = least(times.least_round_trip, took);
    }

    /// What is wrong with the target's times, in one sentence that begins with the key of the target file.
    #[must_use]
    pub fn wrong(&self, target: &Target) -> Option<String> {
        let told = |event: &str, what: String| format!("{}: {what}", key(target, event));
        let of_events = self.events.iter().find_map(|(event, times)| {
            let what = times.wrong(event, described(target, event))?;
            Some(told(event, what))
        });
        of_events.or_else(|| {
            let event = self.unproved(target)?;
            let what =
                "no round trip brings such an event, so that nothing shows whose clock it is";
            Some(told(event, what.to_owned()))
        })
    }

    /// An event whose times nothing can be held against, if there is one. Events under one key have one clock.
    fn unproved(&self, target: &Target) -> Option<&str> {
        let proved: BTreeSet<String> = { self.events.iter() }
            .filter(|(_, times)| times.n_times > 0 && times.least_round_trip.is_some())
            .map(|(event, _)| key(target, event))
            .collect();
        let is_unproved = |(event, times): &(&String, &Times)| {
            times.n_times >= FEWEST && !proved.contains(&key(target, event))
        };
        let (event, _) = self.events.iter().find(is_unproved)?;
        Some(event)
    }

    fn of(&mut self, event: &str) -> &mut Times {
        self.events.entry(event.to_owned()).or_default()
    }
}

impl Times {
    /// Gives how long the delivery took, if that can be.
    fn take(&mut self, seen: Seen) -> Option<Duration> {
        let Seen {
            queued_at,
            received_at,
        } = seen;
        self.n_times += 1;
        self.is_fine |= !queued_at.is_multiple_of(SECOND);
        if queued_at.abs_diff(received_at) > FAR {
            self.n_far += 1;
            self.far.get_or_insert(seen);
            return None;
        }
        let ahead = queued_at.saturating_sub(received_at);
        self.ahead = self.ahead.max(ahead);
        if ahead > ROUNDING {
            return None;
        }
        let took = received_at.saturating_sub(queued_at);
        self.least_delivery = least(self.least_delivery, took);
        Some(Duration::from_micros(took))
    }

    /// What is wrong with them.
    fn wrong(&self, event: &str, described: Option<&QueuedAt>) -> Option<String> {
        if self.n_absent >= FEWEST && self.n_absent > self.n_times {
            let (absent, all) = (self.n_absent, self.n_absent + self.n_times);
            return Some(format!(
                "{absent} of {all} events `{event}` have no such time there"
            ));
        }
        if let Some(far) = self.far
            && self.n_far * 2 >= self.n_times
        {
            return Some(far_off(far, described));
        }
        if self.n_times >= FEWEST && !self.is_fine {
            return Some("its values are whole seconds, too coarse for a delivery".to_owned());
        }
        if self.ahead > ROUNDING {
            let by = written(self.ahead);
            return Some(format!("its clock is {by} ahead of this machine's"));
        }
        // The quickest round trip has a delivery in it.
        let by = { self.least_delivery? }.checked_sub(self.least_round_trip?)?;
        (by > ROUNDING).then(|| {
            let by = written(by);
            format!("its clock is at least {by} behind this machine's")
        })
    }
}

fn least(known: Option<u64>, other: u64) -> Option<u64> {
    Some(known.map_or(other, |known| known.min(other)))
}

/// A length of time, as exact as anybody wants to know it.
fn written(micros: u64) -> Written {
    let time = Duration::from_micros(micros);
    Written(match time.as_secs() {
        60.. => Duration::from_secs(time.as_secs()),
        _ => time,
    })
}

/// Whether the target file says when this event was made.
#[must_use]
pub fn says_when(target: &Target, event: &str) -> bool {
    described(target, event).is_some()
}

fn own<'a>(target: &'a Target, event: &'a str) -> impl Iterator<Item = &'a QueuedAt> {
    let events = target.actions.iter().flat_map(|(_, action)| &action.yields);
    let named = events.filter(move |(name, _)| name == event);
    named.filter_map(|(_, made)| made.queued_at.as_ref())
}

fn described<'a>(target: &'a Target, event: &'a str) -> Option<&'a QueuedAt> {
    let mut sockets = { target.sockets.iter() }.filter_map(|(_, socket)| socket.queued_at.as_ref());
    own(target, event).next().or_else(|| sockets.next())
}

fn key(target: &Target, event: &str) -> String {
    match own(target, event).next() {
        Some(_) => format!("`queued_at` of `{event}`"),
        None => "`queued_at` of `socket`".to_owned(),
    }
}

/// Why a time is so far from ours: perhaps in another unit it is not.
fn far_off(far: Seen, described: Option<&QueuedAt>) -> String {
    const UNITS: [(f64, &str); 4] = [
        (1e-3, "nanoseconds"),
        (1.0, "microseconds"),
        (1e3, "milliseconds"),
        (1e6, "seconds"),
    ];
    let (written, given) = match described.map(|queued| queued.unit) {
        Some(Unit::Microseconds) => ("us", 1.0),
        Some(Unit::Milliseconds) => ("ms", 1e3),
        Some(Unit::Seconds) => ("s", 1e6),
        Some(Unit::Rfc3339) | None => ("", 0.0),
    };
    let (queued, received) = (micros(far.queued_at), micros(far.received_at));
    let is_it = |unit: &f64| (queued / given * unit - received).abs() < micros(FAR);
    let found = UNITS.iter().find(|(unit, _)| given > 0.0 && is_it(unit));
    if let Some((_, unit)) = found {
        return format!("its values look like {unit}, and its unit is `{written}`");
    }
    let days = far.queued_at.abs_diff(far.received_at) / FAR;
    let side = match far.queued_at > far.received_at {
        true => "after",
        false => "before",
    };
    format!("its values are {days} days {side} the events arrive")
}

fn micros(time: u64) -> f64 {
    as_float(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_790_000_000_123_456;

    fn target(unit: &str) -> Target {
        let file = format!(
            "target: x\nlogin: none\nsocket: {{queued_at: {{at: /t, unit: {unit}}}}}\nactions:\n  note: {{takes: {{text: marker}}, do: {{post: /n, json: \"{{parameters}}\"}}, yields: {{noted: 1, told: 1, own: {{queued_at: {{at: /own, unit: us}}}}}}}}\n"
        );
        targets::parse(&file).unwrap_or_else(|wrong| panic!("{file}: {wrong:?}"))
    }

    /// An event that arrives as the `n`th.
    fn arrival(event: &str, n: u64, queued_at: impl Fn(u64) -> Option<u64>) -> Arrival {
        let received_at = NOW + n * 1_000;
        Arrival {
            event: event.to_owned(),
            number: None,
            queued_at: queued_at(received_at),
            is_again: false,
            received_at,
        }
    }

    /// What is wrong with twenty events, made at these microseconds before or after they arrive, where the round trip of
    /// each takes so long.
    #[track_caller]
    fn check(unit: &str, queued_at: impl Fn(u64) -> Option<u64>, trip: u64, says: &str) {
        let mut clock = Clock::default();
        for n in 0..20 {
            clock.arrives(&arrival("noted", n, &queued_at));
            clock.round_trip("noted", Duration::from_micros(trip));
        }
        let wrong = clock.wrong(&target(unit)).unwrap_or_default();
        let says = match says {
            "" => String::new(),
            says => format!("`queued_at` of `socket`: {says}"),
        };
        assert_eq!(wrong, says, "{unit}");
    }

    #[test]
    fn a_sound_clock_is_measured_with() {
        let mut clock = Clock::default();
        let took = clock.arrives(&arrival("noted", 0, |at| Some(at - 3_000)));
        assert_eq!(took, Some(Duration::from_millis(3)));
        check("us", |at| Some(at - 3_000), 4_000, "");
        // Rounded to a whole millisecond, down or up, or a little ahead.
        check("ms", |at| Some((at - 3_000) / 1_000 * 1_000), 3_000, "");
        check("ms", |at| Some(at.div_ceil(1_000) * 1_000), 4_000, "");
        check("ms", |at| Some(at + 9_000), 4_000, "");
        check("ms", |at| Some(at - 13_000), 4_000, "");
        // What takes long is no wrong clock.
        check("ms", |at| Some(at - 312_000), 320_000, "");
    }

    #[test]
    fn a_clock_that_is_not_ours_measures_no_delivery() {
        let minutes = 312 * SECOND;
        let ahead = |by: &str| format!("its clock is {by} ahead of this machine's");
        check("ms", |at| Some(at + 312_000), 4_000, &ahead("312ms"));
        check("ms", |at| Some(at + minutes), 4_000, &ahead("5m12s"));
        let behind = |by: &str| format!("its clock is at least {by} behind this machine's");
        check("ms", |at| Some(at - 312_000), 4_000, &behind("308ms"));
        check("us", |at| Some(at - minutes), 4_000, &behind("5m11s"));
        // A time zone away.
        check("ms", |at| Some(at + 7_200 * SECOND), 4_000, &ahead("2h"));
        let coarse = "its values are whole seconds, too coarse for a delivery";
        check("s", |at| Some(at / SECOND * SECOND), 4_000, coarse);
        check("s", |at| Some((at / SECOND + 1) * SECOND), 4_000, coarse);
        let absent = "20 of 20 events `noted` have no such time there";
        check("s", |_| None, 4_000, absent);
    }

    #[test]
    fn what_cannot_be_its_delivery_has_no_time() {
        let mut clock = Clock::default();
        for queued_at in [
            |_| None,
            |at| Some(at + 312_000),
            |at| Some(at + 312 * SECOND),
            |at| Some(at / 1_000),
        ] {
            assert_eq!(clock.arrives(&arrival("noted", 0, queued_at)), None);
        }
        let mut again = arrival("noted", 0, |_| None);
        again.is_again = true;
        let mut clock = Clock::default();
        for _ in 0..20 {
            assert_eq!(clock.arrives(&again), None);
        }
        assert_eq!(clock.wrong(&target("us")), None, "they need no time");
    }

    /// Each event is held against its own key, and against round trips that bring it.
    #[test]
    fn one_wrong_event_among_others_is_found() {
        let check = |event: &str, queued_at: fn(u64) -> Option<u64>, says: Option<&str>| {
            let mut clock = Clock::default();
            for n in 0..100 {
                clock.arrives(&arrival("noted", n, |at| Some(at - 3_000)));
                clock.round_trip("noted", Duration::from_millis(4));
            }
            for n in 0..10 {
                clock.arrives(&arrival(event, n, queued_at));
            }
            assert_eq!(clock.wrong(&target("us")).as_deref(), says, "{event}");
        };
        check("told", |at| Some(at - 3_000), None);
        // A slow event of which no round trip is known: its clock is the other one's.
        check("told", |at| Some(at - 900_000), None);
        let absent = "`queued_at` of `socket`: 10 of 10 events `told` have no such time there";
        check("told", |_| None, Some(absent));
        let unit = "`queued_at` of `own`: its values look like milliseconds, and its unit is `us`";
        check("own", |at| Some(at / 1_000), Some(unit));
        let unproved = "`queued_at` of `own`: no round trip brings such an event, so that nothing shows whose clock it is";
        check("own", |at| Some(at - 3_000), Some(unproved));
    }

    #[test]
    fn a_wrong_unit_is_named() {
        // What the file's unit makes of values in another one.
        for (unit, scale, says) in [
            ("ms", 1e-3, "seconds, and its unit is `ms`"),
            ("us", 1e-6, "seconds, and its unit is `us`"),
            ("us", 1e-3, "milliseconds, and its unit is `us`"),
            ("s", 1e3, "milliseconds, and its unit is `s`"),
            ("ms", 1e3, "microseconds, and its unit is `ms`"),
            ("us", 1e3, "nanoseconds, and its unit is `us`"),
        ] {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a time of this century"
            )]
            let queued_at = |at| Some((micros(at) * scale) as u64);
            check(
                unit,
                queued_at,
                4_000,
                &format!("its values look like {says}"),
            );
        }
        let since_start = |_| Some(5_250_000);
        let says = "its values are 20717 days before the events arrive";
        check("ms", since_start, 4_000, says);
    }
}
