# shellcheck shell=bash
# Sourced by the checks in this folder: how a check says what it found.
#
# Exit codes are those of `airtight`: 0 holds, 1 violated, 2 bad flags, 3 undecided, 4 could not run.

# violation WHAT WHERE FIX: one line for one broken rule. The caller decides the exit code.
violation() {
    printf 'violated: %s; at: %s; fix: %s\n' "$1" "$2" "$3"
}

# undecided WHAT FIX: the check could not be made, and says so. In CI that is a failure.
undecided() {
    printf 'undecided: %s; fix: %s\n' "$1" "$2"
    if [[ -n ${AIRTIGHT_CI:-} ]]; then
        exit 3
    fi
    exit 0
}

# could_not_run WHAT FIX: we could not find out.
could_not_run() {
    printf 'error: %s\n  fix: %s\n' "$1" "$2" >&2
    exit 4
}

# judge NAME FINDINGS: the verdict of a whole check from the lines it found, empty for none.
judge() {
    if [[ -n $2 ]]; then
        printf '%s\n' "$2"
        exit 1
    fi
    printf 'holds: %s\n' "$1"
}

# must_find NAME PATTERN FINDINGS: for self-tests; a planted violation that is not found fails the check.
must_find() {
    if ! grep -qE -- "$2" <<<"$3"; then
        printf 'error: self-test: %s was planted and not found\n  fix: repair the check; it said: %s\n' "$1" "${3:-nothing}" >&2
        exit 1
    fi
}

# must_pass NAME FINDINGS: for self-tests; a clean case that is called violated fails the check.
must_pass() {
    if [[ -n $2 ]]; then
        printf 'error: self-test: %s is clean and was called violated\n  fix: repair the check; it said: %s\n' "$1" "$2" >&2
        exit 1
    fi
}
