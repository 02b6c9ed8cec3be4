# Whether this URL of the host answers; that it wants to know who asks is an answer.
serves() {
  case $(curl --insecure --silent --max-time 4 --output /dev/null --write-out '%{http_code}' -- "$1") in
    200 | 401 | 403) return 0 ;;
  esac
  return 1
}
# The health of etcd through that member: its endpoint, CA, certificate and key; --cluster asks for every member's.
etcd_health() {
  ETCDCTL_API=3 etcdctl "--endpoints=$1" ${2:+"--cacert=$2"} ${3:+"--cert=$3"} ${4:+"--key=$4"} \
    --dial-timeout=3s --command-timeout=5s endpoint health ${5:+"$5"}
}
# Whether a component answers in the way of its kind.
answers() {
  case $kind in
    unit) return 0 ;;
    url) serves "$1" ;;
    etcd) etcd_health "$1" "${2-}" "${3-}" "${4-}" >/dev/null 2>&1 ;;
  esac
}
