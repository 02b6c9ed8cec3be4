# shellcheck shell=bash
# The clouds' own clients and models, which the tests hold the simulated clouds to: each cloud's list is
# tests/clouds/CLOUD/requirements.txt, every package pinned by its hash; its home is named after the list's own hash.

# cloud_home CLOUD: where the packages of that list are, or would be; tests/clouds finds them by the same rule.
cloud_home() {
    printf '%s/clouds/%s-%s\n' "$CACHE" "$1" "$(sha256sum "tests/clouds/$1/requirements.txt" | cut -c1-16)"
}

# install_clouds: what is there already costs nothing.
install_clouds() {
    local list cloud home missing=()
    for list in tests/clouds/*/requirements.txt; do
        cloud=$(basename "$(dirname "$list")")
        home=$(cloud_home "$cloud")
        if [ -e "$home/.complete" ]; then continue; fi
        echo "$cloud: installing its own client into $home"
        rm -rf "$home"
        if python3 -m pip install --quiet --no-deps --require-hashes --only-binary :all: --disable-pip-version-check \
            --root-user-action=ignore --target "$home" --requirement "$list"; then
            touch "$home/.complete"
        else
            missing+=("$cloud")
        fi
    done
    if [ "${#missing[@]}" != 0 ]; then cannot "the packages of tests/clouds cannot be had for: ${missing[*]}"; fi
}
