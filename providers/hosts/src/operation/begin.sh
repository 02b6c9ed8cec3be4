set -eu
umask 077
command -v systemd-run >/dev/null && command -v systemctl >/dev/null || return 69
mkdir -p -- "$operations" "$dir"
if [ -e "$dir/started" ] || [ -e "$dir/status" ]; then return 0; fi
printf '%s' "$script" > "$dir/script.new"
chmod 0700 -- "$dir/script.new"
mv -f -- "$dir/script.new" "$dir/script"
cat > "$dir/run.new" <<'RUN'
cd "$1" || exit 1
mkdir started || exit 0
sync
status=0
sh ./script >output 2>&1 </dev/null || status=$?
# On a full disk no status is left, rather than an empty one.
echo "$status" >status.new || exit 1
sync
mv -f status.new status
sync
RUN
mv -f -- "$dir/run.new" "$dir/run"
case $(systemctl show --property=ActiveState "$unit" 2>/dev/null) in
  *=active | *=activating | *=deactivating) return 0 ;;
esac
collect=
if systemd-run --help | grep -q -e --collect; then collect=--collect; fi
systemd-run --quiet $collect --unit="$unit" --description="$about" --setenv=HOME=/root --setenv=LC_ALL=C \
  --setenv=PATH="$PATH" sh "$dir/run" "$dir" || {
  # Another caller with the same key was faster.
  case $(systemctl show --property=ActiveState "$unit" 2>/dev/null) in
    *=active | *=activating | *=deactivating) return 0 ;;
  esac
  [ -e "$dir/started" ] || return 1
}
