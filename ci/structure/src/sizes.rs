//! Checks that files and functions are no longer than a person can keep in mind.
//!
//! A file may be longer if its head says why it is longer than 500 lines. A function may not.

use std::fs;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

/// The most lines of a file, including its tests.
const FILE: usize = 500;
/// The most lines of a function, from its signature to its end.
const FUNCTION: usize = 80;
/// The words that the head of a longer file must contain.
const REASON: &str = "longer than 500 lines";
/// The number of lines that count as the head of a file.
const HEAD: usize = 40;

/// The violations in these files, one line each. An error if a file cannot be read.
pub(crate) fn check(files: &[String]) -> Result<Vec<String>, String> {
    let mut violations = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        violations.extend(of_file(file, &text));
        if file.ends_with(".rs") {
            let parsed = syn::parse_file(&text).map_err(|error| format!("{file}: {error}"))?;
            let mut functions = Functions {
                file,
                violations: &mut violations,
            };
            functions.visit_file(&parsed);
        }
    }
    Ok(violations)
}

fn of_file(file: &str, text: &str) -> Option<String> {
    let n_lines = text.lines().count();
    let mut head = text.lines().take(HEAD);
    let is_explained = head.any(|line| line.to_lowercase().contains(REASON));
    (n_lines > FILE && !is_explained).then(|| {
        format!(
            "violated: {n_lines} lines, and the limit is {FILE}; at: {file}; \
             fix: split it by its ideas, or say in its head why it is {REASON}"
        )
    })
}

struct Functions<'a> {
    file: &'a str,
    violations: &'a mut Vec<String>,
}

impl Functions<'_> {
    fn look(&mut self, signature: &Signature, block: &Block) {
        let begins = signature.span().start().line;
        let n_lines = block.span().end().line + 1 - begins;
        if n_lines > FUNCTION {
            let (name, file) = (&signature.ident, self.file);
            self.violations.push(format!(
                "violated: `{name}` has {n_lines} lines, and the limit is {FUNCTION}; \
                 at: {file}:{begins}; fix: move its steps into functions of their own"
            ));
        }
    }
}

impl<'a> Visit<'a> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.look(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.look(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        if let Some(block) = &item.default {
            self.look(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn violations(text: &str) -> String {
        let folder = std::env::temp_dir();
        let name = format!("structure-size-{}-{}.rs", std::process::id(), text.len());
        let file = folder.join(name);
        fs::write(&file, text).expect("a file");
        let found = check(&[file.display().to_string()]).expect("it is Rust");
        fs::remove_file(&file).expect("the file is ours");
        found.join("\n")
    }

    fn function(n_lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    g();\n".repeat(n_lines - 2))
    }

    #[test]
    fn a_long_file_needs_a_reason() {
        let lines = "// a line\n".repeat(500);
        assert_eq!(violations(&lines), "");
        assert!(violations(&format!("{lines}// one more\n")).contains("501 lines"));
        let explained = format!("//! Longer than 500 lines: it is a table.\n{lines}");
        assert_eq!(violations(&explained), "");
        let too_late = format!("{lines}// longer than 500 lines\n");
        assert!(violations(&too_late).contains("501 lines"));
    }

    #[test]
    fn a_long_function_is_found_wherever_it_stands() {
        assert_eq!(violations(&function(80)), "");
        assert!(violations(&function(81)).contains("`f` has 81 lines"));
        let method = format!("struct S;\nimpl S {{\n{}}}\n", function(82));
        assert!(violations(&method).contains("`f` has 82 lines"));
        let of_a_trait = format!("trait T {{\n{}}}\n", function(83));
        assert!(violations(&of_a_trait).contains("`f` has 83 lines"));
        let in_tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", function(84));
        assert!(violations(&in_tests).contains("`f` has 84 lines"));
    }
}
