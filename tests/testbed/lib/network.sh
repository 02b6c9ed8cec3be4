# shellcheck shell=bash
# One bridge and subnet per cluster, one network namespace per host. The
# bridge's own address serves packages; nothing is forwarded beyond it.

bridge() { printf 'kut%s\n' "$ID"; }
namespace() { printf 'kut-%s-%s\n' "$NAME" "$1"; }
bridge_address() { printf '10.99.%s.1\n' "$ID"; }
balancer_address() { printf '10.99.%s.10\n' "$ID"; }

# hosts: NAME ADDRESS SLOT, control planes first. The slot picks the host's
# /24 among the cluster's pod addresses.
hosts() {
    local i
    for i in $(seq 1 "$CONTROL_PLANES"); do printf 'cp%s 10.99.%s.%s %s\n' "$i" "$ID" $((10 + i)) "$i"; done
    for i in $(seq 1 "$WORKERS"); do printf 'w%s 10.99.%s.%s %s\n' "$i" "$ID" $((20 + i)) $((5 + i)); done
}

host_names() { hosts | cut -d' ' -f1; }
address_of() { hosts | awk -v host="$1" '$1 == host {print $2}'; }

# Pods and services have 4096 addresses each, different for every cluster id.
pod_network() { printf '10.%s.%s.0/20\n' $((200 + ID / 16)) $((ID % 16 * 16)); }
service_network() { printf '10.%s.%s.0/20\n' $((220 + ID / 16)) $((ID % 16 * 16)); }
pod_network_of_slot() { printf '10.%s.%s.0/24\n' $((200 + ID / 16)) $((ID % 16 * 16 + $1)); }

make_bridge() {
    ip link add "$(bridge)" type bridge
    ip addr add "$(bridge_address)/24" dev "$(bridge)"
    ip link set "$(bridge)" up
    # Whatever the machine forwards otherwise: nothing from this bridge.
    ip rule add pref 99 iif "$(bridge)" blackhole
}

remove_bridge() {
    ip rule del pref 99 iif "$(bridge)" blackhole 2>/dev/null || true
    ip link del "$(bridge)" 2>/dev/null || true
}

# plug NAMESPACE_OF ADDRESS: a namespace with eth0 on the bridge.
plug() {
    local ns link
    ns=$(namespace "$1")
    link=k$ID-$1
    ip netns add "$ns"
    ip link add "$link" type veth peer name eth0 netns "$ns"
    ip link set "$link" master "$(bridge)" up
    ip -n "$ns" link set lo up
    ip -n "$ns" addr add "$2/24" dev eth0
    ip -n "$ns" link set eth0 up
}

# route_host HOST: to the other hosts' pods, and nowhere else.
route_host() {
    local ns host address slot
    ns=$(namespace "$1")
    # kubeadm takes the default route's interface for its own address.
    ip -n "$ns" route add default via "$(bridge_address)"
    # The kubelet asks a cloud's metadata address at each start; a refusal at
    # once saves about six seconds.
    ip -n "$ns" route add unreachable 169.254.0.0/16
    hosts | while read -r host address slot; do
        [ "$host" = "$1" ] || ip -n "$ns" route add "$(pod_network_of_slot "$slot")" via "$address"
    done
    ip netns exec "$ns" sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
}

unplug() {
    ip netns del "$(namespace "$1")" 2>/dev/null || true
    ip link del "k$ID-$1" 2>/dev/null || true
}
