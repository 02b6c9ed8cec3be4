# shellcheck shell=bash
# The package repositories, or the mirror of binaries, over plain HTTP on the bridge's own address.

start_repositories() {
    local pid served=$REPOS
    if [ "$KIND" = handbuilt ]; then served=$MIRROR; fi
    pid=$(detached "$RUN/$NAME/log/packages.log" /usr/bin/python3 -m http.server "$REPO_PORT" \
        --bind "$(bridge_address)" --directory "$served")
    record_process "$RUN/$NAME/state/packages.pid" "$pid"
}

stop_repositories() { end_process "$RUN/$NAME/state/packages.pid"; }
