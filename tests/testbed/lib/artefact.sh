# shellcheck shell=bash
# The cache: each artefact is a directory whose name ends in a hash of what
# made it, so a changed input makes a new one and nothing else.

# digest WORD_OR_FILE...: a short hash over files' contents and plain words.
digest() {
    local x
    for x in "$@"; do
        if [ -d "$x" ]; then
            (cd "$x" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum)
        elif [ -f "$x" ]; then
            sha256sum <"$x"
        else
            printf '%s\n' "$x"
        fi
    done | sha256sum | cut -c1-12
}

# artefact NAME KEY BUILDER [ARGS...]: the path of the artefact, built if it
# is not there. BUILDER gets an empty directory as its last argument; it is
# renamed into place only when the builder succeeded.
artefact() {
    local name=$1 dir tmp start
    dir=$CACHE/$1-$2
    shift 2
    if [ ! -d "$dir" ]; then
        tmp=$CACHE/tmp/$name
        rm -rf "$tmp"
        mkdir -p "$tmp"
        start=$(date +%s%N)
        say "building $name (log: $CACHE/log/$name.log)"
        mkdir -p "$CACHE/log"
        # A subshell of its own: `set -e` must hold inside the builder.
        "$BASH" "$HERE/build/run" "$@" "$tmp" >"$CACHE/log/$name.log" 2>&1 9>&- || {
            tail -n 25 "$CACHE/log/$name.log" >&2
            die "building $name failed"
        }
        mv -T "$tmp" "$dir"
        printf 'testbed: %6.1fs %s\n' "$(elapsed "$start")" "$name" >&2
    fi
    touch "$dir"
    printf '%s\n' "$dir"
}

# forget_old: what nobody has asked for in three days, unless a cluster that is
# up stands on it.
forget_old() {
    local path
    find "$CACHE" "$CACHE/golden" -maxdepth 1 -type d -name '*-????????????' -mtime +2 2>/dev/null |
        while read -r path; do
            grep -qsF "$path" "$STATE"/clusters/*/settings || rm -rf "${path:?}"
        done
}
