set -eu
fail() { echo "error: $*" >&2; exit 1; }
# The processes of the component: those of its name whose first argument is in the manifest.
processes() {
  grep -lx -e "$comm" /proc/[0-9]*/comm 2>/dev/null | sed 's|^/proc/\([0-9]*\)/comm$|\1|' | while read -r pid; do
    first=$(tr '\0' '\n' < "/proc/$pid/cmdline" 2>/dev/null | sed -n 2p)
    # What the kubelet fills in stands in the manifest by its name.
    if grep -Fq -e '$(' -- "$manifest"; then first=${first%%=*}; fi
    if [ -z "$first" ] || grep -Fq -e "$first" -- "$manifest"; then echo "$pid"; fi
  done
}
arguments() { tr '\0' '\n' < "/proc/$1/cmdline" | sed 1d; }
