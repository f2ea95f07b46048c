//! Whether what a user sees depends on who else is there.

use crate::comparison::{REPEATED, View, compare};
use crate::finding::Finding;
use crate::finding::Tally;
use crate::history::Scene;
use crate::judging::{Judge, Seen};
use crate::observation::What;
use crate::properties::TOO_LATE_MS;

/// Who acts in the parts alone sees the same beside each neighbour: content, number, order, ids that count,
/// and as soon as in the slowest part alone, with some room.
///
/// Relies on: a part is run with the same steps each time. Of what the parts alone do not agree
/// on only the number of things is judged, by a range; `comparison` says what is, and keeps what was seen until
/// the end. A part that could not settle shows how slow the machine was and not who was beside: it is left out, and
/// what is missing then is in doubt.
#[derive(Default)]
pub(super) struct Undisturbed {
    alone: Vec<View>,
    beside: Vec<(String, View)>,
    now: Now,
    /// Why the first part that was left out could not settle.
    doubt: Option<String>,
    /// How late the harness was in this part, of what moves a step: in all.
    late_ms: u64,
}

#[derive(Default)]
enum Now {
    #[default]
    NoPart,
    Alone,
    Beside,
}

impl Undisturbed {
    pub(super) fn start(_: &Scene) -> Box<dyn Judge> {
        Box::new(Self::default())
    }

    /// Forgets the part that goes on now.
    fn leave_out(&mut self, why: &str) {
        match std::mem::take(&mut self.now) {
            Now::NoPart => return,
            Now::Alone => drop(self.alone.pop()),
            Now::Beside => drop(self.beside.pop()),
        }
        self.doubt.get_or_insert_with(|| why.to_owned());
    }
}

impl Judge for Undisturbed {
    fn see(&mut self, seen: &Seen<'_>) {
        match seen.what {
            What::PartBegan { beside: None } => {
                self.alone.push(View::begin(seen.at_us));
                self.now = Now::Alone;
                self.late_ms = 0;
            }
            What::PartBegan { beside: Some(name) } => {
                self.beside.push((name.clone(), View::begin(seen.at_us)));
                self.now = Now::Beside;
                self.late_ms = 0;
            }
            What::Settled {
                unsettled: Some(why),
                ..
            } if seen.place.user.is_none() => self.leave_out(why),
            // A nap moves every step after it; several are as bad as a long one.
            What::Late { by_ms, .. } if *by_ms >= TOO_LATE_MS / 2 => {
                self.late_ms = self.late_ms.saturating_add(*by_ms);
                if self.late_ms >= TOO_LATE_MS {
                    let late = self.late_ms;
                    self.leave_out(&format!("the harness itself was late by {late} ms"));
                }
            }
            _ => {}
        }
        let view = match self.now {
            Now::NoPart => None,
            Now::Alone => self.alone.last_mut(),
            Now::Beside => self.beside.last_mut().map(|(_, view)| view),
        };
        if let Some(view) = view {
            view.see(seen);
        }
    }

    fn end(mut self: Box<Self>) -> Finding {
        let mut tally = Tally::default();
        if let Some(why) = self.doubt {
            tally.doubt(|| format!("a part was left out: {why}"));
            // One look alone accuses nobody where two were meant to.
            let names: Vec<String> = self.beside.iter().map(|(name, _)| name.clone()).collect();
            let parts = |name: &String| names.iter().filter(|other| *other == name).count();
            self.beside.retain(|(name, _)| parts(name) >= REPEATED);
            if self.alone.len() < 2 || self.beside.is_empty() {
                return tally.finding("");
            }
        }
        if self.alone.len() < 2 {
            return Finding::undecided("what is seen alone is learnt from two parts at least");
        }
        if self.beside.is_empty() {
            return Finding::undecided("nobody was beside");
        }
        if !self.alone.iter().any(View::has_events) {
            return Finding::undecided("nothing was received alone");
        }
        let compared = compare(&self.alone, &self.beside);
        tally.chance(compared.checked);
        for witness in compared.witnesses {
            tally.witness(|| witness);
        }
        tally.finding("nothing was the same in all parts alone")
    }
}

#[cfg(test)]
mod tests {
    use crate::marker::Marker;
    use crate::notation::check;
    use crate::observation::What;
    use crate::properties::named;
    use crate::verdict::Verdict::{self, Holds, Undecided, Violated};

    /// What amy sees alone, twice, and then beside somebody, twice.
    #[track_caller]
    fn compare(alone: [&str; 2], beside: [&str; 2], verdict: Verdict, says: &str) {
        let [first, second] = alone;
        let [third, fourth] = beside;
        let script = format!("|alone {first} |alone {second} |busy {third} |busy {fourth}");
        let property = named("undisturbed").expect("listed");
        check(property, &script, verdict, says);
    }

    /// A nap moves what comes after it by as much, and several move the steps.
    #[test]
    fn a_harness_that_napped_accuses_nobody() {
        let alone = "amy+ amy!1 amy<amy1#1 amy%";
        let slow = "amy+ amy!1 ~1200ms amy<amy1#1 amy%";
        compare([alone, alone], [slow, slow], Violated, "it came after 120");
        let napped = "amy+ amy!1 ~1200ms ~~900 amy<amy1#1 amy%";
        compare([alone, alone], [napped, napped], Holds, "");
        // The band ends at 502 ms; the nap is a millisecond of the notation itself.
        let just = "amy+ amy!1 ~1200ms ~~701 amy<amy1#1 amy%";
        compare([alone, alone], [just, just], Holds, "");
        let shorter = "amy+ amy!1 ~1200ms ~~700 amy<amy1#1 amy%";
        compare(
            [alone, alone],
            [shorter, shorter],
            Violated,
            "it came after 1203",
        );
        let too_slow = "amy+ amy!1 ~1600ms ~~900 amy<amy1#1 amy%";
        compare(
            [alone, alone],
            [too_slow, too_slow],
            Violated,
            "it came after 160",
        );
        let naps = "amy+ amy!1 ~~600 ~3 ~~600 amy<amy1#1 amy%";
        let says = "a part was left out: the harness itself was late by 1200 ms";
        compare([alone, alone], [naps, naps], Undecided, says);
        // Small ones are within the band's room, and each part has its own.
        let small = "amy+ amy!1 ~~499 ~~499 ~~499 amy<amy1#1 amy%";
        compare([alone, alone], [small, small], Holds, "");
        let once = "amy+ amy!1 ~~900 amy<amy1#1 amy%";
        compare([once, once], [once, once], Holds, "");
    }

    /// A step that fails beside somebody is a difference; one that was not seen in time tells of the machine.
    #[test]
    fn a_step_that_fails_only_beside_somebody_is_found() {
        let alone = "amy+ amy!1 amy<amy1#1 amy=yes";
        let failed = "amy+ amy!1 amy<amy1#1 amy=no";
        let says = "met is `false`, and `true` alone";
        compare([alone, alone], [failed, failed], Violated, says);
        let unseen = "amy+ amy!1 amy<amy1#1 amy=late";
        compare([alone, alone], [unseen, unseen], Holds, "");
    }

    /// When the harness closes its own tab says how long it listened.
    #[test]
    fn the_time_of_an_own_close_is_not_compared() {
        let alone = "amy+ amy!1 amy<amy1#1 amy%";
        let later = "amy+ amy!1 amy<amy1#1 ~9 amy%";
        compare([alone, alone], [later, later], Holds, "");
        let closed = "amy+ amy!1 amy<amy1#1 amy%1001";
        let by_server = "amy+ amy!1 amy<amy1#1 ~9 amy%1001";
        compare([closed, closed], [by_server, by_server], Violated, "`left`");
    }

    #[test]
    fn what_is_always_the_same_must_stay_the_same() {
        let one = "amy+ amy!1 amy<amy1#1";
        let other = "amy+ amy!2 amy<amy2#1";
        compare([one, other], [one, other], Holds, "");
        let content = "amy+ amy!1 amy<bob1#1";
        let says = "amy/desktop/1: `result` beside busy: $[1].text is `‹foreign›`, and `‹amy's 1›` alone; in 2 of 2 runs";
        compare([one, other], [content, content], Violated, says);
        let more = "amy+ amy!1 amy<amy1#1 amy<\"more\"";
        compare(
            [one, other],
            [more, more],
            Violated,
            "there are 2, and 1 alone",
        );
        let none = "amy+ amy!1";
        compare(
            [one, other],
            [none, none],
            Violated,
            "there are 0, and 1 alone",
        );
    }

    #[test]
    fn a_part_on_a_slow_machine_shows_nothing_of_who_was_beside() {
        let one = "amy+ amy!1 amy<amy1#1";
        let none = "amy+ amy!1";
        let says = "there are 0, and 1 alone";
        compare([one, one], [none, none], Violated, says);
        let late = "amy+ amy!1 ?.late";
        let doubt = "a part was left out: the target was slow";
        compare([one, one], [late, late], Undecided, doubt);
        compare([one, one], [late, none], Undecided, doubt);
        compare([one, late], [none, none], Undecided, doubt);
        compare([one, one], [late, one], Undecided, doubt);
        // What was late for one session says nothing of the part.
        let session = "amy+ amy!1 amy.late";
        compare([one, one], [session, session], Violated, says);
        let stalled = "amy+ amy!1 amy<amy1#1 ~~1000";
        let own = "a part was left out: the harness itself was late by 1000 ms";
        compare([one, one], [stalled, stalled], Undecided, own);
        compare([one, one], ["amy+ amy!1 amy<amy1#1 ~~999", one], Holds, "");
        // Two that agree are enough, whatever a third could not tell.
        let three = format!("|alone {one} |alone {one} |busy {none} |busy {late} |busy {none}");
        let property = named("undisturbed").expect("listed");
        check(property, &three, Violated, says);
    }

    #[test]
    fn what_another_does_and_sees_is_not_compared() {
        let alone = "amy+ amy!1 amy<amy1#1";
        let beside = "bob+ amy+ bob!7 bob<bob7#9 amy!1 bob<bob7#10 amy<amy1#1";
        compare([alone, alone], [beside, beside], Holds, "");
    }

    #[test]
    fn what_is_different_once_of_twice_may_be_chance() {
        let same = "amy+ amy!1 amy<amy1#1";
        let other = "amy+ amy!1 amy<amy1#4";
        compare([same, same], [same, other], Holds, "");
        compare(
            [same, same],
            [other, other],
            Violated,
            "$[2].seq is `4`, and `1` alone",
        );
        let script = format!("|alone {same} |alone {same} |busy {other}");
        let property = named("undisturbed").expect("listed");
        check(property, &script, Violated, "in 1 of 1 runs");
        let script = format!("|alone {same} |alone {same} |busy {other} |hostile {other}");
        check(property, &script, Violated, "beside hostile");
    }

    #[test]
    fn what_differs_alone_may_differ_beside() {
        compare(
            ["amy+ amy<\"x\" amy<\"y\"", "amy+ amy<\"z\" amy<\"y\""],
            ["amy+ amy<\"p\" amy<\"y\"", "amy+ amy<\"q\" amy<\"y\""],
            Holds,
            "",
        );
    }

    #[test]
    fn an_id_that_grows_grows_by_what_it_did() {
        // On one server that goes on, each part begins where the last one ended.
        let alone = ["amy+ amy<\"7\" amy<\"8\"", "amy+ amy<\"9\" amy<\"10\""];
        let same = ["amy+ amy<\"11\" amy<\"12\"", "amy+ amy<\"20\" amy<\"21\""];
        compare(alone, same, Holds, "");
        let others_count_too = ["amy+ amy<\"11\" amy<\"14\"", "amy+ amy<\"15\" amy<\"18\""];
        let says = "$[1].text went from `11` to `14`, and by [1] alone";
        compare(alone, others_count_too, Violated, says);
        let no_number = ["amy+ amy<\"11\" amy<\"no\"", "amy+ amy<\"15\" amy<\"no\""];
        compare(alone, no_number, Violated, "to `no`");
    }

    #[test]
    fn a_random_id_that_stays_does_not_count() {
        let alone = [
            "amy+ amy<\"f7a1\" amy<\"f7a1\"",
            "amy+ amy<\"3bc9\" amy<\"3bc9\"",
        ];
        let beside = ["amy+ amy<\"c2\" amy<\"c2\"", "amy+ amy<\"d4e\" amy<\"d4f\""];
        compare(alone, beside, Holds, "");
        // Numbers that move by other steps each time are random too.
        let alone = ["amy+ amy<\"7\" amy<\"8\"", "amy+ amy<\"9\" amy<\"12\""];
        let beside = ["amy+ amy<\"1\" amy<\"9\"", "amy+ amy<\"2\" amy<\"30\""];
        compare(alone, beside, Holds, "");
    }

    #[test]
    fn where_the_number_is_chance_the_words_are_not() {
        let alone = ["amy+ amy<\"a-1\" amy<\"a-2\"", "amy+ amy<\"a-1\""];
        let same = ["amy+ amy<\"a-3\" amy<\"a-4\" amy<\"a-5\"", "amy+"];
        compare(alone, same, Holds, "");
        let new = ["amy+ amy<\"a-1\" amy<\"b\"", "amy+ amy<\"b\""];
        let says = "$[#].text is `b`, which never stood there alone";
        compare(alone, new, Violated, says);
        // A word that one part alone has and the other has not: any word may stand there.
        let open = ["amy+ amy<\"a\" amy<\"c\"", "amy+ amy<\"a\""];
        compare(open, new, Holds, "");
    }

    /// What amy sees when so many events come.
    fn events(count: usize) -> String {
        format!("amy+ {}", "amy<\"x\" ".repeat(count))
    }

    /// So many events alone, in each part, and so many beside somebody, twice.
    #[track_caller]
    fn numbers(alone: &[usize], beside: usize, verdict: Verdict, says: &str) {
        let alone: String = alone
            .iter()
            .map(|count| format!("|alone {} ", events(*count)))
            .collect();
        let beside = format!("|busy {} ", events(beside)).repeat(2);
        let property = named("undisturbed").expect("listed");
        check(property, &format!("{alone}{beside}"), verdict, says);
    }

    #[test]
    fn a_number_that_varies_stays_in_a_range() {
        let alone = [60, 61, 44];
        for within in [22, 44, 50, 61, 139] {
            numbers(&alone, within, Holds, "");
        }
        let says = "`result` beside busy: there are 1, and from 44 to 61 alone; in 2 of 2 runs";
        numbers(&alone, 1, Violated, says);
        numbers(&alone, 0, Violated, "there are 0, and from 44 to 61 alone");
        numbers(&alone, 21, Violated, "there are 21");
        numbers(&alone, 140, Violated, "there are 140, and from 44 to 61");
    }

    #[test]
    fn nothing_at_all_is_always_too_few_where_something_always_was() {
        numbers(&[1, 2], 0, Violated, "there are 0, and from 1 to 2 alone");
        numbers(&[1, 2], 1, Holds, "");
        numbers(&[1, 2], 5, Holds, "");
        numbers(&[1, 2], 6, Violated, "there are 6");
        // What was absent in one part alone may be absent.
        numbers(&[0, 1], 0, Holds, "");
        numbers(&[0, 1], 3, Holds, "");
        numbers(&[0, 1], 4, Violated, "there are 4, and from 0 to 1 alone");
    }

    #[test]
    fn a_number_out_of_its_range_counts_when_it_is_seen_twice() {
        let (few, many) = (events(4), events(8));
        compare([&few, &many], [&few, "amy+"], Holds, "");
        compare([&few, &many], ["amy+", "amy+"], Violated, "there are 0");
        // The witness is the first that is too many.
        let told = |beside: usize| {
            let beside = events(beside);
            let script = format!("|alone {few} |alone {many} |busy {beside}");
            let property = named("undisturbed").expect("listed");
            let found = property.judge(&crate::notation::history(&script));
            found.witnesses[0].seq
        };
        // The part beside begins at 19, and its events at 22.
        assert_eq!((told(1), told(40)), (Some(22), Some(30)));
    }

    #[test]
    fn what_is_there_only_beside_is_a_difference_and_a_chance() {
        let alone = "amy+ amy<\"x\"";
        let script = format!("|alone {alone} |alone {alone} |busy {alone} amy=yes");
        let property = named("undisturbed").expect("listed");
        check(
            property,
            &script,
            Violated,
            "`step: a step` beside busy: there are 1, and 0 alone",
        );
        let found = property.judge(&crate::notation::history(&script));
        assert_eq!(found.chances, 9 + 1, "{found:?}");
    }

    #[test]
    fn a_tab_that_is_closed_otherwise_is_a_difference() {
        let (own, theirs) = ("amy+ amy<\"x\" amy%", "amy+ amy<\"x\" amy%1008");
        compare([own, own], [own, own], Holds, "");
        compare([theirs, theirs], [theirs, theirs], Holds, "");
        let says = "`left` beside busy: by the server is `close frame 1008`";
        compare([own, own], [theirs, theirs], Violated, says);
    }

    #[test]
    fn order_counts_where_it_was_always_the_same() {
        let [one, other] = ["amy+ amy=yes amy<\"x\"", "amy+ amy<\"x\" amy=yes"];
        compare([one, one], [other, other], Violated, "and after it alone");
        compare([one, other], [other, other], Holds, "");
        compare([one, one], [one, one], Holds, "");
    }

    #[test]
    fn late_is_later_than_the_slowest_alone_with_some_room() {
        let soon = "amy+ amy!1 amy<amy1#1";
        let late = "amy+ amy!1 ~3 amy<amy1#1";
        compare(
            [soon, soon],
            [late, late],
            Violated,
            "it came after 3002 ms, and within 502 ms alone",
        );
        compare([soon, late], [late, late], Holds, "");
        compare([soon, soon], [soon, late], Holds, "");
        let at_the_edge = "amy+ amy!1 ~500ms amy<amy1#1";
        let past_it = "amy+ amy!1 ~501ms amy<amy1#1";
        compare([soon, soon], [at_the_edge, at_the_edge], Holds, "");
        compare([soon, soon], [past_it, past_it], Violated, "after 503 ms");
        // What comes early is no harm.
        compare([late, late], [soon, soon], Holds, "");
    }

    #[test]
    fn the_band_is_as_wide_as_the_parts_alone_are_apart() {
        let after = |seconds: u8| format!("amy+ amy!1 ~{seconds} amy<amy1#1");
        let [one, two, five, seven] = [1, 2, 5, 7].map(after);
        compare([&one, &two], [&five, &five], Holds, "");
        let says = "it came after 7002 ms, and within 6002 ms alone";
        compare([&one, &two], [&seven, &seven], Violated, says);
    }

    /// What the witnesses say beside somebody who is there once.
    fn told(alone: &str, beside: &str) -> Vec<String> {
        let script = format!("|alone {alone} |alone {alone} |busy {beside}");
        let property = named("undisturbed").expect("listed");
        let finding = property.judge(&crate::notation::history(&script));
        let told = finding.witnesses.into_iter();
        told.map(|witness| format!("{:?} {}", witness.seq, witness.says))
            .collect()
    }

    #[test]
    fn a_witness_is_where_it_differs() {
        let one = "amy+ amy<\"x\"";
        let more = told(one, "amy+ amy<\"x\" amy<\"y\"");
        // The third part begins at 9.
        assert!(
            more[0].starts_with("Some(13) amy/desktop/1: `result`"),
            "{more:?}"
        );
        let fewer = told("amy+ amy<\"x\" amy<\"y\"", one);
        assert!(fewer[0].starts_with("Some("), "{fewer:?}");
        let none = told(one, "amy+");
        assert!(
            none[0].starts_with("None amy/desktop/1: `result`"),
            "{none:?}"
        );
        let swapped = told("amy+ amy=yes amy<\"x\"", "amy+ amy<\"x\" amy=yes");
        let says = "`result` beside busy: it came before `step: a step`, and after it alone";
        assert!(swapped[0].contains(says), "{swapped:?}");
    }

    #[test]
    fn an_action_is_named_by_its_turn() {
        // Its id is another in each part.
        let alone = |first: u8, second: u8| {
            format!("amy+ amy<\"x\" amy!{first} amy!{second} amy?amy{second}=yes")
        };
        let script = format!(
            "|alone {} |alone {} |busy amy+ amy<\"x\" amy!5 amy!6 amy?amy5=yes",
            alone(1, 2),
            alone(3, 4)
        );
        let property = named("undisturbed").expect("listed");
        let says = "`GET /api/actions/‹amy's 1›` beside busy: there are 1, and 0 alone";
        check(property, &script, Violated, says);
        let says = "`GET /api/actions/‹amy's 2›` beside busy: there are 0, and 1 alone";
        let told = property.judge(&crate::notation::history(&script)).witnesses;
        assert!(
            told.iter().any(|witness| witness.says.contains(says)),
            "{told:?}"
        );
    }

    /// How many things came late, when the pause in the script takes five seconds in place of three.
    #[track_caller]
    fn late(script: &str, expected: &[&str]) {
        let with = |seconds: u8| script.replace("~pause", &format!("~{seconds}"));
        let (alone, beside) = (with(3), with(5));
        let script = format!("|alone {alone} |alone {alone} |busy {beside}");
        let mut history = crate::notation::history(&script);
        for seen in &mut history.observations {
            // An answer shows the marker of what was asked for.
            if let What::Answered {
                action: Some(_),
                frame,
                ..
            } = &mut seen.what
            {
                *frame = Marker::new(&"amy".into(), 1).to_string();
            }
        }
        let found = named("undisturbed").expect("listed").judge(&history);
        let late: Vec<&str> = found
            .witnesses
            .iter()
            .filter_map(|witness| witness.says.split('`').nth(1))
            .collect();
        assert_eq!(late, expected, "{script}");
    }

    #[test]
    fn a_delay_is_counted_once_and_from_what_it_answers() {
        late("amy+ ~pause amy<\"x\" amy=yes", &["result"]);
        late("amy+ ~pause amy=yes amy<\"x\"", &["step: a step"]);
        // Events without a marker answer what was done last, and not each other.
        late("amy+ ~pause amy<\"x\" amy<\"y\"", &["result", "result"]);
        // An answer is measured from what was seen last, also when its marker is older.
        late("amy+ amy!1 ~pause amy<\"x\" amy?amy1=yes", &["result"]);
        // An event is measured from the sending of its own marker.
        late(
            "amy+ amy!1 ~pause amy=yes amy<amy1",
            &["step: a step", "result"],
        );
    }

    #[test]
    fn of_two_values_the_one_that_is_nearer_comes_first() {
        let alone = "amy+ amy<\"abcdef\" amy<\"abc\"";
        let beside = "amy+ amy<\"zzzzzz\" amy<\"abd\"";
        let told = told(alone, beside);
        assert!(told[0].contains("is `abd`, and `abc` alone"), "{told:?}");
        assert!(
            told[1].contains("is `zzzzzz`, and `abcdef` alone"),
            "{told:?}"
        );
    }

    #[test]
    fn of_two_delays_the_shorter_one_comes_first() {
        // The first thing may take long and takes somewhat longer; the second should come at once.
        let alone = "amy+ ~3 amy=yes amy!1 amy<amy1";
        let beside = "amy+ ~4 amy=yes amy!1 ~3 amy<amy1";
        let late = told(alone, beside);
        assert!(
            late[0].contains("`step: a step` beside busy: it came after 4001 ms"),
            "{late:?}"
        );
        assert!(
            late[1].contains("`result` beside busy: it came after 3002 ms"),
            "{late:?}"
        );
        let alone = "amy+ ~50 amy=yes amy!1 amy<amy1";
        let beside = "amy+ ~99 amy=yes amy!1 ~3 amy<amy1";
        let late = told(alone, beside);
        assert!(
            late[0].contains("`result` beside busy: it came after 3002 ms"),
            "{late:?}"
        );
    }

    #[test]
    fn the_smallest_difference_comes_first() {
        let alone = "amy+ amy<\"abc\" amy=yes";
        let beside = "amy+ ~9 amy=yes amy<\"abd\"";
        let property = named("undisturbed").expect("listed");
        let script = format!("|alone {alone} |alone {alone} |busy {beside}");
        let finding = property.judge(&crate::notation::history(&script));
        let says: Vec<&str> = finding
            .witnesses
            .iter()
            .map(|witness| witness.says.as_str())
            .collect();
        assert!(
            says[0].contains("$[1].text is `abd`, and `abc` alone"),
            "{says:?}"
        );
        assert!(says[1].contains("it came before"), "{says:?}");
        assert!(
            says.last().expect("some").contains("it came after"),
            "{says:?}"
        );
    }

    /// One check for each value, for each thing's time, for each number of things and each order of two.
    #[test]
    fn what_was_checked_is_counted() {
        let chances = |alone: &str, beside: &str| {
            let script = format!("|alone {alone} |alone {alone} |busy {beside}");
            let property = named("undisturbed").expect("listed");
            property.judge(&crate::notation::history(&script)).chances
        };
        // Logged in, joined with its last number, an event with its text: 3 numbers, 3 times, 2 values. The
        // two things at the tab have an order.
        assert_eq!(chances("amy+ amy<\"x\"", "amy+ amy<\"x\""), 3 + 3 + 2 + 1);
        // One more event of the same sort: a time and a value more.
        let two = "amy+ amy<\"x\" amy<\"y\"";
        assert_eq!(chances(two, two), 3 + 4 + 3 + 1);
        // A number that differs leaves its things and its orders unjudged.
        assert_eq!(chances(two, "amy+ amy<\"x\""), 3 + 2 + 1);
        // Where the numbers differ alone, words and times are left: of two events one word and one time each.
        let script =
            "|alone amy+ amy<\"x\" |alone amy+ amy<\"x\" amy<\"x\" |busy amy+ amy<\"x\" amy<\"x\"";
        let property = named("undisturbed").expect("listed");
        let found = property.judge(&crate::notation::history(script));
        assert_eq!(found.chances, 3 + 2 + 1 + 2 + 2, "{found:?}");
    }

    #[test]
    fn without_a_comparison_nothing_is_told() {
        let property = named("undisturbed").expect("listed");
        let seen = "amy+ amy<\"x\"";
        check(
            property,
            &format!("|alone {seen} |busy {seen}"),
            Undecided,
            "two parts",
        );
        check(
            property,
            &format!("|alone {seen} |alone {seen}"),
            Undecided,
            "nobody was beside",
        );
        check(
            property,
            "|alone amy+ |alone amy+ |busy amy+",
            Undecided,
            "nothing was received",
        );
    }
}
