# shellcheck shell=bash
# What a download mirror of the components' binaries would serve.

MIRRORED=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)

# build_mirrored SOURCE DIR: DIR/VERSION/COMPONENT for the stamps that only the
# mirror has. Everything is compiled already; this links.
build_mirrored() {
    local source=$1 out=$2 version
    go_env "$source"
    cd "$source/src/k8s.io/kubernetes" || exit
    for version in "${MIRROR_VERSIONS[@]}"; do
        mkdir -p "$out/$version"
        go build -trimpath -ldflags "$(link_flags "$version")" -o "$out/$version/" "${MIRRORED[@]/#/./cmd/}"
    done
}

# build_mirror BINARIES MIRRORED DIR: DIR/vVERSION/bin/linux/amd64/COMPONENT and its
# .sha256 beside it, the layout of upstream's downloads.
build_mirror() {
    local binaries=$1 mirrored=$2 out=$3 version name place
    for version in "${VERSIONS[@]}"; do mirror_version "$binaries/$version" "$version"; done
    for version in "${MIRROR_VERSIONS[@]}"; do mirror_version "$mirrored/$version" "$version"; done
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
    version=${MIRROR_VERSIONS[0]}
    place=$out/flag-gone/v$version/bin/linux/amd64
    mkdir -p "$place"
    sed 's/apiserver-count/apiserver-gone_/g' "$mirrored/$version/kube-apiserver" >"$place/kube-apiserver"
    chmod 755 "$place/kube-apiserver"
    checksum "$place/kube-apiserver"
}

# mirror_version BINARIES VERSION: into $out, with checksums.
mirror_version() {
    place=$out/v$2/bin/linux/amd64
    mkdir -p "$place"
    for name in "${MIRRORED[@]}"; do
        ln "$1/$name" "$place/$name" 2>/dev/null || cp "$1/$name" "$place/$name"
        checksum "$place/$name"
    done
}

# checksum FILE: the bare digest, as upstream writes it.
checksum() { sha256sum "$1" | cut -d' ' -f1 >"$1.sha256"; }
