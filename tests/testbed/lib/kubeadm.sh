# shellcheck shell=bash
# From bare hosts to a cluster, the documented way: packages, init, join.

# Fixed: the clusters are reachable from this machine alone.
JOIN_TOKEN=abcdef.0123456789abcdef
CERTIFICATE_KEY=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

api_address() {
    if [ "$BALANCER" = yes ]; then balancer_address; else address_of cp1; fi
}

# install_kubernetes HOST
install_kubernetes() {
    local revision
    if [ "$REPO" = per-minor ]; then revision=1.1; else revision=00; fi
    in_host "$1" /bin/sh -ec "
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q update
        apt-get -q install -y kubelet=$VERSION-$revision kubeadm=$VERSION-$revision kubectl=$VERSION-$revision
        apt-mark hold kubelet kubeadm kubectl
        apt-get clean" >"$RUN/$NAME/log/apt-$1.log" 2>&1
}

kubeadm_config() {
    cat <<YAML
apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
bootstrapTokens: [{token: $JOIN_TOKEN, ttl: 0s}]
certificateKey: $CERTIFICATE_KEY
localAPIEndpoint: {advertiseAddress: $(address_of cp1)}
nodeRegistration: {name: cp1, criSocket: /run/containerd/containerd.sock}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
clusterName: testbed
kubernetesVersion: v$VERSION
controlPlaneEndpoint: $(api_address):6443
networking: {podSubnet: $(pod_network), serviceSubnet: $(service_network)}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failSwapOn: false
# Root here may not lower oom_score_adj.
oomScoreAdj: 0
# The machine's disk is everyone's: do not evict or collect on its account.
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 1Mi, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0}
YAML
}

init_cluster() {
    local log=$RUN/$NAME/log/kubeadm-cp1.log
    kubeadm_config | in_host cp1 /bin/sh -c 'cat >/root/kubeadm.yaml'
    in_host cp1 kubeadm init --upload-certs --config /root/kubeadm.yaml >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        die "kubeadm init failed: see $log"
    }
    in_host cp1 cat /etc/kubernetes/admin.conf >"$RUN/$NAME/kubeconfig"
    chmod 600 "$RUN/$NAME/kubeconfig"
}

# join_host HOST [OPTION...]
join_host() {
    local host=$1 log=$RUN/$NAME/log/kubeadm-$1.log
    shift
    in_host "$host" kubeadm join "$(api_address):6443" --token "$JOIN_TOKEN" --discovery-token-ca-cert-hash "sha256:$(ca_hash)" \
        --cri-socket /run/containerd/containerd.sock "$@" >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        die "kubeadm join failed on $host: see $log"
    }
}

ca_hash() {
    in_host cp1 cat /etc/kubernetes/pki/ca.crt | openssl x509 -pubkey -noout |
        openssl pkey -pubin -outform der | sha256sum | cut -d' ' -f1
}

# Workers join side by side, control planes one after another: etcd takes one
# new member at a time.
join_cluster() {
    local host jobs=()
    for host in $(host_names | grep '^w'); do
        join_host "$host" &
        jobs+=($!)
    done
    for host in $(host_names | grep '^cp' | tail -n +2); do
        join_host "$host" --control-plane --certificate-key "$CERTIFICATE_KEY"
    done
    wait_jobs "${jobs[@]}"
}
