//! Where the words of one step stand, so that a check that comes after the reading can point at them.

use reading::node::{Node, Yaml};
use reading::spot::Spot;

/// The words of one step.
#[derive(Clone, Debug)]
pub(crate) struct Spots {
    name: Spot,
    value: Spot,
    /// The value of each setting.
    settings: Vec<(String, Spot)>,
    /// The texts with a brace, in which references may stand.
    texts: Vec<(String, Spot)>,
}

impl Spots {
    /// Those of the step that has these settings.
    pub(crate) fn of(node: &Node) -> Self {
        let settings = match &node.yaml {
            Yaml::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        let settings = settings.iter();
        let mut texts = Vec::new();
        // A list behind a step's name has steps, and these have their own texts.
        if !matches!(node.yaml, Yaml::List(_)) {
            add_texts(node, &mut texts);
        }
        Self {
            name: node.key(),
            value: node.at(),
            settings: settings
                .map(|(name, node)| (name.clone(), node.at()))
                .collect(),
            texts,
        }
    }

    /// Those of a step that stands in no file.
    pub(crate) const fn nowhere() -> Self {
        Self {
            name: Spot::NOWHERE,
            value: Spot::NOWHERE,
            settings: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// The step's name.
    pub(crate) const fn name(&self) -> Spot {
        self.name
    }

    /// Whether the step has this setting.
    pub(crate) fn has(&self, setting: &str) -> bool {
        self.settings.iter().any(|(known, _)| known == setting)
    }

    /// The first of these settings that is there; what stands behind the step's name where there is none.
    pub(crate) fn setting(&self, names: &[&str]) -> Spot {
        let setting = |name: &&str| {
            let mut settings = self.settings.iter();
            settings.find(|(known, _)| known == name)
        };
        let found = names.iter().find_map(setting);
        found.map_or(self.value, |(_, spot)| *spot)
    }

    /// Who takes the step.
    pub(crate) fn actor(&self) -> Spot {
        self.setting(&["as", "at"])
    }

    /// A text of the step.
    pub(crate) fn text(&self, text: &str) -> Spot {
        let found = self.texts.iter().find(|(known, _)| known == text);
        found.map_or(self.value, |(_, spot)| *spot)
    }
}

/// Steps inside have their own.
fn add_texts(node: &Node, texts: &mut Vec<(String, Spot)>) {
    match &node.yaml {
        Yaml::Text(text) if text.contains('{') => texts.push((text.clone(), node.at())),
        Yaml::Map(entries) => {
            let inside = entries.iter().filter(|(name, _)| name != "steps");
            inside.for_each(|(_, node)| add_texts(node, texts));
        }
        Yaml::List(items) => items.iter().for_each(|node| add_texts(node, texts)),
        _ => {}
    }
}
