set -u
tries=1
until "$@"; do
  [ "$tries" -lt 6 ] || exit 1
  tries=$((tries + 1))
  sleep 10
done
