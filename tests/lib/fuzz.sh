# shellcheck shell=bash
# Runs the fuzz targets of tests/fuzz, as cargo-fuzz builds them on the stable toolchain: without a sanitizer, which would
# take another one, and which safe code has little use for.

export FUZZ_DIR=tests/fuzz
FUZZ_BUILD=(--dev --sanitizer none --fuzz-dir "$FUZZ_DIR")

# The targets are no part of the workspace, so its lint does not see them.
fuzz_lint() { cargo clippy --locked --manifest-path "$FUZZ_DIR/Cargo.toml" -- -D warnings; }

# fuzz_all PROGRAM: as many targets side by side as there are processors.
fuzz_all() {
    local targets finds status=0
    "$1" build "${FUZZ_BUILD[@]}" && targets=$("$1" list --fuzz-dir "$FUZZ_DIR") || return 1
    finds=$(mktemp -d)
    export -f fuzz_one
    xargs -P "$(nproc)" -I {} bash -c 'fuzz_one "$@"' fuzz_one "$1" {} "$finds" <<<"$targets" || status=1
    rm -rf -- "$finds"
    return "$status"
}

# fuzz_one PROGRAM TARGET FINDS: new inputs go to FINDS, one that breaks the target stays in tests/fuzz/artifacts. With one
# seed for all, what CI says depends on the code and hardly on chance.
fuzz_one() {
    local dictionary=$FUZZ_DIR/dictionaries/$2 options
    options=(-max_total_time="${FUZZ_SECONDS:-8}" -seed="${FUZZ_SEED:-1}" -timeout=10 -rss_limit_mb=2048 -verbosity=1)
    if [ -e "$dictionary" ]; then options+=(-dict="$dictionary"); fi
    mkdir -p "$3/$2"
    if "$1" run --dev --sanitizer none --fuzz-dir "$FUZZ_DIR" "$2" "$3/$2" "$FUZZ_DIR/corpus/$2" -- "${options[@]}" \
        >"$3/$2.log" 2>&1; then
        printf '%-18s %s\n' "$2" "$(grep -a '^Done ' "$3/$2.log")"
    else
        printf '%-18s failed\n' "$2"
        tail -n 40 "$3/$2.log"
        return 1
    fi
}
