section() { printf '# %s\n' "$1"; }
foreign() { awk '{ print "| " $0 }'; }
file() { if [ -r "$1" ]; then section "$2 $1"; foreign < "$1"; fi; }
here() { command -v "$1" >/dev/null 2>&1; }
limited() { timeout 60 "$@"; }

section time
date +%s%N
section os
cat /etc/os-release 2>/dev/null | foreign

section manager
if here apt-get && here dpkg-query; then manager=apt
elif here zypper; then manager=zypper
elif here dnf; then
  case $(dnf --version 2>/dev/null) in *dnf5*) manager=dnf5 ;; *) manager=dnf4 ;; esac
elif here yum; then manager=yum
else manager=none
fi
echo "$manager"

case $manager in
  apt)
    for path in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
      [ -r "$path" ] && { section "source $path"; grep -E '^[[:space:]]*deb[[:space:]].*://' "$path" | foreign; }
    done
    for path in /etc/apt/sources.list.d/*.sources; do
      [ -r "$path" ] && { section "source $path"
        awk 'BEGIN { RS = "" } !/(^|\n)Enabled:[ \t]*(no|false)/' "$path" | grep -E '^[[:space:]]*URIs:' | foreign; }
    done
    section installed
    dpkg-query -W -f='${Package} ${Version} ${db:Status-Abbrev}\n' kubeadm kubelet kubectl 2>/dev/null | foreign
    section offered
    limited apt-cache madison kubeadm 2>/dev/null | foreign
    ;;
  dnf4 | dnf5 | yum | zypper)
    for path in /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo; do
      [ -r "$path" ] && { section "source $path"
        grep -E '^\[|^[[:space:]]*(baseurl|gpgkey|enabled|exclude|excludepkgs)[[:space:]]*=' "$path" | foreign; }
    done
    section installed
    rpm -q --qf '%{NAME} %{VERSION}-%{RELEASE} ii\n' kubeadm kubelet kubectl 2>/dev/null | grep -v ' is not installed' | foreign
    section offered
    case $manager in
      dnf4) limited dnf -q list --showduplicates --disableexcludes=all kubeadm 2>/dev/null ;;
      dnf5) limited dnf -q list --showduplicates --setopt=disable_excludes=* kubeadm 2>/dev/null ;;
      yum) limited yum -q list --showduplicates --disableexcludes=all kubeadm 2>/dev/null ;;
      zypper) limited zypper --non-interactive --no-refresh search -s --match-exact kubeadm 2>/dev/null ;;
    esac | foreign
    if [ "$manager" = zypper ]; then section locks; zypper --non-interactive locks 2>/dev/null | foreign; fi
    ;;
esac

section kubeadm
if here kubeadm; then kubeadm version -o short 2>/dev/null | foreign; fi
section cgroup
stat -fc %T /sys/fs/cgroup 2>/dev/null | foreign
section free
for path in /etc/kubernetes /var/lib; do
  [ -d "$path" ] || path=$(dirname "$path")
  df -Pk "$path" | awk 'NR == 2 { print $4 }'
done
section swap
awk 'NR > 1' /proc/swaps 2>/dev/null | foreign
file /etc/default/kubelet arguments
file /etc/sysconfig/kubelet arguments
file /var/lib/kubelet/kubeadm-flags.env arguments

pods=$(sed -n 's/^staticPodPath:[[:space:]]*//p' /var/lib/kubelet/config.yaml 2>/dev/null | tr -d '"' | head -n 1)
pods=${pods:-/etc/kubernetes/manifests}
section references
for path in "$pods"/*; do
  case ${path##*/} in etcd.yaml | kube-apiserver.yaml | kube-controller-manager.yaml | kube-scheduler.yaml) continue ;; esac
  [ -f "$path" ] || continue
  grep -v '^[[:space:]]*#' "$path" | grep -Eq \
    '(^|[^A-Za-z])"?(configMap|configMapRef|configMapKeyRef|secret|secretName|secretRef|secretKeyRef|serviceAccount|serviceAccountName|persistentVolumeClaim)"?[[:space:]]*:' &&
    printf '%s\n' "${path##*/}" | foreign
done
if [ -r "$pods/etcd.yaml" ]; then
  section etcd
  sed -n 's/^[[:space:]]*-\{0,1\}[[:space:]]*image:[[:space:]]*//p' "$pods/etcd.yaml" | head -n 1 | foreign
  section etcdctl
  if here etcdctl; then echo yes; else echo no; fi
  data=$(sed -n 's/.*--data-dir=//p' "$pods/etcd.yaml" | head -n 1)
  section etcd-data
  du -sk "${data:-/var/lib/etcd}" 2>/dev/null | awk '{ print $1 }'
fi
