//! Which part comes next, and how all of them ended.
//!
//! The parts take turns, so that a machine that grows slower is slower in all of them. A part in which the harness
//! itself was late shows nothing, and is taken again at once: how it ended shows nothing either.

use std::collections::VecDeque;

use super::plan::Parts;
use crate::run::error::Stopped;
use crate::scenario::content::Neighbour;

/// Which neighbour is there in a part, and where.
#[derive(Clone, Copy)]
pub(super) enum Part<'a> {
    /// Nobody is beside the user; this neighbour is next door.
    Alone(&'a Neighbour),
    Beside(&'a Neighbour),
}

/// How the steps of a part ended.
pub(super) type PartEnd = Result<(), Stopped>;

/// One try of a part.
pub(super) struct Played {
    pub(super) ended: PartEnd,
    /// The harness itself was so late that the part cannot be compared.
    pub(super) was_late: bool,
}

/// The parts that are still to be played, and how those before them ended.
pub(super) struct Turns<'a> {
    left: VecDeque<Part<'a>>,
    /// How many more parts may be taken again: as many as there are, so that a machine that is always slow comes to an
    /// end.
    again: usize,
    ended: PartEnd,
}

impl<'a> Turns<'a> {
    /// Each part in its turn.
    pub(super) fn of(Parts { alone, beside }: Parts, neighbours: &'a [Neighbour]) -> Self {
        let mut left = VecDeque::new();
        for round in 0..alone.max(beside) {
            if round < alone {
                let next_door = neighbours.get(round % neighbours.len().max(1));
                left.extend(next_door.map(Part::Alone));
            }
            if round < beside {
                left.extend(neighbours.iter().map(Part::Beside));
            }
        }
        Self {
            again: left.len(),
            left,
            ended: Ok(()),
        }
    }

    pub(super) fn next(&mut self) -> Option<Part<'a>> {
        self.left.pop_front()
    }

    /// Takes in how this part was played. What goes wrong in one part takes nothing from the others, and what goes wrong
    /// in a part that is taken again takes nothing from its next try.
    pub(super) fn played(&mut self, part: Part<'a>, Played { ended, was_late }: Played) {
        if was_late && self.again > 0 {
            self.again -= 1;
            self.left.push_front(part);
        } else if self.ended.is_ok() {
            self.ended = ended;
        }
    }

    /// The first error of a part that was not taken again.
    pub(super) fn ended(self) -> PartEnd {
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::error::RunError;

    /// Plays two parts alone and two beside somebody. Of each try: whether the harness was late, and in which line it
    /// stopped (0: nowhere). Says in which order the parts were played, and which line stopped the run.
    fn play(tries: &[(bool, u64)]) -> (String, Option<u64>) {
        let neighbours = [Neighbour {
            name: "busy".to_owned(),
            before: Vec::new(),
            meanwhile: Vec::new(),
        }];
        let parts = Parts {
            alone: 2,
            beside: 2,
        };
        let mut turns = Turns::of(parts, &neighbours);
        let mut order = String::new();
        let mut tries = tries.iter();
        while let Some(part) = turns.next() {
            order.push(match part {
                Part::Alone(_) => 'a',
                Part::Beside(_) => 'b',
            });
            let (was_late, line) = *tries.next().unwrap_or(&(false, 0));
            let error = RunError::Unseen;
            let played = Played {
                ended: (line == 0).then_some(()).ok_or(Stopped { line, error }),
                was_late,
            };
            turns.played(part, played);
        }
        (order, turns.ended().err().map(|stopped| stopped.line))
    }

    #[test]
    fn only_the_last_try_of_a_part_says_how_it_ended() {
        assert_eq!(play(&[]), ("abab".to_owned(), None));
        assert_eq!(play(&[(true, 7)]), ("aabab".to_owned(), None));
        assert_eq!(play(&[(true, 7), (false, 8)]).1, Some(8));
        // A part that was not late is not taken again, and its error counts, also before others.
        assert_eq!(play(&[(false, 7)]), ("abab".to_owned(), Some(7)));
        assert_eq!(play(&[(false, 7), (false, 8)]).1, Some(7));
    }

    /// On a machine that is always slow, the last tries count as they are.
    #[test]
    fn parts_are_not_taken_again_without_end() {
        let (order, line) = play(&[(true, 7); 8]);
        assert_eq!((order.as_str(), line), ("aaaaabab", Some(7)));
    }
}
