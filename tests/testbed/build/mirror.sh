# shellcheck shell=bash
# What a download mirror of the components' binaries would serve.

MIRRORED=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)

# build_mirror BINARIES DIR: DIR/vVERSION/bin/linux/amd64/COMPONENT and its
# .sha256 beside it, the layout of upstream's downloads.
build_mirror() {
    local binaries=$1 out=$2 version name place
    for version in "${VERSIONS[@]}"; do
        place=$out/v$version/bin/linux/amd64
        mkdir -p "$place"
        for name in "${MIRRORED[@]}"; do
            ln "$binaries/$version/$name" "$place/$name" 2>/dev/null || cp "$binaries/$version/$name" "$place/$name"
            checksum "$place/$name"
        done
    done
    # etcd's version is a constant of its sources, so another one of the same
    # length is written over it in the binary.
    for version in "${ETCD_VERSIONS[@]}"; do
        place=$out/v$version/bin/linux/amd64
        mkdir -p "$place"
        sed "s/3\.4\.23/$version/g" /usr/bin/etcd >"$place/etcd"
        chmod 755 "$place/etcd"
        [[ $("$place/etcd" --version) = *"$version"* ]]
        checksum "$place/etcd"
    done
    # One that no longer knows a flag that the units have, as newer versions do.
    version=1.20.15
    place=$out/flag-gone/v$version/bin/linux/amd64
    mkdir -p "$place"
    sed 's/apiserver-count/apiserver-gone_/g' "$binaries/$version/kube-apiserver" >"$place/kube-apiserver"
    chmod 755 "$place/kube-apiserver"
    checksum "$place/kube-apiserver"
}

# checksum FILE: the bare digest, as upstream writes it.
checksum() { sha256sum "$1" | cut -d' ' -f1 >"$1.sha256"; }
