# Help, version, and what is said to a wrong word.
. "$(dirname "$0")/common.bash"

commands="train energy grad state sample exact info selftest"
expect 0 --help
silent err
for command in $commands; do
    check "hahn --help lists $command" grep -Eq "^  $command " "$SCRATCH/out"
done
expect 0 -h
expect 0 --version
check "the version" grep -Eqx 'hahn [0-9]+\.[0-9]+\.[0-9]+' "$SCRATCH/out"
expect 2
silent out
says "Usage: hahn COMMAND"

# each_command NAME...: the help of each is whole, and the parser knows what it tells.
each_command() {
    local command option program
    program=$(basename "$HAHN")
    for command in "$@"; do
        expect 0 "$command" --help
        silent err
        prints "Usage: $program $command [OPTIONS]"
        # Examples are to be pasted, and are not broken.
        check "$command: lines of at most 80 columns" \
            awk '/^Examples:/ { exit bad } length > 80 { bad = 1 } END { exit bad }' "$SCRATCH/out"
        cp "$SCRATCH/out" "$SCRATCH/help"
        expect 0 "$command" -h
        check "$command: -h is --help" cmp "$SCRATCH/out" "$SCRATCH/help"
        # With a value that cannot be one, an option that is known is not "unknown".
        for option in $(grep -Eo '^  (-., )?--[a-z-]+' "$SCRATCH/help" | grep -Eo -- '--[a-z-]+$'); do
            [ "$option" = --help ] && continue
            "$HAHN" "$command" "$option=" >/dev/null 2>"$SCRATCH/err" &&
                complain "$command $option= passes"
            check "$command knows $option" \
                test "$(grep -c 'unknown option' "$SCRATCH/err")" -eq 0
        done
    done
}
# shellcheck disable=SC2086
each_command $commands
bench_commands="forward gradient batch compile observable modes memory products compare report"
# shellcheck disable=SC2086
HAHN=$(dirname "$HAHN")/hahn-bench each_command $bench_commands

expect 2 trian
says 'unknown command "trian"; did you mean train?'
expect 2 xyzzy
says "'hahn --help' lists the commands"
expect 2 energy --qbits 4
says "unknown option --qbits; did you mean --qubits?"
expect 2 energy --xyzzy
says "unknown option --xyzzy; 'hahn energy --help' lists the options"
expect 2 energy -x
says "unknown option -x"
expect 2 energy --qubits
says "--qubits needs a value: --qubits N"
expect 2 energy --json=yes
says "--json takes no value"
expect 2 energy 4
says 'unexpected argument "4"'

# The manual is written from the same tables.
man=$(dirname "$HAHN")/man
if [ -d "$man" ]; then
    for command in $commands; do
        check "hahn-$command.1 is there" test -s "$man/hahn-$command.1"
    done
    for command in $bench_commands; do
        check "hahn-bench-$command.1 is there" test -s "$man/hahn-bench-$command.1"
    done
    check "options are in the manual" grep -q -- 'memory\\-limit' "$man/hahn-energy.1"
    if command -v groff >/dev/null; then
        check "groff has nothing to say" test -z "$(groff -man -Tutf8 -ww -z "$man"/hahn*.1 2>&1)"
    fi
fi

finish
