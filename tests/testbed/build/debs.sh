# shellcheck shell=bash
# Debian packages of Kubernetes under their upstream names, and the two
# layouts of repositories that upstream has had.

PACKAGE_NAMES=(kubeadm kubelet kubectl)

# build_repositories BINARIES PROGRAMS DIR
#   DIR/core:/stable:/v1.NN/deb/   one repository per minor, revision -1.1
#   DIR/apt/                       kubernetes-xenial main, all versions, revision -00
build_repositories() {
    local binaries=$1 programs=$2 out=$3 work version minor deb
    work=$(mktemp -d -p "$CACHE/tmp")
    for version in "${VERSIONS[@]}"; do
        minor=v${version%.*}
        deb="$out/core:/stable:/$minor/deb"
        mkdir -p "$deb/amd64"
        package_version per-minor "$version" "$version-1.1" "$deb/amd64"
        package_dependencies "${version%.*}.0-1.1" 1.1.1-1.1 "$deb/amd64"
        index_flat "$deb"
    done
    mkdir -p "$out/apt/pool"
    for version in "${VERSIONS[@]}"; do
        package_version flat "$version" "$version-00" "$out/apt/pool"
    done
    package_dependencies 1.19.0-00 0.8.7-00 "$out/apt/pool"
    index_suite "$out/apt" kubernetes-xenial
    rm -rf "$work"
}

# package_version LAYOUT VERSION DEB_VERSION DIR: kubeadm, kubelet, kubectl.
package_version() {
    local layout=$1 version=$2 deb_version=$3 dir=$4 name
    for name in "${PACKAGE_NAMES[@]}"; do
        install -D "$binaries/$version/$name" "$work/$name/usr/bin/$name"
        cp -r "$HERE/build/deb-$layout/$name/." "$work/$name/" 2>/dev/null || true
    done
    pack kubectl "$deb_version" "" "$dir"
    pack kubelet "$deb_version" \
        'iptables (>= 1.4.21), kubernetes-cni (>= 0.8.7), iproute2, socat, util-linux, mount, ebtables, ethtool, conntrack' "$dir"
    pack kubeadm "$deb_version" \
        'kubelet (>= 1.13.0), kubectl (>= 1.13.0), kubernetes-cni (>= 0.8.7), cri-tools (>= 1.13.0)' "$dir"
}

# package_dependencies CRI_TOOLS_VERSION CNI_VERSION DIR: both small here.
package_dependencies() {
    install -D "$programs/crictl" "$work/cri-tools/usr/bin/crictl"
    pack cri-tools "$1" "" "$3"
    mkdir -p "$work/kubernetes-cni/opt/cni"
    ln -s /usr/lib/cni "$work/kubernetes-cni/opt/cni/bin"
    pack kubernetes-cni "$2" containernetworking-plugins "$3"
}

# pack NAME VERSION DEPENDS DIR: from $work/NAME, which is used up.
pack() {
    local name=$1 version=$2 depends=$3 dir=$4 tree=$work/$1
    mkdir -p "$tree/DEBIAN"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: amd64\n' "$name" "$version"
        printf 'Maintainer: testbed <root@localhost>\nSection: misc\nPriority: optional\n'
        [ -z "$depends" ] || printf 'Depends: %s\n' "$depends"
        printf 'Description: %s for the testbed\n' "$name"
    } >"$tree/DEBIAN/control"
    [ ! -e "$tree/DEBIAN/postinst" ] || chmod 755 "$tree/DEBIAN/postinst"
    dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$dir/${name}_${version}_amd64.deb"
    rm -rf "$tree"
}

# release FOLDER [APT_FTPARCHIVE_OPTION...]: the Release file over what is there.
release() {
    apt-ftparchive "${@:2}" release "$1" >"$work/Release"
    mv "$work/Release" "$1/Release"
}

index_flat() {
    (cd "$1" && apt-ftparchive packages . >Packages && gzip -k Packages)
    release "$1"
}

index_suite() {
    local suite=$1/dists/$2 field=APT::FTPArchive::Release
    mkdir -p "$suite/main/binary-amd64"
    (cd "$1" && apt-ftparchive packages pool) >"$suite/main/binary-amd64/Packages"
    gzip -k "$suite/main/binary-amd64/Packages"
    release "$suite" -o "$field::Suite=$2" -o "$field::Codename=$2" -o "$field::Components=main" \
        -o "$field::Architectures=amd64"
}
