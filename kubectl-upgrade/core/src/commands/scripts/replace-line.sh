set -eu
file=$(readlink -f -- "$1")
if grep -Fxq -e "$2" -- "$file"; then
  new=$(mktemp "$file.XXXXXX")
  cp -p -- "$file" "$new"
  BEFORE=$2 AFTER=$3 awk '{ if ($0 "" == ENVIRON["BEFORE"] "") print ENVIRON["AFTER"]; else print }' "$file" > "$new"
  sync -- "$new"
  mv -f -- "$new" "$file"
elif ! grep -Fxq -e "$3" -- "$file"; then
  echo "error: expected the line \"$2\" in $1, found neither it nor its replacement" >&2
  exit 1
fi
