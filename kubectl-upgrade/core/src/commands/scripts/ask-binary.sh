set -eu
unit=$1 binary=$2 new=$3 name=$4
fail() { echo "error: $*" >&2; exit 1; }
ask=kubectl-upgrade-ask-$name.service
file=/run/systemd/system/$ask
said=/run/kubectl-upgrade-ask-$name.out
certs=/run/kubectl-upgrade-ask-$name.certs
clean() {
  rm -f -- "$file" "$said"
  rm -rf -- "$certs"
  systemctl reset-failed "$ask" 2>/dev/null || :
  systemctl daemon-reload
}
systemctl cat -- "$unit" > /dev/null 2>&1 || fail "expected a unit $unit, found none"
trap clean EXIT
mkdir -p /run/systemd/system
# The unit's own arguments, environment and user, given to the new binary with one more argument after them. Directories
# that stopping would remove are left alone.
copy() {
  systemctl cat -- "$unit" | BINARY=$binary NEW=$new LAST=$1 awk '
    /^#/ { next }
    { line = line $0 }
    /\\$/ { sub(/\\$/, " ", line); next }
    { whole = line; line = "" }
    whole ~ /^\[/ { inside = (whole == "[Service]"); if (inside) print whole; next }
    !inside { next }
    whole ~ /^(Type|Restart|RestartSec|PIDFile|BusName|NotifyAccess|Watchdog[A-Za-z]*|Success[A-Za-z]*|RemainAfterExit|GuessMainPID|Sockets|OOMPolicy|Standard[A-Za-z]*|Timeout[A-Za-z]*|(Runtime|State|Cache|Logs|Configuration)Directory[A-Za-z]*|Exec(Condition|StartPre|StartPost|Reload|Stop|StopPost)|FileDescriptor[A-Za-z]*)[ \t]*=/ { next }
    whole ~ /^ExecStart[ \t]*=/ {
      value = whole; sub(/^ExecStart[ \t]*=[ \t]*/, "", value)
      if (value == "") { print "ExecStart="; next }
      word = value; sub(/[ \t].*/, "", word); rest = substr(value, length(word) + 1)
      prefix = word; sub(/\/.*/, "", prefix); word = substr(word, length(prefix) + 1)
      if (word != ENVIRON["BINARY"]) { print "X-Other=" word; next }
      print "ExecStart=" prefix ENVIRON["NEW"] rest " " ENVIRON["LAST"]
      next
    }
    { print whole }
    END { print "[Service]\nType=oneshot\nTimeoutStartSec=60" }' > "$file"
  printf 'StandardOutput=file:%s\nStandardError=inherit\n' "$said" >> "$file"
}
answer() {
  rm -f -- "$said"
  systemctl daemon-reload
  status=0
  systemctl start "$ask" || status=$?
}
# It reads every flag and value before it prints help, and starts nothing.
copy --help
if ! grep -q '^ExecStart=.*--help$' "$file"; then
  other=$(sed -n 's/^X-Other=//p' "$file" | head -n 1)
  fail "expected $unit to start $binary, found that it starts ${other:-something else}; correct the components file"
fi
answer
if [ "$status" -ne 0 ]; then
  why=$(complaint < "$said" 2>/dev/null) || :
  fail "the new $name refuses the arguments of $unit: ${why:-$(tail -n 3 "$said" 2>/dev/null | tr '\n' ' ')}"
fi
# Admission plugins are looked for in the help: their names are judged only after the start.
files=$(systemctl show --property=EnvironmentFiles "$unit" | sed -n 's/^EnvironmentFiles=\(\/.*\) (ignore_errors=.*/\1/p')
plugins=$({ systemctl cat -- "$unit"; printf "%s\n" "$files" | while read -r path; do [ ! -r "$path" ] || cat -- "$path"; done; } 2>/dev/null |
  grep -o -- '--\(enable\|disable\)-admission-plugins[= ][^ "\\]*' | sed 's/^[^= ]*[= ]//' | tr ',' ' ')
gone=
for plugin in $plugins; do
  grep -qw -e "$plugin" -- "$said" || gone="$gone $plugin"
done
[ -z "$gone" ] || fail "the new $name has no admission plugin$gone, which $unit names"
# Help comes before the configuration file is read. These can be told to read it and end.
cannot_read() { fail "the new $name cannot read the configuration of $unit: $*"; }
read=
case $name in
  # Whatever else may stop these two, such as a port that the old one has, comes after it was read.
  kube-proxy | kube-scheduler)
    if grep -q -e --write-config-to -- "$said"; then
      copy --write-config-to=/dev/null
      answer
      if [ "$status" -eq 0 ] || grep -q 'address already in use' -- "$said"; then
        read=" and reads its configuration"
      else
        why=$(unreadable < "$said" 2>/dev/null) || :
        [ -z "$why" ] || cannot_read "$why"
      fi
    fi
    ;;
  # These arguments contradict each other, which it says after it has read and judged all of its configuration and before
  # it has touched anything. Were they ever taken, there is no kubeconfig to go on with, and none to ask for one with.
  kubelet)
    if grep -q -e --exit-on-lock-contention -- "$said"; then
      copy "--kubeconfig=/dev/null/none --bootstrap-kubeconfig= --cert-dir=$certs --lock-file= --exit-on-lock-contention"
      answer
      if grep -q 'no lock file specified' -- "$said"; then
        read=" and reads its configuration"
      else
        why=$(grep -iE '^(error|E[0-9]{4}|F[0-9]{4})' "$said" 2>/dev/null | tail -n 1 | cut -c 1-400)
        cannot_read "${why:-$(tail -n 3 "$said" 2>/dev/null | tr '\n' ' ')}"
      fi
    fi
    ;;
esac
echo "observed: the new $name takes the arguments of $unit$read"
