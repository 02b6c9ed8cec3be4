# shellcheck shell=bash
# Container images and a containerd data folder that already holds them. The
# hosts get it by hard links: layers are read-only, so no disk is spent twice.

# The registry and tags that kubeadm 1.20 asks for by itself.
REGISTRY=k8s.gcr.io
ETCD_TAGS=(3.4.13-0 3.4.27-0 3.5.0-0)

image() { /usr/bin/python3 "$HERE/build/image.py" "$@"; }

# build_image_store BINARIES PROGRAMS DIR: DIR is laid out like /var/lib/containerd.
build_image_store() {
    local binaries=$1 programs=$2 store=$3 work
    work=$(mktemp -d -p "$CACHE/tmp")
    start_containerd "$store" "$work"
    local version component tag
    for version in "${VERSIONS[@]}"; do
        for component in kube-apiserver kube-controller-manager kube-scheduler; do
            put "$REGISTRY/$component:v$version" "$binaries/$version/$component:/usr/local/bin/$component"
        done
        put_kube_proxy "$version" "$binaries/$version/kube-proxy"
    done
    for tag in "${ETCD_TAGS[@]}"; do
        put "$REGISTRY/etcd:$tag" --with-libraries /usr/bin/etcd:/usr/local/bin/etcd /usr/bin/etcdctl:/usr/local/bin/etcdctl
    done
    put "$REGISTRY/pause:3.2" --entry /pause "$programs/pause:/pause"
    put "$REGISTRY/coredns:1.7.0" --entry /coredns "$programs/coredns:/coredns"
    put docker.io/testbed/web:1 --entry /web "$programs/web:/web"
    put docker.io/testbed/web:2 --entry /web "$programs/web:/web"
    stop_containerd "$work"
    rm -rf "$work"
}

# put NAME:TAG WHAT...: make an image and import it.
put() {
    local archive=$work/image.tar
    image "$1" "$archive" "${@:2}"
    ctr -a "$work/containerd.sock" -n k8s.io images import "$archive"
    rm -f "$archive"
}

# kube-proxy calls iptables and its relatives, and they load plug-ins.
put_kube_proxy() {
    local tool content=("$2:/usr/local/bin/kube-proxy" /usr/sbin/xtables-nft-multi:/usr/sbin/xtables-nft-multi
        /usr/sbin/conntrack:/usr/sbin/conntrack /usr/sbin/ipset:/usr/sbin/ipset /etc/protocols:/etc/protocols)
    for tool in {iptables,ip6tables}{,-save,-restore}; do
        content+=("/usr/sbin/$tool->xtables-nft-multi")
    done
    for tool in /usr/lib/x86_64-linux-gnu/xtables/*.so; do
        content+=("$tool:$tool")
    done
    put "$REGISTRY/kube-proxy:v$1" --with-libraries "${content[@]}"
}

# start_containerd STORE WORK: a private one, without its CRI part.
start_containerd() {
    cat >"$2/config.toml" <<TOML
version = 2
root = "$1"
state = "$2/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$2/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "$2/opt"
TOML
    detached "$2/containerd.log" containerd --config "$2/config.toml" >"$2/pid"
    record_process "$2/pidfile" "$(cat "$2/pid")"
    wait_until 30 "the image store's containerd" ctr -a "$2/containerd.sock" version
}

stop_containerd() { end_process "$1/pidfile"; }
