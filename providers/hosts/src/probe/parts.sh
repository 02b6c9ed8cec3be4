section arch
uname -m
version_of() { limited "$1" --version 2>&1 </dev/null | head -n 1 | foreign; }
known='etcd kube-apiserver kube-controller-manager kube-scheduler cloud-controller-manager kubelet kube-proxy'
names=$(systemctl list-unit-files --type=service --no-legend --no-pager 2>/dev/null | awk '{ print $1 }' | grep -v '@\.service$')
# One line for each unit that starts one of them: component, unit, state, process, file. ExecStart is shown as
# `{ path=… ; argv[]=… ; …}`.
[ -z "$names" ] || systemctl show --no-pager \
  --property=Id --property=ActiveState --property=MainPID --property=ExecStart $names 2>/dev/null |
  awk -v known="$known" '
    BEGIN { RS = ""; FS = "\n" }
    {
      id = state = path = ""; pid = 0
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^Id=/) id = substr($i, 4)
        if ($i ~ /^ActiveState=/) state = substr($i, 13)
        if ($i ~ /^MainPID=/) pid = substr($i, 9)
        if ($i ~ /^ExecStart=/ && path == "") { path = $i; sub(/^ExecStart=\{ path=/, "", path); sub(/ ;.*/, "", path) }
      }
      count = split(path, words, "/")
      if (count > 0 && index(" " known " ", " " words[count] " ")) print words[count], id, state, pid, path
    }' |
  while read -r name unit state pid path; do
    section "part $name $unit"
    printf '%s\n' "$state" "$path"
    # Programs of a hundred megabytes are asked once, where file and process are the same.
    said=
    if [ "$pid" -gt 0 ] && [ -e "/proc/$pid/exe" ]; then said=$(version_of "/proc/$pid/exe"); fi
    section "running $unit"
    printf '%s\n' "$said"
    section "installed $unit"
    if [ -n "$said" ] && [ "$(stat -Lc %d:%i "$path" 2>/dev/null)" = "$(stat -Lc %d:%i "/proc/$pid/exe" 2>/dev/null)" ]; then
      printf '%s\n' "$said"
    elif [ -x "$path" ]; then version_of "$path"
    fi
    section "parameters $unit"
    if [ "$pid" -gt 0 ] && [ -r "/proc/$pid/cmdline" ]; then tr '\0' '\n' < "/proc/$pid/cmdline" | awk 'NR > 1' | foreign
    else systemctl show --no-pager --property=ExecStart "$unit" | sed -n 's/.* argv\[\]=\([^;]*\) ; .*/\1/p' |
      tr ' ' '\n' | awk 'NR > 1 && $0 != ""' | foreign
    fi
    section "files $unit"
    systemctl show --no-pager --property=FragmentPath --property=DropInPaths "$unit" | sed 's/^[A-Za-z]*=//' |
      tr ' ' '\n' | grep '^/' | foreign
    systemctl show --no-pager --property=EnvironmentFiles "$unit" | sed -n 's/^EnvironmentFiles=\(\/.*\) (ignore_errors=.*/\1/p' | foreign
    section "package $unit"
    { dpkg-query -S "$path" || rpm -qf "$path"; } 2>/dev/null | grep -v 'not owned' | head -n 1 | foreign
  done
# Manifests of static pods, where the kubelet that runs here is told to look for them.
kubelet=$(systemctl show --property=MainPID kubelet.service 2>/dev/null | sed 's/.*=//')
config=
told=
if [ -r "/proc/${kubelet:-0}/cmdline" ]; then
  config=$(tr '\0' '\n' < "/proc/$kubelet/cmdline" | sed -n 's/^--config=//p' | tail -n 1)
  told=$(tr '\0' '\n' < "/proc/$kubelet/cmdline" | sed -n 's/^--pod-manifest-path=//p' | tail -n 1)
fi
# The process of a static pod: of the component's name, its first argument in the manifest.
process_of() {
  grep -lx -e "$(printf '%s\n' "$1" | cut -c 1-15)" /proc/[0-9]*/comm 2>/dev/null | sed 's|^/proc/\([0-9]*\)/comm$|\1|' |
    while read -r pid; do
      first=$(tr '\0' '\n' < "/proc/$pid/cmdline" 2>/dev/null | sed -n 2p)
      if grep -Fq -e '$(' -- "$2"; then first=${first%%=*}; fi
      if [ -z "$first" ] || grep -Fq -e "$first" -- "$2"; then echo "$pid"; fi
    done | head -n 1
}
says_of() {
  { "/proc/$1/exe" --version || chroot "/proc/$1/root" "$(readlink "/proc/$1/exe")" --version; } 2>/dev/null </dev/null | head -n 1
}
manifests=$(sed -n 's/^staticPodPath:[[:space:]]*//p' "${config:-/var/lib/kubelet/config.yaml}" 2>/dev/null | tr -d '"' | head -n 1)
manifests=${told:-${manifests:-/etc/kubernetes/manifests}}
for path in "$manifests"/*.yaml "$manifests"/*.json; do
  [ -r "$path" ] || continue
  for name in $known; do
    image=$(sed -n 's/^[[:space:]]*-\{0,1\}[[:space:]]*"\{0,1\}image"\{0,1\}:[[:space:]]*//p' "$path" | tr -d '",' | grep "/$name:" | head -n 1)
    [ -n "$image" ] || continue
    section "static $name $path"
    printf '%s\n' "$image" | foreign
    pid=$(process_of "$name" "$path")
    section "parameters $path"
    if [ -n "$pid" ]; then
      tr '\0' '\n' < "/proc/$pid/cmdline" | awk 'NR > 1' | foreign
      section "process $path"
      printf '%s\n' "$pid"
      section "running $path"
      says_of "$pid" | foreign
    else
      grep -o -- '--[A-Za-z0-9][^"]*' "$path" | sed 's/[[:space:]]*$//' | foreign
    fi
  done
done
