# shellcheck shell=bash
# What every other file uses: places, messages, timing, locks.

HERE=${HERE:?set by the testbed script}
CACHE=$(realpath -m "${TESTBED_CACHE:-$HOME/.cache/kubectl-upgrade-testbed}")
RUN=$(realpath -m "${TESTBED_RUN:-/tmp/kubectl-upgrade-testbed}")
# Machine-wide state (mounts, saved sysctls, the register of clusters): the
# same place whatever TESTBED_RUN says, because the machine is shared.
STATE=/run/kubectl-upgrade-testbed

# The stamps, oldest first. The sources are one and the same (1.20.2).
VERSIONS=(1.19.16 1.20.15 1.21.14 1.22.17)
# What only the mirror of binaries has: the version that the sources really are.
MIRROR_VERSIONS=(1.20.2)
COMPONENTS=(kubeadm kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl)
# Debian's etcd, and the one that hand-built clusters can move to.
ETCD_VERSIONS=(3.4.23 3.4.27)
REPO_PORT=8088
# How clusters are made: kubeadm or handbuilt.
KIND=kubeadm

say() { printf 'testbed: %s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# timed WHAT COMMAND...: run it and say how long it took.
timed() {
    local what=$1 start
    shift
    start=$(date +%s%N)
    "$@"
    printf 'testbed: %6.1fs %s\n' "$(elapsed "$start")" "$what" >&2
}

# elapsed START_NANOSECONDS: seconds since then, with one decimal.
elapsed() {
    local tenths=$((($(date +%s%N) - $1) / 100000000))
    printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# wait_until SECONDS WHAT COMMAND...: poll until the command succeeds.
wait_until() {
    local limit=$1 what=$2 end
    shift 2
    end=$(($(date +%s) + limit))
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt "$end" ] || die "$what: not there after $limit s"
        sleep 0.2
    done
}

# locked FILE COMMAND...: run it while holding the lock. The lock's descriptor
# is number 9: whatever goes on in the background must close it.
locked() {
    local file=$1
    shift
    mkdir -p "$(dirname "$file")"
    {
        flock -n 9 || {
            say "waiting for $file"
            flock 9
        }
        "$@"
    } 9>"$file"
}

# detached LOG COMMAND...: start a daemon with no ties to this script; prints
# its process id.
detached() {
    local log=$1
    shift
    setsid nohup "$@" >"$log" 2>&1 </dev/null 9>&- 8>&- &
    echo $!
}

# end_process PIDFILE: end the process that the file names, if it still is
# ours: the file also holds its start time, because ids are used again.
end_process() {
    local pid started
    [ -e "$1" ] || return 0
    read -r pid started <"$1"
    if [ "$(start_time "$pid")" = "$started" ]; then
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 50); do
            [ "$(start_time "$pid")" = "$started" ] || break
            sleep 0.1
        done
        if [ "$(start_time "$pid")" = "$started" ]; then kill -9 "$pid" 2>/dev/null || true; fi
    fi
    rm -f "$1"
}

# record_process PIDFILE PID
record_process() { printf '%s %s\n' "$2" "$(start_time "$2")" >"$1"; }

# process_alive PIDFILE
process_alive() {
    local pid started
    [ -e "$1" ] || return 1
    read -r pid started <"$1"
    [ -n "$started" ] && [ "$(start_time "$pid")" = "$started" ]
}

# start_time PID: in clock ticks since boot; empty when there is no such process.
start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    # The name in brackets may hold blanks: count the fields after it.
    awk '{print $20}' <<<"${stat##*) }"
}

# wait_jobs PID...: all of them, and fail if one failed.
wait_jobs() {
    local pid failed=0
    for pid in "$@"; do wait "$pid" || failed=1; done
    return "$failed"
}
