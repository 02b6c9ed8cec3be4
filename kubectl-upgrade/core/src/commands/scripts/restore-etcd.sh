mode=$1
shift
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
free() {
  to=$1
  again=1
  while [ -e "$to" ]; do
    again=$((again + 1))
    to=$1-$again
  done
}
# What was there is kept beside its place, under a name of its own; of a log elsewhere, in a directory in its own, which may
# be a disk.
aside() {
  if [ -e "$data/member" ]; then
    free "$data/member.before-$token"
    mv -T -- "$data/member" "$to"
    echo "observed: what etcd had in $data is kept as $to"
  fi
  [ -n "$wal" ] || return 0
  to=
  for log in "$wal"/*.wal "$wal"/*.tmp; do
    [ -e "$log" ] || continue
    if [ -z "$to" ]; then
      free "$wal/before-$token"
      mkdir -m 0700 -- "$to"
      chown --reference="$wal" -- "$to"
    fi
    mv -f -- "$log" "$to/"
  done
  [ -z "$to" ] || echo "observed: what etcd had in $wal is kept in $to"
}
# A thing is a unit, or the manifest of a static pod: a kubelet stops what is no longer in its directory.
is_pod() { case $1 in /*) return 0 ;; esac; return 1; }
resting() { echo "${1%/*}.kept/${1##*/}-stopped"; }
gone() {
  manifest=$(resting "$1")
  [ -z "$(processes)" ]
}
halt() {
  comm=$2
  if ! is_pod "$1"; then
    systemctl stop "$1"
    case $(show "$1" ActiveState) in
      inactive | failed) return 0 ;;
      *) fail "expected $1 to be stopped, found it $(show "$1" ActiveState)" ;;
    esac
  fi
  mkdir -p -m 0700 -- "${1%/*}.kept"
  [ ! -e "$1" ] || mv -fT -- "$1" "$(resting "$1")"
  [ -r "$(resting "$1")" ] || fail "expected the manifest $1, found none"
  sync
  within 120 gone "$1" || fail "expected the process of $1 to end, found it still there"
}
# Puts a file in the place of a manifest, or of the one at rest, whole.
lay() {
  next=$(resting "$thing").switch
  cp -p -- "$1" "$next"
  sync -- "$next"
  mv -fT -- "$next" "$2"
}
let_run() {
  if is_pod "$1"; then
    [ ! -e "$(resting "$1")" ] || mv -fT -- "$(resting "$1")" "$1"
    sync
  else
    systemctl daemon-reload
    systemctl reset-failed "$1" 2>/dev/null || :
    systemctl start --no-block "$1"
  fi
}
# The binary or manifest that was kept, where another one is in its place.
put_back() {
  [ -n "$kept" ] || return 0
  if is_pod "$thing"; then
    [ -r "$kept" ] || fail "expected the manifest that was kept at $kept, found none"
    was=$(resting "$thing").before-$token
    [ -e "$was" ] || cp -p -- "$(resting "$thing")" "$was"
    lay "$kept" "$(resting "$thing")"
    return 0
  fi
  case $("$kept" --version 2>/dev/null </dev/null | head -n 1) in
    *"$says"*) ;;
    *) fail "expected etcd $says at $kept, found $("$kept" --version 2>&1 </dev/null | head -n 1)" ;;
  esac
  ln -f -- "$kept" "$binary.switch" 2>/dev/null || cp -p -- "$kept" "$binary.switch"
  sync -- "$binary.switch"
  mv -fT -- "$binary.switch" "$binary"
}
starts() {
  since=$(date '+%Y-%m-%d %H:%M:%S')
  let_run "$thing"
  within "$@" || {
    said=
    is_pod "$thing" || said=$(journalctl --unit="$thing" --since="$since" --no-pager --output=cat 2>/dev/null | tail -n 1 | cut -c 1-400)
    # An etcd that could not join must not found a cluster of its own.
    [ "$mode" = start ] || halt "$thing" "$comm"
    fail "$thing did not come up: $said"
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
  form)
    thing=$1 data=$2
    [ -d "$data/member" ] || fail "expected etcd's data in $data of the host too, found none; nothing was changed"
    for flag in --data-dir --initial-cluster; do
      grep -Eq -e "^[[:space:]]*- *\"?$flag=" -- "$thing" ||
        fail "expected $flag=VALUE in a line of its own in $thing, found none; nothing was changed"
    done
    echo "$thing can be told to join"
    ;;
  stop)
    thing=$1
    halt "$thing" "$2"
    [ -z "${3-}" ] || rm -f -- "$3/joining"
    echo "$thing is stopped"
    ;;
  restore)
    thing=$1 comm=$2 data=$3 wal=$4 token=$5 file=$6 name=$7
    shift 7
    urls=$1 cluster=$2 binary=$3 kept=$4 says=$5
    shift 5
    reached_by "$@"
    halt "$thing" "$comm"
    fresh=$data/restored-$token log=${wal:+"$wal/restored-$token"}
    rm -rf -- "$fresh" ${log:+"$log"}
    tool=etcdctl
    if command -v etcdutl >/dev/null 2>&1; then tool=etcdutl; fi
    "$tool" snapshot restore "$file" "--name=$name" "--initial-cluster=$cluster" "--initial-advertise-peer-urls=$urls" \
      "--initial-cluster-token=$token" "--data-dir=$fresh" ${log:+"--wal-dir=$log"}
    chown -R --reference="$data" -- "$fresh" ${log:+"$log"}
    chcon -R --reference="$data" -- "$fresh" ${log:+"$log"} 2>/dev/null || :
    aside
    mv -T -- "$fresh/member" "$data/member"
    rmdir -- "$fresh"
    if [ -n "$log" ]; then
      mv -f -- "$log"/* "$wal/"
      rmdir -- "$log"
    fi
    sync
    put_back
    starts 240 healthy
    echo "observed: $thing has the state of $file and is healthy, alone"
    ;;
  add)
    name=$1 urls=$2 known=/run/kubectl-upgrade-$3-$1
    shift 3
    reached_by "$@"
    within 120 added || fail "expected etcd to take $name in, found: $(ctl member add "$name" "--peer-urls=$urls" 2>&1 | tail -n 1)"
    echo "etcd knows $name"
    ;;
  join)
    thing=$1 comm=$2 data=$3 wal=$4 token=$5 cluster=$6
    shift 6
    binary=$1 kept=$2 says=$3
    shift 3
    reached_by "$@"
    halt "$thing" "$comm"
    extra=/run/systemd/system/$thing.d/kubectl-upgrade-join.conf
    is_pod "$thing" || rm -f -- "$extra"
    # Done again after a kill in the middle, what it has of the new cluster already must stay.
    if [ ! -e "$data/joining" ]; then
      aside
      echo "$token" > "$data/joining"
    fi
    put_back
    # Only a start with empty data reads these; the unit or manifest is as before afterwards.
    if is_pod "$thing"; then
      own=$(resting "$thing").own joins=$(resting "$thing").joins
      # A kill in the middle may have left the manifest that joins where the own one was.
      if grep -q -e '--initial-cluster-state=existing' -- "$(resting "$thing")" && [ -e "$own" ]; then
        lay "$own" "$(resting "$thing")"
      fi
      cp -p -- "$(resting "$thing")" "$own.part"
      mv -fT -- "$own.part" "$own"
      cp -p -- "$own" "$joins"
      CLUSTER=$cluster awk '
        /^[ \t]*- *"?--initial-cluster(-state)?=/ { next }
        { print }
        /^[ \t]*- *"?--data-dir=/ {
          head = substr($0, 1, index($0, "--") - 1)
          tail = ($0 ~ /"[ \t]*$/) ? "\"" : ""
          print head "--initial-cluster-state=existing" tail
          print head "--initial-cluster=" ENVIRON["CLUSTER"] tail
        }' "$own" > "$joins"
      lay "$joins" "$(resting "$thing")"
      starts 240 healthy
      manifest=$thing
      first=$(processes)
      lay "$own" "$thing"
      another() { now=$(processes); [ -n "$now" ] && [ "$now" != "$first" ] && healthy; }
      within 240 another || fail "expected $thing to come up again as it was, found it not healthy"
      rm -f -- "$own" "$joins"
    else
      # The last of a flag given twice counts.
      line=$(systemctl cat -- "$thing" | awk '
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
      [ -n "$line" ] || fail "expected $thing to start something, found nothing"
      mkdir -p -- "${extra%/*}"
      trap 'rm -f -- "$extra"; systemctl daemon-reload' EXIT
      printf '[Service]\nExecStart=\nExecStart=%s --initial-cluster-state=existing --initial-cluster=%s\n' "$line" "$cluster" > "$extra"
      starts 120 healthy
    fi
    rm -f -- "$data/joining"
    echo "$thing has joined and is healthy"
    ;;
  whole)
    reached_by "$@"
    within 60 whole || fail "expected every member of etcd to be healthy, found: $(whole 2>&1 | tail -n 2 | tr '\n' ' ')"
    echo "observed: every member of etcd is healthy"
    ;;
  start)
    thing=$1 comm=$2 url=$3
    starts 240 serves "$url"
    echo "$thing serves"
    ;;
  restart)
    while [ "$#" -gt 1 ]; do
      thing=$1
      if is_pod "$thing"; then
        halt "$thing" "$2"
        let_run "$thing"
      else
        systemctl restart "$thing"
        sleep 3
        [ "$(show "$thing" ActiveState)" = active ] || fail "expected $thing to run, found it $(show "$thing" ActiveState)"
      fi
      echo "$thing looks at the API anew"
      shift 2
    done
    ;;
esac
