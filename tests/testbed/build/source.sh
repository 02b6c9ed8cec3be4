# shellcheck shell=bash
# Kubernetes' sources from Debian, made buildable with Debian's Go.

# fetch_source DIR: DIR/src/k8s.io/kubernetes, a GOPATH.
fetch_source() {
    local out=$1 work
    work=$(mktemp -d)
    download "$work"
    mkdir -p "$out/src/k8s.io"
    dpkg-source --no-check -x "$work"/kubernetes_*.dsc "$out/src/k8s.io/kubernetes"
    replace_reflect2 "$work" "$out/src/k8s.io/kubernetes"
    /usr/bin/python3 "$HERE/build/patch_constants.py" \
        "$out/src/k8s.io/kubernetes/cmd/kubeadm/app/constants/constants.go"
    generate_openapi "$out"
    rm -rf "$work"
}

# download DIR: the sources, and reflect2 as Debian has it: Go 1.18 and later
# need 1.0.2; the vendored 1.0.1 builds and then panics in kubeadm. The
# machine's own apt is not changed: a private list with the source entries of
# the same archive.
download() (
    cd "$1" || exit
    local apt uri
    uri=$(apt_archive)
    mkdir -p apt/lists/partial
    printf 'deb-src %s bookworm main\n' "$uri" >apt/sources.list
    apt=(apt-get -q -o Dir::Etc::SourceList="$PWD/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$PWD/apt/lists" -o APT::Sandbox::User=root)
    "${apt[@]}" update
    "${apt[@]}" source --download-only kubernetes
    apt-get -q -o APT::Sandbox::User=root download golang-github-modern-go-reflect2-dev
)

replace_reflect2() {
    local work=$1 vendored=$2/vendor/github.com/modern-go/reflect2
    dpkg-deb -x "$work"/golang-github-modern-go-reflect2-dev_*.deb "$work/reflect2"
    rm -rf "$vendored"
    cp -r "$work/reflect2/usr/share/gocode/src/github.com/modern-go/reflect2" "$vendored"
    rm -f "$vendored"/*_test.go
}

# generate_openapi GOPATH: kube-apiserver links a generated file that the
# source package does not carry. The generator is in the vendor tree.
generate_openapi() {
    local tree=$1/src/k8s.io/kubernetes packages
    go_env "$1"
    cd "$tree" || exit
    go build -o "$1/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
    packages=$(grep -rlF --include='*.go' '+k8s:openapi-gen=' pkg cmd plugin vendor/k8s.io/*/ |
        grep -vE '^vendor/k8s.io/(code-generator|sample-apiserver|kube-openapi|gengo)/|_test\.go$|zz_generated' |
        xargs -n1 dirname | LC_ALL=C sort -u | sed 's,^,k8s.io/kubernetes/,' | paste -sd,)
    "$1/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi \
        -O zz_generated.openapi -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt \
        -r "$1/openapi-violations.txt"
}
