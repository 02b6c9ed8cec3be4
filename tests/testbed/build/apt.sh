# shellcheck shell=bash
# The machine's apt: what it must install, and which archive it uses.

PACKAGES=(golang-1.19-go dpkg-dev gcc libc6-dev etcd-server etcd-client containerd runc
    containernetworking-plugins debootstrap openssh-client iptables conntrack ipset apt-utils
    haproxy iproute2 python3 curl openssl jq util-linux procps)

# apt_archive: the address of the archive that bookworm's main comes from.
apt_archive() {
    local uri
    # The format's variables are apt's own, not the shell's.
    # shellcheck disable=SC2016
    uri=$(apt-get indextargets --format '$(CODENAME) $(COMPONENT) $(CREATED_BY) $(REPO_URI)' |
        awk '$1 == "bookworm" && $2 == "main" && $3 == "Packages" {print $4; exit}')
    [ -n "$uri" ] || die "apt knows no archive with bookworm's main component"
    printf '%s\n' "$uri"
}

# install_packages: what is missing, without starting any service.
install_packages() {
    local missing=() package
    for package in "${PACKAGES[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ] && [ -n "$(apt-cache policy kubernetes-client 2>/dev/null)" ]; then return 0; fi
    apt-get -q update >&2
    [ ${#missing[@]} -eq 0 ] ||
        DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" >&2
}
