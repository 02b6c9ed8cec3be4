# shellcheck shell=bash
# Each host has a group of its own in every cgroup v1 hierarchy. Hierarchies
# that the machine has not mounted are mounted here first: otherwise the first
# host's systemd would, and all kubelets would share one /kubepods.

CONTROLLERS=(cpu cpuacct cpuset memory devices freezer blkio pids systemd unified
    hugetlb perf_event net_cls net_prio)
CGROUP_PARENT=kubectl-upgrade-testbed

hierarchy() {
    if mountpoint -q "/sys/fs/cgroup/$1"; then
        printf '/sys/fs/cgroup/%s\n' "$1"
    else
        printf '%s/cgroup/%s\n' "$STATE" "$1"
    fi
}

mount_hierarchies() {
    local name path
    for name in "${CONTROLLERS[@]}"; do
        path=$(hierarchy "$name")
        mountpoint -q "$path" && continue
        mkdir -p "$path"
        mount -t cgroup -o "$name" cgroup "$path"
    done
}

unmount_hierarchies() {
    local name path
    for name in "${CONTROLLERS[@]}"; do
        remove_group_tree "$(hierarchy "$name")/$CGROUP_PARENT"
        path=$STATE/cgroup/$name
        if mountpoint -q "$path"; then umount "$path"; fi
    done
}

# host_groups NAME HOST: the host's group in every hierarchy, one a line.
host_groups() {
    local name
    for name in "${CONTROLLERS[@]}"; do
        printf '%s/%s/%s-%s\n' "$(hierarchy "$name")" "$CGROUP_PARENT" "$1" "$2"
    done
}

make_groups() {
    local group
    host_groups "$1" "$2" | while read -r group; do
        make_group "$(dirname "$group")"
        make_group "$group"
    done
}

# make_group PATH: a cpuset group starts empty and must be filled from above.
make_group() {
    local file
    mkdir -p "$1"
    for file in cpuset.cpus cpuset.mems; do
        if [ -e "$1/$file" ]; then cat "$1/../$file" >"$1/$file"; fi
    done
    if [ -e "$1/cgroup.clone_children" ] && [ -e "$1/cpuset.cpus" ]; then echo 1 >"$1/cgroup.clone_children"; fi
}

remove_groups() {
    local group
    host_groups "$1" "$2" | while read -r group; do remove_group_tree "$group"; done
}

# remove_group_tree PATH: a group goes only when its last process is gone.
remove_group_tree() {
    local _
    for _ in $(seq 25); do
        [ -d "$1" ] || return 0
        find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
        [ -d "$1" ] || return 0
        sleep 0.2
    done
    say "cgroup $1 would not go"
}
