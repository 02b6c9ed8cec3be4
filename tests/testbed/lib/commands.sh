# shellcheck shell=bash
# The command line.

command_build() {
    require_machine
    timed 'build' build_all
}

command_up() {
    NAME='' ID='' VERSION='' CONTROL_PLANES=1 WORKERS=0 REPO=per-minor BALANCER=no
    while [ $# -gt 0 ]; do
        case $1 in
        --lb) BALANCER=yes ;;
        --id | --version | --control-planes | --workers | --repo)
            [ $# -ge 2 ] || die "$1 needs a value"
            up_option "$1" "$2"
            shift
            ;;
        -*) die "up has no option $1" ;;
        *) NAME=$1 ;;
        esac
        shift
    done
    check_up_options
    require_machine
    build_all
    locked "$STATE/locks/$NAME" replace_cluster
}

up_option() {
    case $1 in
    --id) ID=$2 ;;
    --version) VERSION=${2#v} ;;
    --control-planes) CONTROL_PLANES=$2 ;;
    --workers) WORKERS=$2 ;;
    --repo) REPO=$2 ;;
    esac
}

check_up_options() {
    check_name "$NAME"
    check_number id "$ID" 1 200
    check_number control-planes "$CONTROL_PLANES" 1 5
    check_number workers "$WORKERS" 0 10
    check_version "$VERSION"
    case $REPO in per-minor | flat) ;; *) die "--repo is per-minor or flat, not '$REPO'" ;; esac
    if [ "$CONTROL_PLANES" -gt 1 ]; then BALANCER=yes; fi
}

check_name() { [[ $1 =~ ^[a-z0-9][a-z0-9-]{0,30}$ ]] || die "a cluster's name is 1 to 31 of a-z, 0-9 and -, not '$1'"; }

check_version() { [[ " ${VERSIONS[*]} " = *" $1 "* ]] || die "--version is one of ${VERSIONS[*]}, not '$1'"; }

check_number() {
    if ! [[ $2 =~ ^[0-9]{1,3}$ ]] || [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
        die "--$1 is a number from $3 to $4, not '$2'"
    fi
}

replace_cluster() {
    local dir
    if dir=$(registered "$NAME"); then (load_settings "$dir" && cluster_down); fi
    rm -rf "${RUN:?}/$NAME"
    mkdir -p "$RUN/$NAME"
    cluster_up
}

need_cluster() {
    local dir
    dir=$(registered "${1:-}") || die "no cluster named '${1:-}' is up; see: testbed list"
    load_settings "$dir"
}

command_down() {
    local link
    case ${1:-} in
    --all)
        for link in "$STATE"/clusters/*; do
            if [ -L "$link" ]; then locked "$STATE/locks/$(basename "$link")" down_one "$(basename "$link")"; fi
        done
        standalone_down_all
        ;;
    '') die 'down needs a NAME or --all' ;;
    *)
        check_name "$1"
        locked "$STATE/locks/$1" down_one "$1"
        ;;
    esac
}

# down_one NAME: nothing to do is fine.
down_one() {
    local dir
    dir=$(registered "$1") || {
        say "no cluster $1"
        return 0
    }
    (load_settings "$dir" && cluster_down)
    say "cluster $1 is gone"
}

command_exec() {
    [ $# -ge 3 ] || die 'exec needs NAME HOST COMMAND...'
    need_cluster "$1"
    shift
    in_host "$@"
}

command_hosts() {
    need_cluster "${1:-}"
    hosts | cut -d' ' -f1,2
}

command_list() {
    local link
    for link in "$STATE"/clusters/*; do
        [ -e "$link/settings" ] || continue
        (load_settings "$(readlink "$link")" &&
            printf '%s id=%s version=%s control-planes=%s workers=%s repo=%s %s\n' \
                "$NAME" "$ID" "$VERSION" "$CONTROL_PLANES" "$WORKERS" "$REPO" "$RUN/$NAME")
    done
}
