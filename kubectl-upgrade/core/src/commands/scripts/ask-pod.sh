manifest=$1 image=$2 name=$3 comm=$4
unasked() { echo "observed: the new $name was not asked before the switch: $*"; exit 0; }
[ -r "$manifest" ] || fail "expected the manifest $manifest, found none"
pid=$(processes | head -n 1)
[ -n "$pid" ] || unasked "none runs here whose arguments could be given to it"
# The image's program is started outside any pod, in the image's own files, with nothing of the host.
root=
tool=
for known in ctr podman docker; do
  command -v "$known" >/dev/null 2>&1 || continue
  case $known in
    ctr)
      root=$(mktemp -d)
      trap 'ctr -n k8s.io images unmount --rm "$root" >/dev/null 2>&1 || :; rmdir -- "$root" 2>/dev/null || :' EXIT
      ctr -n k8s.io images mount "$image" "$root" >/dev/null 2>&1 && tool=ctr
      ;;
    *) "$known" image inspect "$image" >/dev/null 2>&1 && tool=$known ;;
  esac
  [ -z "$tool" ] || break
done
[ -n "$tool" ] || unasked "none of ctr, podman and docker is here and has $image"
start() {
  case $tool in
    ctr) chroot "$root" "$name" "$@" ;;
    *) "$tool" run --rm --network none --entrypoint "$name" "$image" "$@" ;;
  esac
}
# It reads every flag and value before it prints help, and starts nothing.
asked() {
  way=$1 last=$2
  arguments "$pid" | {
    set --
    while IFS= read -r word; do set -- "$@" "$word"; done
    "$way" "$@" "$last"
  }
}
status=0
said=$(asked start --help 2>&1 </dev/null) || status=$?
case $status in
  0) ;;
  12[567]) unasked "$image cannot be started by $tool: $(printf '%s\n' "$said" | tail -n 1 | cut -c 1-200)" ;;
  *)
    why=$(printf '%s\n' "$said" | complaint)
    fail "the new $name refuses the arguments of $manifest: ${why:-$(printf '%s\n' "$said" | tail -n 3 | tr '\n' ' ')}"
    ;;
esac
gone=
for plugin in $(arguments "$pid" | sed -n 's/^--[a-z]*able-admission-plugins=//p' | tr ',' ' '); do
  printf '%s\n' "$said" | grep -qw -e "$plugin" || gone="$gone $plugin"
done
[ -z "$gone" ] || fail "the new $name has no admission plugin$gone, which $manifest names"
# Help comes before the configuration file is read. These two can be told to read it, write it out again and end: the new
# program, in the files of the pod that runs, which has all that the manifest mounts. Nothing is copied there.
within() { timeout 60 nsenter --target "$pid" --mount --pid /proc/self/fd/0 "$@" < "$root/$place/$name"; }
read=
case $tool,$name in
  ctr,kube-proxy | ctr,kube-scheduler)
    for place in usr/local/bin usr/bin bin; do [ ! -x "$root/$place/$name" ] || break; done
    status=0
    said=$(asked within --write-config-to=/dev/null 2>&1) || status=$?
    if [ "$status" -eq 0 ] || printf '%s\n' "$said" | grep -q 'address already in use'; then
      read=" and reads its configuration"
    else
      why=$(printf '%s\n' "$said" | grep -vE '^(nsenter|timeout):' | unreadable)
      [ -z "$why" ] || fail "the new $name cannot read the configuration of $manifest: $why"
    fi
    ;;
esac
echo "observed: the new $name takes the arguments of $manifest$read"
