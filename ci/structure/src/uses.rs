//! Finds which module uses which: every name in its code that comes from another module of its crate.
//!
//! A name that a module only re-exports (`pub use`) counts as a use of the module that defines it.
//! In the body of a macro, each sequence `a::b::c` counts as a path.

use std::collections::BTreeMap;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemUse, Macro, Meta, Path, UseTree, Visibility};

use crate::modules::{Crate, Module, Name};

/// The most `use` items through which a name is followed, so that a cycle of re-exports ends.
const HOPS: usize = 16;

/// For each module, the modules that it uses, each with the first place that shows it.
pub(crate) type Uses = BTreeMap<Name, BTreeMap<Name, Seen>>;

/// The first place at which a module uses another.
pub(crate) struct Seen {
    pub(crate) line: usize,
    pub(crate) path: String,
}

/// One leaf of a `use`: the name that it binds, and the path of what it binds. A glob binds no name.
struct Leaf {
    binds: Option<String>,
    path: Vec<String>,
    line: usize,
}

pub(crate) fn of(krate: &Crate) -> Uses {
    let mut uses = Uses::new();
    for (name, module) in &krate.modules {
        let mut paths = Paths::default();
        for item in &module.items {
            paths.visit_item(item);
        }
        let seen = uses.entry(name.clone()).or_default();
        for (path, line) in paths.found {
            let Some(user) = resolve(krate, name, &path, HOPS) else {
                continue;
            };
            if user != *name {
                seen.entry(user).or_insert_with(|| Seen {
                    line,
                    path: path.join("::"),
                });
            }
        }
    }
    uses
}

/// The module that defines `path`, as written in the module `from`.
fn resolve(krate: &Crate, from: &Name, path: &[String], hops: usize) -> Option<Name> {
    let hops = hops.checked_sub(1)?;
    let (first, mut rest) = path.split_first()?;
    let mut at = match first.as_str() {
        "crate" => Name::new(),
        "self" => from.clone(),
        "super" => parent(from)?,
        _ => {
            // A relative path: it begins with a child module, or with a name that a `use` binds here.
            rest = path;
            if !krate.modules[from].children.contains(first)
                && !is_bound(&krate.modules[from], first)
            {
                return None;
            }
            from.clone()
        }
    };
    while let Some((next, left)) = rest.split_first() {
        if next == "super" {
            at = parent(&at)?;
        } else if krate.modules[&at].children.contains(next) {
            at.push(next.clone());
        } else {
            return Some(re_exported(krate, &at, next, hops).unwrap_or(at));
        }
        rest = left;
    }
    Some(at)
}

/// The module that defines `name`, if the module `at` only re-exports it.
fn re_exported(krate: &Crate, at: &Name, name: &str, hops: usize) -> Option<Name> {
    let leaves = leaves(&krate.modules[at]);
    let mut own = leaves
        .iter()
        .filter(|leaf| leaf.binds.as_deref() == Some(name));
    if let Some(leaf) = own.next() {
        // This is `None` for a name from another crate.
        return resolve(krate, at, &leaf.path, hops);
    }
    let globs = leaves.iter().filter(|leaf| leaf.binds.is_none());
    for leaf in globs {
        let Some(module) = resolve(krate, at, &leaf.path, hops) else {
            continue;
        };
        if module != *at && defines(&krate.modules[&module], name) {
            return Some(module);
        }
    }
    None
}

fn parent(name: &Name) -> Option<Name> {
    let (_, parent) = name.split_last()?;
    Some(parent.to_vec())
}

fn is_bound(module: &Module, name: &str) -> bool {
    leaves(module)
        .iter()
        .any(|leaf| leaf.binds.as_deref() == Some(name))
}

/// Whether a module declares an item with this name.
fn defines(module: &Module, name: &str) -> bool {
    use syn::Item;
    module.items.iter().any(|item| {
        let ident: &Ident = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            _ => return false,
        };
        ident == name
    })
}

/// The leaves of a module's `use` items.
fn leaves(module: &Module) -> Vec<Leaf> {
    let mut all = Vec::new();
    for item in &module.items {
        if let syn::Item::Use(item) = item {
            spread(&item.tree, &mut Vec::new(), &mut all);
        }
    }
    all
}

fn spread(tree: &UseTree, before: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    let mut leaf = |binds: Option<String>, last: Option<&Ident>| {
        let mut path = before.clone();
        path.extend(last.map(ToString::to_string).filter(|last| last != "self"));
        let line = last.map_or(0, |last| last.span().start().line);
        leaves.push(Leaf { binds, path, line });
    };
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            spread(&path.tree, before, leaves);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            let binds = before.last().cloned();
            leaf(binds, Some(&name.ident));
        }
        UseTree::Name(name) => leaf(Some(name.ident.to_string()), Some(&name.ident)),
        UseTree::Rename(rename) => leaf(Some(rename.rename.to_string()), Some(&rename.ident)),
        UseTree::Glob(_) => leaf(None, None),
        UseTree::Group(group) => {
            for tree in &group.items {
                spread(tree, before, leaves);
            }
        }
    }
}

/// Every path of a module's code, with its line.
#[derive(Default)]
struct Paths {
    found: Vec<(Vec<String>, usize)>,
}

impl<'a> Visit<'a> for Paths {
    fn visit_path(&mut self, path: &'a Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let line = path
            .segments
            .first()
            .map_or(0, |segment| segment.ident.span().start().line);
        self.found.push((names.collect(), line));
        visit::visit_path(self, path);
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let mut leaves = Vec::new();
        spread(&item.tree, &mut Vec::new(), &mut leaves);
        // A re-export is not a use by the module that re-exports.
        let is_private = matches!(item.vis, Visibility::Inherited);
        let found = leaves.into_iter().filter(|_| is_private);
        let line = item.use_token.span.start().line;
        self.found
            .extend(found.map(|leaf| (leaf.path, if leaf.line == 0 { line } else { leaf.line })));
    }

    fn visit_macro(&mut self, found: &'a Macro) {
        self.visit_path(&found.path);
        self.tokens(found.tokens.clone());
    }

    /// The path in `pub(crate)` is not a use.
    fn visit_visibility(&mut self, _: &'a Visibility) {}

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone());
        }
    }
}

impl Paths {
    /// Finds each `a::b::c` among tokens.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons, mut line) = (Vec::new(), 0, 0);
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end(&mut path, line);
                        line = ident.span().start().line;
                    }
                    colons = 0;
                    path.push(ident.to_string());
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    colons = 0;
                    self.end(&mut path, line);
                    self.tokens(group.stream());
                }
                _ => {
                    colons = 0;
                    self.end(&mut path, line);
                }
            }
        }
        self.end(&mut path, line);
    }

    fn end(&mut self, path: &mut Vec<String>, line: usize) {
        if !path.is_empty() {
            self.found.push((std::mem::take(path), line));
        }
    }
}
