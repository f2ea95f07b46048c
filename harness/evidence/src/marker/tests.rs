//! Markers as they travel, and what is none.

mod joined;
mod random;
mod written;

use super::{Marker, Previews};
use crate::name::UserName;

fn marker(number: u128) -> Marker {
    Marker::new(&UserName::from("amy"), number)
}

/// What is found in `bytes` once `sent` was sent: each marker, and how it travelled.
fn found(bytes: &[u8], sent: &Marker) -> Vec<(Marker, String)> {
    let mut previews = Previews::default();
    previews.send(sent);
    let found = previews.find(bytes);
    found
        .map(|found| (found.marker(), found.travel.to_string()))
        .collect()
}
