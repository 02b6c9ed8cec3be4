# shellcheck shell=bash
# haproxy in a namespace of its own in front of the API servers.

balancer_config() {
    local host address
    cat <<CONFIG
global
    maxconn 4000
    stats socket $RUN/$NAME/state/haproxy.sock mode 600

defaults
    mode tcp
    timeout connect 1s
    timeout client 1h
    timeout server 1h
    # A server whose etcd restarts hangs: /readyz reads etcd, so it shows here.
    timeout check 700ms
    # A refused connection goes to another server at once.
    retries 5
    option redispatch 1

frontend api
    bind $(balancer_address):6443
    default_backend servers

backend servers
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
    default-server check check-ssl verify none
    default-server inter 500ms fastinter 100ms downinter 500ms fall 2 rise 2
    default-server observe layer4 error-limit 1 on-error mark-down on-marked-down shutdown-sessions
CONFIG
    hosts | grep '^cp' | while read -r host address _; do
        printf '    server %s %s:6443\n' "$host" "$address"
    done
}

start_balancer() {
    local state=$RUN/$NAME/state pid
    plug lb "$(balancer_address)"
    balancer_config >"$state/haproxy.cfg"
    pid=$(detached "$RUN/$NAME/log/haproxy.log" ip netns exec "$(namespace lb)" haproxy -db -f "$state/haproxy.cfg")
    record_process "$state/haproxy.pid" "$pid"
}

stop_balancer() {
    end_process "$RUN/$NAME/state/haproxy.pid"
    unplug lb
}
