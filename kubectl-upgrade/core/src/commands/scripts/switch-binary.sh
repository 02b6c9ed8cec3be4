set -eu
unit=$1 binary=$2 new=$3 kept=$4 version=$5 name=$6 kind=$7
shift 7
fail() { echo "error: $*" >&2; exit 1; }
show() { systemctl show --property="$1" "$unit" | sed 's/^[^=]*=//'; }
says() { case $("$1" --version 2>/dev/null </dev/null | head -n 1) in *"$2"*) return 0 ;; esac; return 1; }
runs() {
  pid=$(show MainPID)
  [ "${pid:-0}" -gt 0 ] && [ "$(show ActiveState)" = active ] && says "/proc/$pid/exe" "$1"
}
# Three good looks in a row, a second apart; ends early when systemd has had to start it again.
comes_up() {
  left=$1 want=$2 good=0
  shift 2
  while [ "$left" -gt 0 ]; do
    case $(show NRestarts) in 0 | '') ;; *) return 1 ;; esac
    case $(show ActiveState) in failed) return 1 ;; esac
    if runs "$want" && answers "$@"; then good=$((good + 1)); else good=0; fi
    [ "$good" -lt 3 ] || return 0
    left=$((left - 1))
    sleep 1
  done
  return 1
}
put() {
  ln -f -- "$1" "$binary.switch" 2>/dev/null || cp -p -- "$1" "$binary.switch"
  sync -- "$binary.switch"
  mv -fT -- "$binary.switch" "$binary"
}
again() {
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || :
  systemctl restart --no-block "$unit"
  sleep 1
}
[ -x "$new" ] || fail "expected the new $name at $new, found none"
if [ "$kind" = etcd ]; then
  etcd_health "$1" "${2-}" "${3-}" "${4-}" --cluster ||
    fail "expected every member of etcd to be healthy before one is restarted; nothing was changed"
fi
says "$new" "$version" || fail "expected $new to be $name $version, found $("$new" --version 2>&1 </dev/null | head -n 1)"
if [ ! -e "$kept" ]; then
  ln -L -- "$binary" "$kept" 2>/dev/null || cp -pL -- "$binary" "$kept"
fi
since=$(date '+%Y-%m-%d %H:%M:%S')
before=$("$kept" --version 2>&1 </dev/null | head -n 1)
put "$new"
again
if comes_up 90 "$version" "$@"; then
  echo "observed: $unit runs $name $version; the binary before it is kept as $kept"
  exit 0
fi
said=$(journalctl --unit="$unit" --since="$since" --no-pager --output=cat 2>/dev/null | grep -v "^$unit: \|^St[ao][a-z]* \|^Failed to start ")
pick() { printf '%s\n' "$said" | grep -iE "$1" | sed -n '1,2p' | tr '\n' ' ' | cut -c 1-400; }
# The old one's last words are in the log too: what a program says of its own arguments comes first.
why=$(pick 'unknown flag|unknown command|unrecognized|^error:|^panic|^fatal|invalid')
[ -n "$why" ] || why=$(pick 'panic|fatal|failed|refused')
[ -n "$why" ] || why=$(printf '%s\n' "$said" | tail -n 1 | cut -c 1-400)
put "$kept"
again
old=$(printf '%s\n' "$before" | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
if comes_up 90 "$old" "$@"; then
  fail "$name $version did not come up: ${why:-no reason in its log}; $old was switched back in and is healthy"
fi
fail "$name $version did not come up: ${why:-no reason in its log}; $old was switched back in and is not healthy either"
