//! What a scenario file is made of, below its steps: YAML whose values know their place, places, settings by name, and
//! texts with references. Nothing here knows what a step is.

pub(crate) mod rule;
pub(crate) mod spots;
pub(crate) mod names;
pub(crate) mod template;
pub(crate) mod values;
pub(crate) mod schema_parts;
pub(crate) mod clauses;
