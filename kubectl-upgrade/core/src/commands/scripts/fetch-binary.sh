set -eu
umask 022
kind=$1 from=$2 new=$3 sum=$4 version=$5 name=$6 beside=$7
fail() { echo "error: $*" >&2; exit 1; }
part=$new.part
get() {
  if command -v curl >/dev/null 2>&1; then curl --fail --silent --show-error --location --retry 3 --output "$2" -- "$1"
  elif command -v wget >/dev/null 2>&1; then wget --quiet --tries 3 --output-document "$2" -- "$1"
  else fail "expected curl or wget, found neither"
  fi
}
take() {
  case $kind in
    url) get "$1" "$2" ;;
    path) cp -- "$1" "$2" ;;
  esac
}
unpack() {
  work=$(mktemp -d)
  trap 'rm -rf -- "$work"' EXIT
  cd "$work"
  if command -v apt-get >/dev/null 2>&1; then
    apt-get download -q "$from"
    dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --wildcards --to-stdout "*/$name" > "$part"
  elif command -v dnf >/dev/null 2>&1; then
    dnf -q download --disableexcludes=all "$from"
    rpm2cpio ./*.rpm | cpio --quiet -i --to-stdout "*/$name" > "$part"
  else fail "expected apt-get or dnf to take package $from with, found neither"
  fi
}
# Class, byte order and machine of a program, as its first bytes say them; nothing of what is no program.
machine() { od -An -tx1 -N20 -- "$1" 2>/dev/null | tr -d ' \n' | sed -n 's/^7f454c46\(....\).\{24\}\(....\)$/\1\2/p'; }
digest() { sha256sum "$1" | cut -d ' ' -f 1; }
if [ -z "$sum" ] && [ "$kind" != package ]; then
  take "$from.sha256" "$new.sha256" || fail "expected a checksum in the components file or at $from.sha256, found none; a source without that release needs the ones it has listed as versions in that file"
  sum=$(cut -d ' ' -f 1 < "$new.sha256" | head -n 1)
  rm -f -- "$new.sha256"
  case $sum in
    *[!0-9a-f]* | '') fail "expected 64 hexadecimal digits at $from.sha256, found \"$(printf %s "$sum" | cut -c 1-80)\"" ;;
  esac
fi
if [ ! -f "$new" ] || [ -z "$sum" ] || [ "$(digest "$new")" != "$sum" ]; then
  if [ "$kind" = package ]; then unpack; else take "$from" "$part" || fail "failed to fetch $from"; fi
  found=$(digest "$part")
  if [ -n "$sum" ] && [ "$found" != "$sum" ]; then
    size=$(stat -c %s -- "$part")
    rm -f -- "$part"
    fail "expected SHA-256 $sum of $from, found $found in $size bytes; nothing was installed"
  fi
  mine=$(machine "$beside") theirs=$(machine "$part")
  if [ -n "$mine" ] && [ "$theirs" != "$mine" ]; then
    size=$(stat -c %s -- "$part")
    rm -f -- "$part"
    [ -n "$theirs" ] || fail "expected a program at $from, found none in $size bytes; nothing was installed"
    fail "expected a program for a machine like this one, a $(uname -m), at $from, found one for another; nothing was installed"
  fi
  chown --reference="$beside" -- "$part"
  chmod 0755 -- "$part"
  chcon --reference="$beside" -- "$part" 2>/dev/null || :
  status=0
  said=$("$part" --version 2>&1 </dev/null) || status=$?
  said=$(printf '%s\n' "$said" | head -n 1 | cut -c 1-120)
  # A shell that cannot start it names the file, whose name has the version in it: the status counts too.
  case $status-$said in
    0-*"$version"*) ;;
    *)
      rm -f -- "$part"
      fail "expected $from to say that it is $name $version on a $(uname -m), found exit status $status: $said"
      ;;
  esac
  sync -- "$part"
  mv -f -- "$part" "$new"
fi
echo "observed: $name $version in $new sha256=$(digest "$new")"
