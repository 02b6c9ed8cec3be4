# shellcheck shell=bash
# A control plane without hosts: etcd, kube-apiserver, controller-manager and
# scheduler on loopback, with TLS and RBAC. Ready in seconds, filled by load.

STANDALONE_FIRST_PORT=16443
STANDALONE_DAEMONS=(kube-scheduler kube-controller-manager kube-apiserver etcd)

command_standalone() {
    local command=${1:-}
    NAME=${2:-}
    check_name "$NAME"
    shift 2
    case $command in
    up) standalone_up "$@" ;;
    down) standalone_down ;;
    load) standalone_load "$@" ;;
    *) die "standalone has up, load and down, not '$command'" ;;
    esac
}

standalone_up() {
    local start
    start=$(date +%s%N)
    if [ "${1:-}" != --version ] || [ $# -ne 2 ]; then die 'standalone up needs NAME --version V'; fi
    VERSION=${2#v}
    check_version "$VERSION"
    require_machine
    build_all
    [ ! -e "$STATE/clusters/$NAME" ] || die "$NAME is a cluster of hosts: choose another name"
    standalone_down
    mkdir -p "$RUN/$NAME"/{pki,log,state,etcd} "$STATE/standalone"
    # One at a time from the choice of ports until they are taken.
    locked "$STATE/standalone.lock" standalone_start
    wait_until 60 'the default service account' standalone_kubectl -n default get serviceaccount default
    printf 'testbed: %6.1fs control plane %s is ready: %s\n' "$(elapsed "$start")" "$NAME" "$RUN/$NAME" >&2
}

standalone_start() {
    PORT=$(free_ports)
    printf '%s\n' "$PORT" >"$RUN/$NAME/port"
    ln -sfn "$RUN/$NAME" "$STATE/standalone/$NAME"
    make_certificates
    make_kubeconfigs
    ln -sfn "$BINARIES/1.20.15/kubectl" "$RUN/$NAME/kubectl"
    start_etcd
    start_apiserver
    wait_until 60 "kube-apiserver ($RUN/$NAME/log/kube-apiserver.log)" standalone_kubectl get --raw /readyz
    start_controllers
}

# free_ports: the first of five neighbouring ports that nobody listens on.
free_ports() {
    local port used
    used=$(ss -Hltn | awk '{sub(/.*:/, "", $4); print $4}')
    for port in $(seq "$STANDALONE_FIRST_PORT" 10 $((STANDALONE_FIRST_PORT + 2000))); do
        if ! seq "$port" $((port + 4)) | grep -qxF "$used"; then
            printf '%s\n' "$port"
            return
        fi
    done
    die 'no free ports'
}

standalone_kubectl() { "$BINARIES/1.20.15/kubectl" --kubeconfig "$RUN/$NAME/kubeconfig" "$@"; }

make_certificates() (
    cd "$RUN/$NAME/pki" || exit
    openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=kubernetes -days 3650 2>/dev/null
    openssl genrsa -out sa.key 2048 2>/dev/null
    openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
    certificate apiserver /CN=kube-apiserver \
        subjectAltName=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1
    certificate admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
    certificate kube-controller-manager /CN=system:kube-controller-manager extendedKeyUsage=clientAuth
    certificate kube-scheduler /CN=system:kube-scheduler extendedKeyUsage=clientAuth
)

# certificate NAME SUBJECT EXTENSION
certificate() {
    openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "$2" 2>/dev/null |
        openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out "$1.crt" -extfile <(printf '%s\n' "$3") 2>/dev/null
}

make_kubeconfigs() (
    cd "$RUN/$NAME" || exit
    local user
    for user in admin kube-controller-manager kube-scheduler; do
        cat >"state/$user.conf" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: standalone, cluster: {server: "https://127.0.0.1:$PORT", certificate-authority-data: $(base64 -w0 pki/ca.crt)}}]
users: [{name: $user, user: {client-certificate-data: $(base64 -w0 "pki/$user.crt"), client-key-data: $(base64 -w0 "pki/$user.key")}}]
contexts: [{name: standalone, context: {cluster: standalone, user: $user}}]
current-context: standalone
YAML
        chmod 600 "state/$user.conf"
    done
    cp -p state/admin.conf kubeconfig
)

# daemon COMMAND...: the command's base name names its log and pid file.
daemon() {
    local name
    name=$(basename "$1")
    record_process "$RUN/$NAME/state/$name.pid" "$(detached "$RUN/$NAME/log/$name.log" "$@")"
}

start_etcd() {
    local client=http://127.0.0.1:$((PORT + 3)) peer=http://127.0.0.1:$((PORT + 4))
    daemon etcd --data-dir "$RUN/$NAME/etcd" --quota-backend-bytes 4294967296 --logger zap \
        --listen-client-urls "$client" --advertise-client-urls "$client" \
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer"
}

start_apiserver() {
    local pki=$RUN/$NAME/pki
    daemon "$BINARIES/$VERSION/kube-apiserver" --etcd-servers="http://127.0.0.1:$((PORT + 3))" \
        --bind-address=127.0.0.1 --secure-port="$PORT" --insecure-port=0 --endpoint-reconciler-type=none \
        --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
        --client-ca-file="$pki/ca.crt" --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
        --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$pki/sa.pub" \
        --service-account-signing-key-file="$pki/sa.key" --service-cluster-ip-range=10.96.0.0/16 \
        --max-requests-inflight=800 --max-mutating-requests-inflight=400
}

# Without the node lifecycle controller: the load's nodes send no heartbeats.
start_controllers() {
    local name pki=$RUN/$NAME/pki config
    for name in kube-controller-manager kube-scheduler; do
        config=$RUN/$NAME/state/$name.conf
        set -- --kubeconfig="$config" --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" \
            --port=0 --bind-address=127.0.0.1 --leader-elect=false --kube-api-qps=200 --kube-api-burst=400
        case $name in
        kube-scheduler) set -- "$@" --secure-port=$((PORT + 2)) ;;
        kube-controller-manager)
            set -- "$@" --secure-port=$((PORT + 1)) --root-ca-file="$pki/ca.crt" --use-service-account-credentials=true \
                --service-account-private-key-file="$pki/sa.key" --cluster-signing-cert-file="$pki/ca.crt" \
                --cluster-signing-key-file="$pki/ca.key" --controllers='*,-nodelifecycle'
            ;;
        esac
        daemon "$BINARIES/$VERSION/$name" "$@"
    done
}

standalone_load() {
    local link=$STATE/standalone/$NAME
    [ -L "$link" ] || die "no control plane named '$NAME' is up"
    /usr/bin/python3 "$HERE/lib/load.py" --port "$(cat "$link/port")" --pki "$(readlink "$link")/pki" "$@"
}

standalone_down() {
    local link=$STATE/standalone/$NAME dir daemon
    dir=$(readlink "$link") || return 0
    for daemon in "${STANDALONE_DAEMONS[@]}"; do end_process "$dir/state/$daemon.pid"; done
    rm -rf "${dir:?}" "$link"
}

standalone_down_all() {
    local link
    for link in "$STATE"/standalone/*; do
        [ -L "$link" ] || continue
        NAME=$(basename "$link")
        standalone_down
    done
}
