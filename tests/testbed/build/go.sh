# shellcheck shell=bash
# Go as Debian 12 has it, in GOPATH mode, never on the network.

# go_env TREE: TREE/src is the GOPATH's source folder.
go_env() {
    export PATH=/usr/lib/go-1.19/bin:$PATH
    export GOPATH=$1 GOCACHE=$CACHE/go-build-cache
    export GO111MODULE=off GOFLAGS='' GOPROXY=off GOSUMDB=off GOTOOLCHAIN=local CGO_ENABLED=0
}

# link_flags VERSION: what writes the version into a Kubernetes binary. In
# GOPATH mode the vendor folder is part of the package's path.
link_flags() {
    local version=$1 package field
    printf -- '-s -w'
    for package in component-base/version client-go/pkg/version; do
        for field in gitVersion="v$version" gitMajor="${version%%.*}" \
            gitMinor="$(cut -d. -f2 <<<"$version")" gitTreeState=clean \
            gitCommit=0000000000000000000000000000000000000000 buildDate=2021-01-13T13:28:09Z; do
            printf ' -X k8s.io/kubernetes/vendor/k8s.io/%s.%s' "$package" "$field"
        done
    done
}

# build_binaries SOURCE DIR: DIR/VERSION/COMPONENT for every stamp. Only the
# first stamp compiles; the others are linked anew.
build_binaries() {
    local source=$1 out=$2 version
    go_env "$source"
    cd "$source/src/k8s.io/kubernetes" || exit
    for version in "${VERSIONS[@]}"; do
        mkdir -p "$out/$version"
        go build -trimpath -ldflags "$(link_flags "$version")" -o "$out/$version/" "${COMPONENTS[@]/#/./cmd/}"
    done
}

# build_programs SOURCE DIR: our own stand-ins and the workload. crictl uses
# packages that only Kubernetes' own vendor folder has, so the programs are
# compiled from inside its tree, and taken out again.
build_programs() {
    local source=$1 out=$2 name inside=cmd/testbed-programs
    go_env "$source"
    cd "$source/src/k8s.io/kubernetes" || exit
    rm -rf "$inside"
    cp -r "$HERE/programs" "$inside"
    for name in crictl coredns web; do
        go build -trimpath -ldflags '-s -w' -o "$out/$name" "./$inside/$name"
    done
    rm -rf "$inside"
    gcc -Os -static -s -o "$out/pause" "$HERE/programs/pause/pause.c"
}
