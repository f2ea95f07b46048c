//! The modules of one crate, as the compiler finds them: each file with the modules that it declares, in order.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Meta};

/// A module's path from the root of its crate. The path of the root is empty.
pub(crate) type Name = Vec<String>;

/// A module, in a file of its own or inside another module's file.
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    /// The items that it declares, without those that only tests compile.
    pub(crate) items: Vec<Item>,
    /// Its modules, in the order in which it declares them.
    pub(crate) children: Vec<String>,
}

/// Every module of a crate, by its path.
pub(crate) struct Crate {
    pub(crate) modules: BTreeMap<Name, Module>,
}

/// A file that could not be read as Rust.
#[derive(Debug)]
pub(crate) struct Unread {
    file: PathBuf,
    why: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)
    }
}

impl Crate {
    pub(crate) fn read(root: &Path) -> Result<Self, Unread> {
        let mut modules = BTreeMap::new();
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        read_file(Name::new(), root, &folder, &mut modules)?;
        Ok(Self { modules })
    }

    /// The path of a module's file, for messages.
    pub(crate) fn file(&self, name: &Name) -> String {
        self.modules[name].file.display().to_string()
    }
}

/// Reads a file. The files of its modules are in `folder`.
fn read_file(
    name: Name,
    file: &Path,
    folder: &Path,
    modules: &mut BTreeMap<Name, Module>,
) -> Result<(), Unread> {
    let unread = |why: String| Unread {
        file: file.to_owned(),
        why,
    };
    let text = std::fs::read_to_string(file).map_err(|error| unread(error.to_string()))?;
    let parsed = syn::parse_file(&text).map_err(|error| unread(error.to_string()))?;
    take(name, file, folder, parsed.items, modules)
}

/// Stores a module's items, and those of the modules in it.
fn take(
    name: Name,
    file: &Path,
    folder: &Path,
    items: Vec<Item>,
    modules: &mut BTreeMap<Name, Module>,
) -> Result<(), Unread> {
    let (mut own, mut children) = (Vec::new(), Vec::new());
    for item in items {
        let Item::Mod(declared) = item else {
            if !attributes(&item).iter().any(is_for_tests) {
                own.push(item);
            }
            continue;
        };
        if declared.attrs.iter().any(is_for_tests) {
            continue;
        }
        let child = declared.ident.to_string();
        let child = child.strip_prefix("r#").unwrap_or(&child).to_owned();
        let mut path = name.clone();
        path.push(child.clone());
        let below = folder.join(&child);
        if let Some((_, items)) = declared.content {
            take(path, file, &below, items, modules)?;
        } else {
            let beside = folder.join(format!("{child}.rs"));
            let file = if beside.exists() {
                beside
            } else {
                below.join("mod.rs")
            };
            read_file(path, &file, &below, modules)?;
        }
        children.push(child);
    }
    let file = file.to_owned();
    modules.insert(
        name,
        Module {
            file,
            items: own,
            children,
        },
    );
    Ok(())
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, or `#[cfg(all(test, …))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else {
        return attribute.path().is_ident("test");
    };
    let condition = list.tokens.to_string();
    list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all (test"))
}
