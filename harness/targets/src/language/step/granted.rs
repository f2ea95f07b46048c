//! What counts as yes.

use std::time::Duration;

use reading::fields::Fields;
use reading::node::{Node, Yaml};
use reading::wrong::Wrong;

use crate::language::predicate::Predicate;
use crate::language::words::{is_none, time};

/// What counts as yes.
#[derive(Clone, Debug)]
pub enum Granted {
    /// Nothing is ever answered: what went over a socket that both ends kept open is owed.
    None,
    /// An answer of this kind.
    When(Predicate),
    /// Nothing refused it for so long.
    After(Duration),
    /// This action is repeated with fresh markers until one is heard.
    Heard {
        /// The action.
        action: String,
        /// For so long at most.
        within: Option<Duration>,
    },
}

impl Granted {
    pub(super) fn read(node: &Node) -> Result<Self, Wrong> {
        if is_none(node) {
            return Ok(Self::None);
        }
        let has = |key: &str| matches!(&node.yaml, Yaml::Map(entries) if entries.iter().any(|(known, _)| known == key));
        if has("heard") {
            let mut fields = Fields::of(node, "`granted`", &["heard", "within"])?;
            let action = fields.need("heard")?.text("heard")?.to_owned();
            let within = fields.take("within").map(|node| time(node, "within"));
            return Ok(Self::Heard {
                action,
                within: within.transpose()?,
            });
        }
        if has("after") {
            let mut fields = Fields::of(node, "`granted`", &["after"])?;
            return Ok(Self::After(time(fields.need("after")?, "after")?));
        }
        Predicate::read(node, "granted").map(Self::When)
    }
}
