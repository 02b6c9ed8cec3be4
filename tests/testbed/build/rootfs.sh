# shellcheck shell=bash
# The hosts' root file system: Debian with systemd, sshd, containerd and what
# kubeadm's preflight looks for. Nothing of Kubernetes: that comes by apt.

HOST_PACKAGES=(systemd systemd-sysv dbus udev openssh-server sudo ca-certificates curl iproute2
    iptables conntrack ethtool socat ebtables kmod procps util-linux mount containerd runc
    containernetworking-plugins etcd-client openssl less apt-utils)

# Units that would act on the machine's one kernel, or wait for hardware.
MASKED_UNITS=(systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket
    systemd-udev-trigger.service systemd-sysctl.service systemd-modules-load.service
    systemd-binfmt.service proc-sys-fs-binfmt_misc.automount proc-sys-fs-binfmt_misc.mount
    sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
    sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount getty@.service getty.target
    console-getty.service systemd-logind.service systemd-remount-fs.service
    systemd-random-seed.service systemd-firstboot.service systemd-journal-flush.service
    apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer)

# bootstrap_debian DIR
bootstrap_debian() {
    local root=$1 include proxy
    include=$(IFS=,; printf '%s' "${HOST_PACKAGES[*]}")
    proxy=$(apt-config shell p Acquire::http::Proxy | sed -n "s/^p='\(.*\)'$/\1/p")
    [ -z "$proxy" ] || export http_proxy=$proxy
    debootstrap --variant=minbase --include="$include" bookworm "$root" "$(apt_archive)"
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/etc/ssh/ssh_host_* \
        "$root"/usr/share/doc "$root"/usr/share/locale "$root"/usr/share/man
    : >"$root/etc/machine-id"
    : >"$root/etc/apt/sources.list"
    add_users "$root"
}

# add_users ROOT: both log in with the cluster's key alone. The password is
# one that nothing matches, not a locked one, which sshd without PAM refuses.
add_users() {
    local user
    for user in admin nosudo; do
        chroot "$1" useradd --create-home --shell /bin/bash --password '*' "$user"
    done
}

# lay_host_files DIR: the layer above Debian: configuration files and masks.
lay_host_files() {
    local root=$1 unit
    cp -r "$HERE"/host/files/. "$root/"
    chown -R root:root "$root"
    chmod -R u=rwX,go=rX "$root"
    chmod 440 "$root"/etc/sudoers.d/*
    chmod 750 "$root"/etc/sudoers.d
    for unit in "${MASKED_UNITS[@]}"; do
        ln -s /dev/null "$root/etc/systemd/system/$unit"
    done
}
