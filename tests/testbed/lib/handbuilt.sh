# shellcheck shell=bash
# Clusters set up by hand: certificates, binaries and systemd units, no
# kubeadm. cp1 and cp2 run the control plane behind haproxy and have no
# kubelet; w1 and w2 are the nodes; etcd has its members on cp1, cp2 and w1.

HANDBUILT_MEMBERS=(cp1 cp2 w1)

command_handbuilt() {
    [ "${1:-}" = up ] || die "handbuilt has up, not '${1:-}'; the rest works by name: testbed down NAME"
    shift
    KIND=handbuilt VERSION=1.19.16
    NAME='' ID='' CONTROL_PLANES=2 WORKERS=2 REPO=mirror BALANCER=yes
    while [ $# -gt 0 ]; do
        case $1 in
        --id | --version)
            [ $# -ge 2 ] || die "$1 needs a value"
            up_option "$1" "$2"
            shift
            ;;
        -*) die "handbuilt up has no option $1" ;;
        *) NAME=$1 ;;
        esac
        shift
    done
    check_name "$NAME"
    check_number id "$ID" 1 200
    check_version "$VERSION"
    require_machine
    build_all
    locked "$STATE/locks/$NAME" replace_cluster
}

# create_handbuilt: everything is on the disks before the hosts boot.
create_handbuilt() {
    local host
    ssh-keygen -q -t ed25519 -N '' -C testbed -f "$RUN/$NAME/id_ed25519"
    make_handbuilt_certificates
    client_kubeconfig admin >"$RUN/$NAME/kubeconfig"
    chmod 600 "$RUN/$NAME/kubeconfig"
    for host in $(host_names); do
        make_disk "$host"
        rm "$(disk "$host")/upper/etc/apt/sources.list.d/kubernetes.list"
        lay_components "$host"
    done
    start_cluster
    wait_until 120 'the API' cluster_kubectl get --raw /readyz
    handbuilt_file addons.yaml | cluster_kubectl apply -f - >/dev/null
    timed 'all nodes and kube-system pods ready' wait_cluster
}

is_member() { [[ " ${HANDBUILT_MEMBERS[*]} " = *" $1 "* ]]; }

make_handbuilt_certificates() {
    local pki=$RUN/$NAME/pki host both=extendedKeyUsage=serverAuth,clientAuth service
    mkdir -p "$pki/etcd"
    service=$(service_address 1)
    make_authority "$pki" kubernetes
    make_authority "$pki/etcd" etcd
    openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null
    openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
    (
        cd "$pki" || exit
        certificate admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth
        for user in kube-controller-manager kube-scheduler kube-proxy; do
            certificate "$user" "/CN=system:$user" extendedKeyUsage=clientAuth
        done
        for host in $(host_names | grep '^cp'); do
            certificate "apiserver-$host" /CN=kube-apiserver "$(printf '%s\nsubjectAltName=DNS:%s,IP:%s,IP:%s,IP:%s,IP:127.0.0.1' \
                "$both" kubernetes.default.svc "$(address_of "$host")" "$(balancer_address)" "$service")"
        done
        for host in $(node_names); do
            certificate "kubelet-$host" "/O=system:nodes/CN=system:node:$host" \
                "$(printf '%s\nsubjectAltName=DNS:%s,IP:%s' "$both" "$host" "$(address_of "$host")")"
        done
        cd etcd || exit
        certificate client /CN=kube-apiserver extendedKeyUsage=clientAuth
        for host in "${HANDBUILT_MEMBERS[@]}"; do
            certificate "$host" "/CN=$host" \
                "$(printf '%s\nsubjectAltName=DNS:%s,IP:%s,IP:127.0.0.1' "$both" "$host" "$(address_of "$host")")"
        done
    )
}

# make_authority DIR NAME
make_authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1/ca.key" -out "$1/ca.crt" -subj "/CN=$2" -days 3650 2>/dev/null
}

# service_address N: the Nth address of the services' network.
service_address() { service_network | sed "s|\.0/.*|.$1|"; }

# handbuilt_file FILE [HOST]: with what is particular to the cluster and host.
handbuilt_file() {
    local host peers='' servers=''
    for host in "${HANDBUILT_MEMBERS[@]}"; do
        peers=$peers${peers:+,}$host=https://$(address_of "$host"):2380
        servers=$servers${servers:+,}https://$(address_of "$host"):2379
    done
    sed -e "s|@HOST@|${2:-}|g; s|@ADDRESS@|$(address_of "${2:-}")|g; s|@ETCD_PEERS@|$peers|g; s|@ETCD_SERVERS@|$servers|g" \
        -e "s|@SERVICES@|$(service_network)|g; s|@PODS@|$(pod_network)|g; s|@DNS@|$(service_address 10)|g" \
        "$HERE/handbuilt/$1"
}

# client_kubeconfig CERTIFICATE: through the balancer, as its holder.
client_kubeconfig() {
    local pki=$RUN/$NAME/pki
    sed -e "s|@API@|$(balancer_address)|; s|@USER@|$1|g; s|@CA@|$(base64 -w0 "$pki/ca.crt")|" \
        -e "s|@CERTIFICATE@|$(base64 -w0 "$pki/$1.crt")|; s|@KEY@|$(base64 -w0 "$pki/$1.key")|" "$HERE/handbuilt/kubeconfig"
}

lay_components() {
    local root
    root=$(disk "$1")/upper
    mkdir -p "$root"/usr/local/bin "$root"/etc/systemd/system/multi-user.target.wants
    if is_member "$1"; then lay_etcd "$1" "$root"; fi
    case $1 in
    cp*) lay_control_plane "$1" "$root" ;;
    w*) lay_node "$1" "$root" ;;
    esac
    find "$root" -name '*.key' -exec chmod 600 {} +
}

# lay_unit HOST ROOT COMPONENT: the unit, enabled, and the binary.
lay_unit() {
    handbuilt_file "$3.service" "$1" >"$2/etc/systemd/system/$3.service"
    ln -s "/etc/systemd/system/$3.service" "$2/etc/systemd/system/multi-user.target.wants/$3.service"
    if [ "$3" = etcd ]; then
        install -m 755 "$MIRROR/v${ETCD_VERSIONS[0]}/bin/linux/amd64/etcd" "$2/usr/local/bin/etcd"
    else
        install -m 755 "$BINARIES/$VERSION/$3" "$2/usr/local/bin/$3"
    fi
}

lay_etcd() {
    local pki=$RUN/$NAME/pki/etcd
    mkdir -p "$2/etc/etcd"
    cp "$pki/ca.crt" "$2/etc/etcd/ca.crt"
    cp "$pki/$1.crt" "$2/etc/etcd/server.crt"
    cp "$pki/$1.key" "$2/etc/etcd/server.key"
    chmod 700 "$(disk "$1")/etcd"
    lay_unit "$1" "$2" etcd
}

lay_control_plane() {
    local pki=$RUN/$NAME/pki place=$2/var/lib/kubernetes name
    mkdir -p "$place" "$2/etc/kubernetes" "$2/etc/default"
    cp "$pki"/{ca.crt,ca.key,sa.key,sa.pub} "$place/"
    for name in crt key; do
        cp "$pki/apiserver-$1.$name" "$place/apiserver.$name"
        cp "$pki/etcd/client.$name" "$place/etcd-client.$name"
    done
    cp "$pki/etcd/ca.crt" "$place/etcd-ca.crt"
    for name in kube-controller-manager kube-scheduler; do
        client_kubeconfig "$name" >"$place/$name.kubeconfig"
        chmod 600 "$place/$name.kubeconfig"
    done
    handbuilt_file kube-scheduler.default >"$2/etc/default/kube-scheduler"
    handbuilt_file scheduler.yaml >"$2/etc/kubernetes/scheduler.yaml"
    for name in kube-apiserver kube-controller-manager kube-scheduler; do lay_unit "$1" "$2" "$name"; done
}

lay_node() {
    local pki=$RUN/$NAME/pki name
    mkdir -p "$2"/etc/{kubelet,kube-proxy}
    cp "$pki/ca.crt" "$2/etc/kubelet/ca.crt"
    for name in crt key; do cp "$pki/kubelet-$1.$name" "$2/etc/kubelet/kubelet.$name"; done
    handbuilt_file kubelet.yaml "$1" >"$2/etc/kubelet/config.yaml"
    client_kubeconfig "kubelet-$1" >"$2/etc/kubelet/kubeconfig"
    handbuilt_file kube-proxy.yaml "$1" >"$2/etc/kube-proxy/config.yaml"
    client_kubeconfig kube-proxy >"$2/etc/kube-proxy/kubeconfig"
    chmod 600 "$2/etc/kubelet/kubeconfig" "$2/etc/kube-proxy/kubeconfig"
    for name in kubelet kube-proxy; do lay_unit "$1" "$2" "$name"; done
}
