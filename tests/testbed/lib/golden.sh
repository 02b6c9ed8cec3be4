# shellcheck shell=bash
# Golden images: the stopped disks and keys of a cluster that was ready once.

# golden_dir: where the image for this cluster's shape is or would be. The
# addresses are on the disks, so the id is part of the shape; the name is not.
golden_dir() {
    printf '%s/golden/%s-%s-cp%s-w%s-%s-lb%s-%s\n' "$CACHE" "$ID" "$VERSION" "$CONTROL_PLANES" "$WORKERS" "$REPO" \
        "$BALANCER" "$(golden_key)"
}

# golden_key: the artefacts by name, which tells their contents.
golden_key() {
    local path made scripts words=()
    case $KIND in
    kubeadm) made=$REPOS scripts=("$HERE/lib/kubeadm.sh") ;;
    handbuilt) made=$MIRROR scripts=("$HERE/lib/handbuilt.sh" "$HERE/handbuilt") ;;
    esac
    for path in "$DEBIAN" "$FILES" "$STORE" "$made"; do words+=("$(basename "$path")"); done
    digest "${words[@]}" "$HERE/lib/host.sh" "$HERE/lib/network.sh" "${scripts[@]}" "$HERE/host/init"
}

KEPT_FILES=(id_ed25519 id_ed25519.pub kubeconfig)

# save_golden: takes the disks of the stopped cluster away into the cache.
save_golden() {
    local golden tmp
    golden=$(golden_dir)
    mkdir -p "$CACHE/golden"
    tmp=$(mktemp -d -p "$CACHE/tmp")
    find "$RUN/$NAME/disks" -mindepth 2 -maxdepth 2 \( -name work -o -name root \) -exec rm -rf {} +
    mv "$RUN/$NAME/disks" "$tmp/disks"
    (cd "$RUN/$NAME" && cp -a "${KEPT_FILES[@]}" "$tmp/")
    # One image per shape: those that older scripts made are of no use.
    rm -rf "${golden%-*}"-????????????
    mv "$tmp" "$golden"
}

# load_golden: fresh copies of the disks and keys.
load_golden() {
    local golden host
    golden=$(golden_dir)
    touch "$golden"
    (cd "$golden" && cp -a "${KEPT_FILES[@]}" "$RUN/$NAME/")
    for host in $(host_names); do copy_disk "$golden/disks/$host" "$(disk "$host")"; done
}
