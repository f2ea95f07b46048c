# shellcheck shell=bash
# Sourced by the checks in this folder: how a check reports what it found.
#
# The exit codes are those of `airtight`: 0 holds, 1 violated, 2 bad flags, 3 undecided, 4 could not run.

# violation WHAT WHERE FIX: prints one line for one broken rule. The caller chooses the exit code.
violation() {
    printf 'violated: %s; at: %s; fix: %s\n' "$1" "$2" "$3"
}

# undecided WHAT FIX: says that the check could not decide, and exits. In CI that is a failure.
undecided() {
    printf 'undecided: %s; fix: %s\n' "$1" "$2"
    if [[ -n ${AIRTIGHT_CI:-} ]]; then
        exit 3
    fi
    exit 0
}

# could_not_run WHAT FIX: says why the check could not run, and exits.
could_not_run() {
    printf 'error: %s\n  fix: %s\n' "$1" "$2" >&2
    exit 4
}

# judge NAME FINDINGS: the verdict of a whole check. FINDINGS has a line for each violation and is empty if there are none.
judge() {
    if [[ -n $2 ]]; then
        printf '%s\n' "$2"
        exit 1
    fi
    printf 'holds: %s\n' "$1"
}

# must_find NAME PATTERN FINDINGS: for self-tests. Fails unless FINDINGS, from a planted violation, match PATTERN.
must_find() {
    if ! grep -qE -- "$2" <<<"$3"; then
        printf 'error: self-test: %s was planted and not found\n  fix: repair the check; it printed: %s\n' "$1" "${3:-nothing}" >&2
        exit 1
    fi
}

# must_pass NAME FINDINGS: for self-tests. Fails if a clean case has findings.
must_pass() {
    if [[ -n $2 ]]; then
        printf 'error: self-test: %s is clean but was reported as violated\n  fix: repair the check; it printed: %s\n' "$1" "$2" >&2
        exit 1
    fi
}
