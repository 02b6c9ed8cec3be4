# shellcheck shell=bash
# Whether this machine can run the testbed, and if not, why.

check_machine() {
    local reason
    reason=$(missing)
    [ -z "$reason" ] || {
        printf 'testbed: cannot run here: %s\n' "$reason"
        exit 3
    }
}

require_machine() { check_machine >&2; }

# missing: the first thing that is not as it must be; nothing if all is well.
missing() {
    missing_system || missing_kernel || missing_room || true
}

# Each of these prints a reason and succeeds, or fails when nothing is missing.
missing_system() {
    if [ "$(id -u)" != 0 ]; then
        echo 'needs root'
    elif ! grep -qx 'ID=debian' /etc/os-release || ! grep -qx 'VERSION_ID="12"' /etc/os-release; then
        echo 'needs Debian 12'
    elif [ "$(uname -m)" != x86_64 ]; then
        echo 'needs an x86-64 machine'
    else
        return 1
    fi
}

missing_kernel() {
    local name
    if ! grep -qw overlay /proc/filesystems; then
        echo 'the kernel has no overlayfs'
    elif ! unshare --mount --uts --ipc --pid --cgroup --net --fork true 2>/dev/null; then
        echo 'namespaces cannot be made (unshare)'
    elif ! unshare --net sh -c 'ip link add kut0 type bridge && ip link add kut1 type veth peer name kut2' 2>/dev/null; then
        echo 'the kernel has no bridge or no veth'
    elif [ ! -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
        echo 'the kernel has no br_netfilter'
    else
        for name in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified; do
            mountpoint -q "/sys/fs/cgroup/$name" || {
                echo "cgroup v1 hierarchy $name is not mounted on /sys/fs/cgroup/$name"
                return 0
            }
        done
        for name in hugetlb perf_event net_cls net_prio; do
            grep -q "^${name}[[:space:]]" /proc/cgroups || {
                echo "the kernel has no cgroup controller $name"
                return 0
            }
        done
        return 1
    fi
}

missing_room() {
    mkdir -p "$CACHE"
    if [ "$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)" -lt 3 ]; then
        echo 'less than 3 GiB of memory is available'
    elif [ "$(df --output=avail -B1G "$CACHE" | tail -n1)" -lt 5 ]; then
        echo "less than 5 GiB of disk is free for $CACHE"
    else
        return 1
    fi
}
