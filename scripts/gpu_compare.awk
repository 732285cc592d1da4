# The same energy and gradient from two backends? Reads four files: what `hahn grad --json --output`
# printed on each, and the two gradients, a number a line. The relative difference of the energies,
# and that of the gradients in the 2-norm, may be at most `tolerance`.

function distance(a, b) { return a > b ? a - b : b - a }

# "inf" and "nan" are 0 to some awks.
function number(text) {
    if (text !~ /^-?[0-9.]+(e[-+]?[0-9]+)?$/) bad = "not a number: " text
    return text + 0
}

FNR == 1 { file++ }
file <= 2 && match($0, /"energy": [^,}]*/) { energy[file] = number(substr($0, RSTART + 10, RLENGTH - 10)) }
file == 3 { first[FNR] = number($1); count = FNR }
file == 4 {
    others = FNR
    difference += (number($1) - first[FNR]) ^ 2
    norm += first[FNR] ^ 2
}

END {
    if (file != 4 || !count || count != others || !(1 in energy) || !(2 in energy))
        bad = sprintf("%d files, %d and %d derivatives: something is missing", file, count, others)
    if (!bad) {
        e = distance(energy[1], energy[2]) / distance(energy[1], 0)
        g = sqrt(difference / norm)
        printf "%d derivatives; relative differences: energy %.3g, gradient %.3g; bound %g\n", count,
            e, g, tolerance
        if (!(e <= tolerance && g <= tolerance)) bad = sprintf("energy %.3g, gradient %.3g apart", e, g)
    }
    if (bad) print bad
    exit bad != ""
}
