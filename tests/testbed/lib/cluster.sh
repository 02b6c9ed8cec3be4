# shellcheck shell=bash
# A cluster's life: up, down, and what the tests read about it.

SETTINGS=(NAME KIND ID VERSION CONTROL_PLANES WORKERS REPO BALANCER DEBIAN FILES BINARIES PROGRAMS STORE REPOS MIRROR)

save_settings() {
    local name
    for name in "${SETTINGS[@]}"; do printf '%s=%q\n' "$name" "${!name}"; done >"$RUN/$NAME/settings"
}

# load_settings DIR: of a cluster that was started, by its run directory.
load_settings() {
    # shellcheck source=/dev/null
    . "$1/settings"
    RUN=$(dirname "$1")
}

# registered NAME: the run directory, wherever TESTBED_RUN was at the time.
registered() { [ -L "$STATE/clusters/$1" ] && readlink "$STATE/clusters/$1"; }

# enter_machine: claims the id and prepares what all clusters share.
enter_machine() {
    local other
    mkdir -p "$STATE/clusters" "$RUN/$NAME"/{state,log,disks}
    for other in "$STATE"/clusters/*; do
        [ -e "$other/settings" ] || continue
        # shellcheck source=/dev/null
        [ "$(. "$other/settings" && printf '%s' "$ID")" != "$ID" ] ||
            die "id $ID is taken by cluster $(basename "$other"): choose another, or: testbed down $(basename "$other")"
    done
    save_settings
    ln -sfn "$RUN/$NAME" "$STATE/clusters/$NAME"
    save_sysctls
    mount_hierarchies
}

leave_machine() {
    rm -f "$STATE/clusters/$NAME"
    if [ -z "$(ls -A "$STATE/clusters" 2>/dev/null)" ]; then
        unmount_hierarchies
        restore_sysctls
    fi
}

# cluster_up: the settings are in variables. Restores the golden image if there
# is one, and makes it otherwise.
cluster_up() {
    local start
    start=$(date +%s%N)
    locked "$STATE/machine.lock" enter_machine
    make_bridge
    start_repositories
    if [ ! -d "$(golden_dir)" ]; then
        timed "cluster, $KIND" "create_$KIND"
        timed 'golden image saved' stop_and_save
    fi
    load_golden
    start_cluster
    describe_cluster
    wait_cluster
    printf 'testbed: %6.1fs cluster %s is ready: %s\n' "$(elapsed "$start")" "$NAME" "$RUN/$NAME" >&2
}

create_kubeadm() {
    local host jobs=()
    ssh-keygen -q -t ed25519 -N '' -C testbed -f "$RUN/$NAME/id_ed25519"
    for host in $(host_names); do make_disk "$host"; done
    start_cluster
    for host in $(host_names); do
        wait_until 60 "host $host" host_is_up "$host"
        install_kubernetes "$host" &
        jobs+=($!)
    done
    timed 'packages' wait_jobs "${jobs[@]}"
    timed 'kubeadm init' init_cluster
    timed 'kubeadm join' join_cluster
    timed 'all nodes and kube-system pods ready' wait_cluster
}

start_cluster() {
    local host
    BOOTED=$(date +%s)
    for host in $(host_names); do start_host "$host"; done
    if [ "$BALANCER" = yes ]; then start_balancer; fi
}

stop_and_save() {
    local host jobs=()
    for host in $(host_names); do
        halt_host "$host" &
        jobs+=($!)
    done
    wait_jobs "${jobs[@]}"
    if [ "$BALANCER" = yes ]; then stop_balancer; fi
    save_golden
}

cluster_kubectl() { "$BINARIES/1.20.15/kubectl" --kubeconfig "$RUN/$NAME/kubeconfig" "$@"; }

# wait_cluster: SSH answers, every node was found Ready since it was booted, and
# the controllers work. What the API remembers from before does not count.
wait_cluster() {
    local host leader
    for host in $(host_names); do wait_until 60 "SSH on $host" ssh_answers "$host"; done
    wait_until 120 'the API' cluster_kubectl get --raw /readyz
    free_leases
    for host in $(node_names); do wait_until 180 "node $host" node_is_fresh "$host"; done
    for leader in "${LEADERS[@]}"; do wait_until 60 "$leader" lease_is_fresh kube-system "$leader"; done
    # The control plane's own pods are left out: kubelet 1.20 shows them as not
    # ready for a minute after a start, whatever they do.
    cluster_kubectl -n kube-system wait --for=condition=Ready pod -l 'k8s-app in (kube-dns, kube-proxy)' \
        --timeout=120s >/dev/null
}

LEADERS=(kube-controller-manager kube-scheduler)

# node_names: the hosts that run a kubelet.
node_names() { if [ "$KIND" = handbuilt ]; then host_names | grep '^w'; else host_names; fi; }

# free_leases: those of the leaders before the restart, which would have to run
# out first. A leader that has its lease already makes it again.
free_leases() {
    cluster_kubectl -n kube-system delete --ignore-not-found leases,endpoints "${LEADERS[@]}" >/dev/null
}

# lease_is_fresh NAMESPACE LEASE: renewed since the hosts were booted.
lease_is_fresh() {
    local renewed
    renewed=$(cluster_kubectl -n "$1" get lease "$2" -o 'jsonpath={.spec.renewTime}') || return 1
    [ "$(date -d "$renewed" +%s)" -gt "$BOOTED" ]
}

ssh_answers() {
    # shellcheck disable=SC2016
    [ "$(timeout 3 bash -c 'head -c4 <"/dev/tcp/$0/22"' "$(address_of "$1")")" = SSH- ]
}

# node_is_fresh NODE: its Lease was renewed since the boot, and so was the
# condition that says Ready. The Lease alone comes first, while the API still
# shows the Ready of before the halt.
node_is_fresh() {
    local status heartbeat
    lease_is_fresh kube-node-lease "$1" || return 1
    read -r status heartbeat < <(cluster_kubectl get node "$1" -o \
        'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{"\n"}{end}') || return 1
    [ "$status" = True ] && [ "$(date -d "$heartbeat" +%s)" -gt "$BOOTED" ]
}

# describe_cluster: known_hosts, hosts.yaml, ssh_config and a kubectl for the tests.
describe_cluster() {
    local dir=$RUN/$NAME host address
    ln -sfn "$BINARIES/1.20.15/kubectl" "$dir/kubectl"
    hosts | while read -r host address _; do
        printf '%s %s\n' "$address" "$(cut -d' ' -f1,2 "$(disk "$host")/upper/etc/ssh/ssh_host_ed25519_key.pub")"
    done >"$dir/known_hosts"
    {
        printf 'apiVersion: kubectl-upgrade/v1\nkind: Hosts\n'
        printf 'defaults: { user: admin, port: 22, identityFile: %s, knownHostsFile: %s }\nhosts:\n' \
            "$dir/id_ed25519" "$dir/known_hosts"
        hosts | while read -r host address _; do printf '  - { node: %s, address: %s }\n' "$host" "$address"; done
    } >"$dir/hosts.yaml"
    {
        hosts | while read -r host address _; do printf 'Host %s\n  HostName %s\n' "$host" "$address"; done
        printf 'Host *\n  User admin\n  IdentityFile %s\n  IdentitiesOnly yes\n' "$dir/id_ed25519"
        printf '  UserKnownHostsFile %s\n  StrictHostKeyChecking yes\n' "$dir/known_hosts"
    } >"$dir/ssh_config"
}

# cluster_down: everything of the loaded cluster, from any state it is in.
cluster_down() {
    local host jobs=()
    for host in $(host_names); do
        kill_host "$host" &
        jobs+=($!)
    done
    wait_jobs "${jobs[@]}"
    stop_balancer
    stop_repositories
    remove_bridge
    # Hosts mount in namespaces of their own; a mount here would be emptied.
    if grep -qF " $RUN/$NAME/" /proc/self/mounts; then die "$RUN/$NAME still has mounts"; fi
    rm -rf "${RUN:?}/${NAME:?}"
    locked "$STATE/machine.lock" leave_machine
}
