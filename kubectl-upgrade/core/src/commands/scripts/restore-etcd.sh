set -eu
mode=$1
shift
fail() { echo "error: $*" >&2; exit 1; }
show() { systemctl show --property="$2" "$1" | sed 's/^[^=]*=//'; }
number() { printf '%s' "$2" | sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" | head -n 1; }
ctl() {
  etcdctl "--endpoints=$endpoint" ${cacert:+"--cacert=$cacert"} ${cert:+"--cert=$cert"} ${key:+"--key=$key"} \
    --dial-timeout=3s --command-timeout=8s "$@"
}
reached_by() { endpoint=$1 cacert=$2 cert=$3 key=$4; }
healthy() { ctl endpoint health; }
whole() { ctl endpoint health --cluster; }
# Between this and the member's start there may be no quorum, so that not even the list is answered: that it was done is
# remembered here, too.
added() {
  [ ! -e "$known" ] || return 0
  case $(ctl member list) in
    *"$urls"*) ;;
    *) ctl member add "$name" "--peer-urls=$urls" || return 1 ;;
  esac
  : > "$known"
}
serves() {
  case $(curl --insecure --silent --max-time 4 --output /dev/null --write-out '%{http_code}' -- "$url") in
    200 | 401 | 403) return 0 ;;
  esac
  return 1
}
# Tries until it succeeds, for so many seconds at most.
within() {
  left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 1
  done
}
# What was there is kept beside its place, under a name of its own.
aside() {
  [ -e "$data/member" ] || return 0
  to=$data/member.before-$token
  again=1
  while [ -e "$to" ]; do
    again=$((again + 1))
    to=$data/member.before-$token-$again
  done
  mv -T -- "$data/member" "$to"
  echo "observed: what etcd had in $data is kept as $to"
}
# The binary that was kept, where another one is in its place.
put_back() {
  [ -n "$kept" ] || return 0
  case $("$kept" --version 2>/dev/null </dev/null | head -n 1) in
    *"$says"*) ;;
    *) fail "expected etcd $says at $kept, found $("$kept" --version 2>&1 </dev/null | head -n 1)" ;;
  esac
  ln -f -- "$kept" "$binary.switch" 2>/dev/null || cp -p -- "$kept" "$binary.switch"
  sync -- "$binary.switch"
  mv -fT -- "$binary.switch" "$binary"
}
starts() {
  systemctl daemon-reload
  systemctl reset-failed "$unit" 2>/dev/null || :
  since=$(date '+%Y-%m-%d %H:%M:%S')
  systemctl start --no-block "$unit"
  within "$@" || {
    said=$(journalctl --unit="$unit" --since="$since" --no-pager --output=cat 2>/dev/null | tail -n 1 | cut -c 1-400)
    # An etcd that could not join must not found a cluster of its own.
    [ "$mode" = start ] || systemctl stop "$unit"
    fail "$unit did not come up: $said"
  }
}
case $mode in
  check)
    file=$1 hash=$2 data=$3
    [ -r "$file" ] || fail "expected the snapshot $file, found none; nothing was changed"
    status=$(etcdutl snapshot status "$file" --write-out=json 2>/dev/null) ||
      status=$(etcdctl snapshot status "$file" --write-out=json)
    found=$(number hash "$status")
    [ -z "$hash" ] || [ "$found" = "$hash" ] ||
      fail "expected the snapshot that was verified, of hash $hash, found hash $found in $file; nothing was changed"
    [ -d "$data/member" ] || fail "expected etcd's data in $data, found none; nothing was changed"
    free=$(df -Pk -- "$data" | awk 'NR == 2 { print $4 }')
    size=$(stat -c %s -- "$file")
    [ $((free * 1024)) -gt $((size * 3)) ] ||
      fail "expected room for three times the snapshot of $size bytes in $data, found $free KiB; nothing was changed"
    echo "observed: snapshot $file is whole: hash=$found revision=$(number revision "$status")"
    ;;
  stop)
    unit=$1
    systemctl stop "$unit"
    [ -z "${2-}" ] || rm -f -- "$2/joining"
    case $(show "$unit" ActiveState) in
      inactive | failed) echo "$unit is stopped" ;;
      *) fail "expected $unit to be stopped, found it $(show "$unit" ActiveState)" ;;
    esac
    ;;
  restore)
    unit=$1 data=$2 token=$3 file=$4 name=$5 urls=$6 cluster=$7
    shift 7
    binary=$1 kept=$2 says=$3
    shift 3
    reached_by "$@"
    systemctl stop "$unit"
    fresh=$data/restored-$token
    rm -rf -- "$fresh"
    tool=etcdctl
    if command -v etcdutl >/dev/null 2>&1; then tool=etcdutl; fi
    "$tool" snapshot restore "$file" "--name=$name" "--initial-cluster=$cluster" "--initial-advertise-peer-urls=$urls" \
      "--initial-cluster-token=$token" "--data-dir=$fresh"
    chown -R --reference="$data" -- "$fresh"
    chcon -R --reference="$data" -- "$fresh" 2>/dev/null || :
    aside
    mv -T -- "$fresh/member" "$data/member"
    rmdir -- "$fresh"
    sync
    put_back
    starts 120 healthy
    echo "observed: $unit has the state of $file and is healthy, alone"
    ;;
  add)
    name=$1 urls=$2 known=/run/kubectl-upgrade-$3-$1
    shift 3
    reached_by "$@"
    within 120 added || fail "expected etcd to take $name in, found: $(ctl member add "$name" "--peer-urls=$urls" 2>&1 | tail -n 1)"
    echo "etcd knows $name"
    ;;
  join)
    unit=$1 data=$2 token=$3 cluster=$4
    shift 4
    binary=$1 kept=$2 says=$3
    shift 3
    reached_by "$@"
    systemctl stop "$unit"
    extra=/run/systemd/system/$unit.d/kubectl-upgrade-join.conf
    rm -f -- "$extra"
    # Done again after a kill in the middle, what it has of the new cluster already must stay.
    if [ ! -e "$data/joining" ]; then
      aside
      echo "$token" > "$data/joining"
    fi
    put_back
    # Only a start with empty data reads these; the last of a flag given twice counts. The unit is as before afterwards.
    line=$(systemctl cat -- "$unit" | awk '
      /^#/ { next }
      { line = line $0 }
      /\\$/ { sub(/\\$/, " ", line); next }
      { whole = line; line = "" }
      whole ~ /^\[/ { inside = (whole == "[Service]"); next }
      !inside { next }
      whole ~ /^ExecStart[ \t]*=/ {
        value = whole; sub(/^ExecStart[ \t]*=[ \t]*/, "", value)
        if (value != "") command = value
      }
      END { print command }')
    [ -n "$line" ] || fail "expected $unit to start something, found nothing"
    mkdir -p -- "${extra%/*}"
    trap 'rm -f -- "$extra"; systemctl daemon-reload' EXIT
    printf '[Service]\nExecStart=\nExecStart=%s --initial-cluster-state=existing --initial-cluster=%s\n' "$line" "$cluster" > "$extra"
    starts 120 healthy
    rm -f -- "$data/joining"
    echo "$unit has joined and is healthy"
    ;;
  whole)
    reached_by "$@"
    within 60 whole || fail "expected every member of etcd to be healthy, found: $(whole 2>&1 | tail -n 2 | tr '\n' ' ')"
    echo "observed: every member of etcd is healthy"
    ;;
  start)
    unit=$1 url=$2
    starts 180 serves
    echo "$unit serves"
    ;;
  restart)
    for unit do
      systemctl restart "$unit"
    done
    sleep 3
    for unit do
      [ "$(show "$unit" ActiveState)" = active ] || fail "expected $unit to run, found it $(show "$unit" ActiveState)"
    done
    echo "$* look at the API anew"
    ;;
esac
