# shellcheck shell=bash
# Sourced by the checks in this folder that read Rust: which files are code, and what of them.

# sources FOLDER…: the .rs files, without those that a build wrote.
sources() {
    find "$@" -name target -prune -o -name '*.rs' -type f -print | sort
}

# without_tests: of the files on standard input, those that are no tests. Tests may use files, because their cases are
# files.
without_tests() {
    grep -vE '/tests(\.rs$|/)' || true
}

# code_of FILE: `line text` for each statement, without whole-line comments and without the body of
# `#[cfg(test)] mod tests {`. A `use` that spans lines becomes one, so that grouped imports are seen.
code_of() {
    awk '
        /^#\[cfg\(test\)\]/ { test = NR }
        test && test == NR - 1 && /^mod [a-z_]+ \{/ { skipping = 1 }
        skipping { if (/^\}/) skipping = 0; next }
        /^[ \t]*\/\// { next }
        joined == "" && /^[ \t]*(pub(\([a-z]+\))? )?use / { start = NR }
        start { sub(/^[ \t]+/, ""); joined = joined " " $0; if (/;/) { print start joined; joined = ""; start = 0 } next }
        { print NR " " $0 }
    ' "$1"
}
