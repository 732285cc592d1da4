# shellcheck shell=bash
# What scripts/train and scripts/test share. Sourced; messages go to standard error.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc 2>/dev/null || echo 1)
cmake_least=3.21 # of the presets
notes=()         # what could not be had, for the end of the output

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "error: $*"
    exit 1
}

# note TEXT: say it now, and again at the end.
note() {
    say "note: $*"
    notes+=("$*")
}

# One line each: what to look for, the packages of Debian and Ubuntu that bring it, and, unless it is
# required, what goes without it. cmocka is required by scripts/test alone.
needs() {
    cat <<'END'
command:cmake|cmake|
command:make|build-essential|
command:cc|build-essential|
command:c++|build-essential|
header:nlopt.h|libnlopt-dev|the optimisers of NLopt are left out
header:arpack/arpack.h|libarpack2-dev liblapack-dev|hahn exact is left out
header:Random123/philox.h|librandom123-dev|the copy in third_party/ is used
command:gnuplot|gnuplot-nox|plots cannot be drawn
END
    case ${CC:-cc} in *clang*) echo "header:omp.h|libomp-dev|one thread is used" ;; esac
    [ "$1" = tests ] || return 0
    cat <<'END'
header:cmocka.h|libcmocka-dev|
header:cblas.h|libblas-dev|overlaps are not tested on the emulated device
command:git|git|the format check is skipped
command:pkg-config|pkg-config|the use by pkg-config is not tested
command:clang-format|clang-format|the format check is skipped
END
}

# have PROBE: is this command in the path, or this header where the compiler looks?
have() {
    case $1 in
    command:*) command -v "${1#command:}" >/dev/null 2>&1 ;;
    header:*) printf '#include <%s>\n' "${1#header:}" | ${CC:-cc} -fopenmp -E - >/dev/null 2>&1 ;;
    esac
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 "$@" \
        </dev/null >&2
}

# Can packages be installed here? Says why not.
can_install() {
    command -v apt-get >/dev/null 2>&1 || {
        say "There is no apt-get here: install what is named below with your own package manager."
        return 1
    }
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 || {
        say "Installing needs root, or sudo, which is not here."
        return 1
    }
}

# install_missing build|tests: install what is missing; end if something required still is.
install_missing() {
    local probe packages without wanted=()
    while IFS='|' read -r probe packages without; do
        have "$probe" || [[ " ${wanted[*]} " == *" $packages "* ]] || wanted+=("$packages")
    done < <(needs "$1")
    if [ "${#wanted[@]}" -gt 0 ] && can_install; then
        say "installing: ${wanted[*]}"
        apt_get update -q || say "apt-get update failed: going on with the package lists there are"
        # All at once is fast; one by one finds the one that fails.
        # Words of an entry are packages of their own.
        # shellcheck disable=SC2048,SC2086
        apt_get install -q -y --no-install-recommends ${wanted[*]} ||
            for packages in "${wanted[@]}"; do
                apt_get install -q -y --no-install-recommends $packages || true
            done
    fi
    while IFS='|' read -r probe packages without; do
        have "$probe" && continue
        [ -n "$without" ] || die "${probe#*:} is required (Debian and Ubuntu: $packages)"
        note "${probe#*:} is missing ($packages): $without"
    done < <(needs "$1")
    check_cmake
}

check_cmake() {
    local version
    version=$(cmake --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
    [ "$(printf '%s\n' "$cmake_least" "$version" | sort -V | head -n 1)" = "$cmake_least" ] ||
        die "cmake $version is too old: $cmake_least or newer is required"
}

# quietly LOG COMMAND...: run with the output in LOG; show the end of it if the command fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 && return
    tail -n 60 "$log" >&2
    say "failed: $* (all of its output: $log)"
    return 1
}

# build PRESET [TARGET]: configure and build in build/PRESET, with a line on what was found.
build() {
    local folder=$root/build/$1
    local target=${2:-all}
    mkdir -p "$folder"
    say "building build/$1 with $jobs job(s)"
    (cd "$root" && quietly "$folder/configure.log" cmake --preset "$1") || return
    sed -n '/^-- hahn /,$ s/^-- //p' "$folder/configure.log" |
        grep -v -e '^Configuring' -e '^Generating' -e '^Build files' >&2
    (cd "$root" && quietly "$folder/build.log" \
        cmake --build --preset "$1" --target "$target" --parallel "$jobs")
}
