//! Whose a marker is.

use super::found::FoundMarker;
use super::layout::{Marker, TAG, tag};
use crate::hashing::Map;
use crate::name::UserName;

/// The users of a scenario by the tag their markers carry.
#[derive(Clone, Debug, Default)]
pub struct Owners(Map<[u8; TAG], UserName>);

impl Owners {
    /// The owners' table for `users`.
    pub fn of<'a>(users: impl IntoIterator<Item = &'a UserName>) -> Self {
        Self(
            users
                .into_iter()
                .map(|user| (tag(user), user.clone()))
                .collect(),
        )
    }

    /// The user who made `marker`; `None` if it belongs to nobody in this scenario.
    #[must_use]
    pub fn owner(&self, marker: &Marker) -> Option<&UserName> {
        self.0.get(marker.tag().as_bytes())
    }

    pub(crate) fn owner_of(&self, found: &FoundMarker) -> Option<&UserName> {
        self.0.get(found.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_users_have_a_thousand_tags() {
        let users: Vec<UserName> = (0..1000)
            .map(|i| UserName::from(format!("user{i}").as_str()))
            .collect();
        let owners = Owners::of(&users);
        assert_eq!(owners.0.len(), users.len());
        let marker = Marker::new(&users[7], 1);
        assert_eq!(owners.owner(&marker), Some(&users[7]));
    }
}
