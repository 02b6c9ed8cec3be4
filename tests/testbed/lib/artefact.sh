# shellcheck shell=bash
# The cache: each artefact is a directory whose name ends in a hash of what
# made it, so a changed input makes a new one and nothing else.

# digest WORD_OR_FILE...: a short hash over files' contents and plain words.
# Only an absolute path is a file: a word such as `kubectl` must not become the
# directory of that name that happens to be where the caller stands.
digest() {
    local x
    for x in "$@"; do
        if [[ $x = /* && -d $x ]]; then
            (cd "$x" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum)
        elif [[ $x = /* && -f $x ]]; then
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

# forget_old: what nobody has asked for in three days; and of each artefact all
# but the two asked for last, so that changing its scripts does not fill the
# disk. Left alone is what a cluster that is up stands on, and for an hour what
# another call may be about to use.
forget_old() {
    local path
    {
        find "$CACHE" "$CACHE/golden" -maxdepth 1 -type d -name '*-????????????' -mtime +2 2>/dev/null
        superseded
    } | sort -u | while read -r path; do
        grep -qsF "$path" "$STATE"/clusters/*/settings || rm -rf "${path:?}"
    done
}

# superseded: the artefacts of which two of the same name were asked for later,
# none of them within the last hour.
superseded() {
    local age path name hour_ago
    local -A later=()
    hour_ago=$(($(date +%s) - 3600))
    while IFS=$'\t' read -r age path; do
        name=${path##*/}
        name=${name%-*}
        later[$name]=$((${later[$name]:-0} + 1))
        if [ "${later[$name]}" -gt 2 ] && [ "${age%.*}" -lt "$hour_ago" ]; then printf '%s\n' "$path"; fi
    done < <(find "$CACHE" -maxdepth 1 -type d -name '*-????????????' -printf '%T@\t%p\n' 2>/dev/null | sort -rn)
}
