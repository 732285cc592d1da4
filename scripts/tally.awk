# Count the tests in the JUnit file of ctest. A cmocka program counts with each of its cases, any
# other test as one. First line: passed, failed, skipped; then a line for each test that failed or
# was skipped, with the reason it printed as "skipped: REASON".

BEGIN { FS = "[ ]+" }

/^\t<testcase / {
    name = status = $0
    sub(/.* name="/, "", name)
    sub(/".*/, "", name)
    sub(/.* status="/, "", status)
    sub(/".*/, "", status)
    running = reason = ""
    cases = bad = 0
}
{ sub(/^\t\t<system-out>/, "") }

# cmocka names each case twice, as it runs and in the lists at the end: only the first one counts.
/^\[ RUN      \] / { running = $4; reason = "" }
/^\[       OK \] / && running == $4 { close_case(); passed++ }
/^\[  FAILED  \] / && running == $4 { close_case(); bad++; tell("failed", name ": " $4) }
/^\[  SKIPPED \] / && running == $4 { close_case(); skipped++; tell("skipped", name ": " $4) }
/^skipped: / { reason = substr($0, 10) }

/^\t<\/testcase>/ {
    if (status == "run") {
        if (!cases)
            passed++
    } else if (status == "notrun") {
        skipped++
        tell("skipped", name)
    } else if (!bad) { # no case of it, but the whole: a crash, a leak, out of time
        bad++
        tell("failed", running == "" ? name : name ": ended in " running)
    }
    failed += bad
}

function close_case() {
    running = ""
    cases++
}

function tell(what, who) {
    lines[++count] = "    " what ": " who (what == "failed" || reason == "" ? "" : ": " reason)
}

END {
    print passed + 0, failed + 0, skipped + 0
    for (i = 1; i <= count; i++)
        print lines[i]
}
