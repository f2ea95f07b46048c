//! A text in which names stand for the markers, however they are written there.

use super::found::FoundMarker;
use super::layout::PREVIEW;
use super::search::{Search, Sighting};
use super::travel::Coat;

/// The text with each of these markers replaced by its name and how it travelled. A list of numbers becomes a text in
/// quotes, so that JSON stays JSON; base64 that announces itself is replaced as a whole.
pub(crate) fn named(
    text: &str,
    markers: &[FoundMarker],
    name: impl Fn(&FoundMarker) -> String,
) -> String {
    if markers.is_empty() {
        return text.to_owned();
    }
    let mut named = String::new();
    let mut copied = 0;
    for sighting in Search::of(text.as_bytes()) {
        let Some(before) = text.get(copied..sighting.begin) else {
            continue;
        };
        let Some(found) = markers.iter().find(|found| found.is_in(&sighting)) else {
            continue;
        };
        let travel = found.travelled_as(&sighting);
        let name = format!("{}{travel}", name(found));
        named += before;
        match travel.coat {
            Coat::Numbers if !travel.nested => named += &format!("\"{name}\""),
            _ => named += &name,
        }
        copied = match travel.preview {
            // Letters behind a preview are no part of it.
            Some(n) if sighting.is_plain() => sighting.begin + usize::from(n),
            _ => sighting.end,
        };
    }
    named += text.get(copied..).unwrap_or_default();
    named
}

impl Sighting {
    /// Whether it stands letter by letter.
    fn is_plain(&self) -> bool {
        self.end - self.begin == self.letters().len()
    }
}

impl FoundMarker {
    /// Whether this marker was seen there, or enough of it.
    fn is_in(&self, sighting: &Sighting) -> bool {
        match sighting.whole() {
            Some(letters) => *letters == *self.letters(),
            None => self.letters().get(..PREVIEW) == sighting.letters().get(..PREVIEW),
        }
    }
}
