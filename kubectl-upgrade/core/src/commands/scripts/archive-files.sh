set -eu
umask 077
file=$1
shift
for path do
  shift
  if [ -e "$path" ]; then set -- "$@" "$path"; fi
done
[ "$#" -gt 0 ] || { echo "error: expected files to archive, found none of them" >&2; exit 1; }
tar --create --gzip --sparse --exclude=/etc/kubernetes/tmp --file "$file.part" -- "$@"
sync -- "$file.part"
mv -f -- "$file.part" "$file"
sum=$(sha256sum "$file" | cut -d ' ' -f 1)
echo "observed: archive $file size=$(stat -c %s -- "$file") sha256=$sum"
