umask 077
manifest=$1 kept=$2 new=$3 from=$4 before=$5 image=$6 version=$7
shift 7
old=$1 name=$2 comm=$3 kind=$4
shift 4
keep=${kept%/*}
version_of() {
  "/proc/$1/exe" --version 2>/dev/null </dev/null ||
    chroot "/proc/$1/root" "$(readlink "/proc/$1/exe")" --version 2>/dev/null </dev/null
}
# The process that says the version; nothing while another one of the component is still there.
running() {
  one=
  for pid in $(processes); do
    case $(version_of "$pid" | head -n 1) in *"$1"*) one=$pid ;; *) return 0 ;; esac
  done
  echo "$one"
}
# Three good looks in a row, a second apart; ends early when its process has died twice. A kubelet was seen to take 85 s
# until the next etcd answered.
comes_up() {
  left=240 want=$1 good=0 last= died=0
  shift
  while [ "$left" -gt 0 ]; do
    now=$(running "$want")
    if [ -n "$last" ] && [ "$now" != "$last" ]; then died=$((died + 1)); fi
    [ "$died" -lt 2 ] || return 1
    last=$now
    if [ -n "$now" ] && answers "$@"; then good=$((good + 1)); else good=0; fi
    [ "$good" -lt 3 ] || return 0
    left=$((left - 1))
    sleep 1
  done
  return 1
}
images() {
  sed -n 's/^[[:space:]]*-\{0,1\}[[:space:]]*"\{0,1\}image"\{0,1\}:[[:space:]]*//p' "$1" | sed 's/[[:space:]]*#.*$//' | tr -d "\"', "
}
has() { images "$1" | grep -Fxq -e "$2"; }
# One file system, so that the kubelet sees the old one or the new one and nothing between.
put() {
  cp -p -- "$1" "$keep/$name.switch"
  sync -- "$keep/$name.switch"
  mv -fT -- "$keep/$name.switch" "$manifest"
  sync
}
[ -r "$manifest" ] || fail "expected the manifest $manifest, found none"
mkdir -p -m 0700 -- "$keep"
[ "$(stat -c %d -- "${manifest%/*}")" = "$(stat -c %d -- "$keep")" ] ||
  fail "expected $keep on the file system of $manifest, found another one; nothing was changed"
if ! has "$manifest" "$image"; then
  has "$manifest" "$before" || fail "expected image $before in $manifest, found $(images "$manifest" | tr '\n' ' '); nothing was changed"
  if [ "$kind" = etcd ]; then
    etcd_health "$1" "${2-}" "${3-}" "${4-}" --cluster ||
      fail "expected every member of etcd to be healthy before one is restarted; nothing was changed"
  fi
  if [ "$from" = edited ]; then
    cp -p -- "$manifest" "$new.part"
    BEFORE=$before AFTER=$image awk '
      /^[ \t]*(- )?[ \t]*"?image"?:/ {
        at = index($0, ENVIRON["BEFORE"])
        start = substr($0, 1, at - 1)
        rest = substr($0, at + length(ENVIRON["BEFORE"]))
        if (at > 0 && start ~ /:[^A-Za-z0-9@._\/-]*$/ && rest ~ /^[^A-Za-z0-9@:._\/-]*(#.*)?$/) {
          print start ENVIRON["AFTER"] rest
          next
        }
      }
      { print }' "$manifest" > "$new.part"
    has "$new.part" "$image" || fail "expected to find the image $before in a line of its own in $manifest; nothing was changed"
    mv -fT -- "$new.part" "$new"
  fi
  [ -r "$new" ] || fail "expected the manifest that was kept at $new, found none; nothing was changed"
  has "$new" "$image" || fail "expected image $image in $new, found $(images "$new" | tr '\n' ' '); nothing was changed"
  cp -p -- "$manifest" "$kept.part"
  sync -- "$kept.part"
  mv -fT -- "$kept.part" "$kept"
  put "$new"
fi
since=$(date +%s)
if comes_up "$version" "$@"; then
  echo "observed: $manifest runs $name $version; the manifest before it is kept as $kept"
  exit 0
fi
said=
for log in /var/log/pods/*_"$name"-*/*/*.log; do
  [ -r "$log" ] && [ "$(stat -c %Y -- "$log")" -ge "$since" ] && said=$(tail -n 40 -- "$log")
done
pick() { printf '%s\n' "$said" | grep -iE "$1" | sed -n '1,2p' | tr '\n' ' ' | cut -c 1-400; }
why=$(pick 'unknown flag|unknown command|unrecognized|error:|panic|fatal|invalid')
[ -n "$why" ] || why=$(printf '%s\n' "$said" | tail -n 1 | cut -c 1-400)
[ -r "$kept" ] || fail "$name $version did not come up: ${why:-nothing in a log of it, as where its image cannot be pulled}; no manifest was kept at $kept"
put "$kept"
if comes_up "$old" "$@"; then
  fail "$name $version did not come up: ${why:-nothing in a log of it, as where its image cannot be pulled}; the manifest of $old was put back and it is healthy"
fi
fail "$name $version did not come up: ${why:-nothing in a log of it, as where its image cannot be pulled}; the manifest of $old was put back and it is not healthy either"
