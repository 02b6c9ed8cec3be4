# shellcheck shell=bash
# A host: systemd as the first process of its own namespaces, on an overlay
# over the shared root file system. Its disk is $RUN/NAME/disks/HOST.

disk() { printf '%s/%s/disks/%s\n' "$RUN" "$NAME" "$1"; }
launcher_file() { printf '%s/%s/state/%s.pid\n' "$RUN" "$NAME" "$1"; }

# make_disk HOST: what a freshly installed machine would have of its own.
make_disk() {
    local disk upper
    disk=$(disk "$1")
    upper=$disk/upper
    mkdir -p "$upper"/etc/{ssh,cni/net.d,apt/sources.list.d} "$upper"/root "$disk"/{kubelet,etcd}
    copy_store "$STORE" "$disk/containerd"
    printf '%s\n' "$1" >"$upper/etc/hostname"
    tr -d - </proc/sys/kernel/random/uuid >"$upper/etc/machine-id"
    { echo '127.0.0.1 localhost' && hosts | awk '{print $2, $1}'; } >"$upper/etc/hosts"
    repository_line >"$upper/etc/apt/sources.list.d/kubernetes.list"
    pod_network_config "$(hosts | awk -v host="$1" '$1 == host {print $3}')" >"$upper/etc/cni/net.d/10-testbed.conflist"
    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$upper/etc/ssh/ssh_host_ed25519_key"
    authorize "$upper/root" 0
    authorize "$upper/home/admin" "$(user_id admin)"
    authorize "$upper/home/nosudo" "$(user_id nosudo)"
}

user_id() { awk -F: -v user="$1" '$1 == user {print $3}' "$DEBIAN/etc/passwd"; }

# authorize HOME UID: the cluster's client key may log in.
authorize() {
    mkdir -p "$1/.ssh"
    cp "$RUN/$NAME/id_ed25519.pub" "$1/.ssh/authorized_keys"
    chown -R "$2:$2" "$1"
    chmod 700 "$1" "$1/.ssh"
    chmod 600 "$1/.ssh/authorized_keys"
}

repository_line() {
    local base
    base=http://$(bridge_address):$REPO_PORT
    case $REPO in
    per-minor) printf 'deb [trusted=yes] %s/core:/stable:/v%s/deb/ /\n' "$base" "${VERSION%.*}" ;;
    flat) printf 'deb [trusted=yes] %s/apt/ kubernetes-xenial main\n' "$base" ;;
    esac
}

pod_network_config() {
    cat <<JSON
{"cniVersion": "0.3.1", "name": "testbed", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "$(pod_network_of_slot "$1")"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
JSON
}

start_host() {
    local disk pid
    disk=$(disk "$1")
    mkdir -p "$disk"/{work,root} "$RUN/$NAME/state"
    plug "$1" "$(address_of "$1")"
    route_host "$1"
    make_groups "$NAME" "$1"
    pid=$(
        GROUPS_TO_ENTER=$(host_groups "$NAME" "$1") DISK=$disk LOWER=$FILES:$DEBIAN HOST=$1 \
            detached "$RUN/$NAME/log/console-$1.log" "$HERE/host/launch" "$(namespace "$1")"
    )
    record_process "$(launcher_file "$1")" "$pid"
}

# init_process HOST: the id, seen from the machine, of the host's systemd.
init_process() {
    local launcher child
    process_alive "$(launcher_file "$1")" || return 1
    read -r launcher _ <"$(launcher_file "$1")"
    child=$(pgrep -o -P "$launcher") || return 1
    grep -qz systemd "/proc/$child/cmdline" 2>/dev/null || return 1
    printf '%s\n' "$child"
}

# in_host HOST COMMAND...: as root in the host, without SSH.
in_host() {
    local pid
    pid=$(init_process "$1") || die "host $1 of cluster $NAME is not running"
    shift
    nsenter -t "$pid" -m -u -i -n -p -C -- /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

host_is_up() { init_process "$1" && in_host "$1" systemctl is-active ssh containerd; }

# halt_host HOST: an orderly shutdown; the disk is consistent afterwards.
halt_host() {
    local pid
    if pid=$(init_process "$1"); then
        kill -s SIGRTMIN+13 "$pid"
        for _ in $(seq 150); do
            init_process "$1" >/dev/null || break
            sleep 0.2
        done
    fi
    kill_host "$1"
}

# kill_host HOST: as if the plug were pulled. Its namespaces go with it.
kill_host() {
    local pid
    if pid=$(init_process "$1"); then kill -9 "$pid" 2>/dev/null || true; fi
    end_process "$(launcher_file "$1")"
    remove_groups "$NAME" "$1"
    unplug "$1"
}
