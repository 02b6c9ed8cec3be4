set -eu
umask 077
file=$1
pki=/etc/kubernetes/pki/etcd
pair=$pki/healthcheck-client
[ -r "$pair.crt" ] || pair=$pki/server
endpoint=${3:-https://127.0.0.1:2379}
cacert=${4-$pki/ca.crt} cert=${5-$pair.crt} key=${6-$pair.key}
if [ "$2" = host ]; then
  saved=$file.part
  in_etcd() { "$@"; }
else
  data=$(sed -n 's/.*--data-dir=//p' /etc/kubernetes/manifests/etcd.yaml | head -n 1)
  saved=${data:-/var/lib/etcd}/kubectl-upgrade-snapshot.db
  container=$(crictl ps --state Running --name etcd | awk '{ for (i = 2; i <= NF; i++) if ($i == "etcd") { print $1; exit } }')
  [ -n "$container" ] || { echo "error: expected a running container named etcd, found none" >&2; exit 1; }
  in_etcd() { crictl exec "$container" "$@"; }
fi
member() {
  in_etcd etcdctl "--endpoints=$endpoint" ${cacert:+"--cacert=$cacert"} ${cert:+"--cert=$cert"} ${key:+"--key=$key"} "$@"
}
number() { printf '%s' "$2" | sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" | head -n 1; }
rm -f -- "$saved" "$saved.part"
status=$(member endpoint status --write-out=json)
at=$(number revision "$status")
member snapshot save "$saved"
status=$(in_etcd etcdutl snapshot status "$saved" --write-out=json 2>/dev/null) ||
  status=$(in_etcd etcdctl snapshot status "$saved" --write-out=json)
hash=$(number hash "$status")
revision=$(number revision "$status")
keys=$(number totalKey "$status")
size=$(stat -c %s -- "$saved")
[ -n "$at" ] && [ -n "$hash" ] && [ "${revision:-0}" -ge "$at" ] && [ "${keys:-0}" -gt 0 ] && [ "$size" -gt 0 ] || {
  echo "error: expected a snapshot at revision ${at:-(unknown)} or later, found $status in $size bytes" >&2
  exit 1
}
chmod 0600 -- "$saved"
sync -- "$saved"
mv -f -- "$saved" "$file"
echo "observed: snapshot $file size=$size hash=$hash revision=$revision keys=$keys"
