set -eu
unit=$1 binary=$2 new=$3 name=$4
fail() { echo "error: $*" >&2; exit 1; }
ask=kubectl-upgrade-ask-$name.service
file=/run/systemd/system/$ask
said=/run/kubectl-upgrade-ask-$name.out
clean() { rm -f -- "$file" "$said"; systemctl daemon-reload; }
systemctl cat -- "$unit" > /dev/null 2>&1 || fail "expected a unit $unit, found none"
trap clean EXIT
mkdir -p /run/systemd/system
# The unit's own arguments, environment and user, given to the new binary with --help after them: it reads every flag and
# value before it prints help, and starts nothing. Directories that stopping would remove are left alone.
systemctl cat -- "$unit" | BINARY=$binary NEW=$new awk '
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
    print "ExecStart=" prefix ENVIRON["NEW"] rest " --help"
    next
  }
  { print whole }
  END { print "[Service]\nType=oneshot\nTimeoutStartSec=60" }' > "$file"
printf 'StandardOutput=file:%s\nStandardError=inherit\n' "$said" >> "$file"
if ! grep -q '^ExecStart=.*--help$' "$file"; then
  other=$(sed -n 's/^X-Other=//p' "$file" | head -n 1)
  fail "expected $unit to start $binary, found that it starts ${other:-something else}; correct the components file"
fi
rm -f -- "$said"
systemctl daemon-reload
status=0
systemctl start "$ask" || status=$?
if [ "$status" -ne 0 ]; then
  why=$(grep -iE '^(error|E[0-9]{4}|F[0-9]{4})|unknown|unrecognized|invalid|not defined|failed' "$said" 2>/dev/null | head -n 3 | tr '\n' ' ')
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
echo "observed: the new $name takes the arguments of $unit"
