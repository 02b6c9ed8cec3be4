# shellcheck shell=bash
# Runs parts one after the other, times them and sums them up.

declare -A RESULT=() SECONDS_OF=() REASON=()
ORDER=()

known() {
    local part
    for part in "${PARTS[@]}"; do
        if [ "$part" = "$1" ]; then return 0; fi
    done
    return 1
}

# cannot REASON: said by a part that this machine cannot run.
cannot() {
    REASON[$CURRENT]=$1
    return 75
}

# run_part NAME: never fails itself; the result is kept for the summary.
run_part() {
    local start=$SECONDS status=0
    CURRENT=$1
    ORDER+=("$1")
    printf '\n=== %s\n' "$1"
    "part_$1" || status=$?
    SECONDS_OF[$1]=$((SECONDS - start))
    case $status in
    0) RESULT[$1]=passed ;;
    75) RESULT[$1]=skipped ;;
    *) RESULT[$1]=failed ;;
    esac
    if [ "${RESULT[$1]}" = skipped ] && [ "${CI:-}" = true ]; then
        RESULT[$1]=failed
        REASON[$1]+=" (with CI=true everything has to run)"
    fi
}

result_of() { printf '%s\n' "${RESULT[$1]:-not run}"; }

# summary: fails unless every part passed or was skipped.
summary() {
    local part passed=0 failed=0 skipped=0
    printf '\n=== summary\n'
    for part in "${ORDER[@]}"; do
        printf '%-10s %-8s %5d s  %s\n' "$part" "${RESULT[$part]}" "${SECONDS_OF[$part]}" "${REASON[$part]:-}"
        case ${RESULT[$part]} in
        passed) passed=$((passed + 1)) ;;
        skipped) skipped=$((skipped + 1)) ;;
        *) failed=$((failed + 1)) ;;
        esac
    done
    printf '%-10s %-8s %5d s\n' all "" "$SECONDS"
    printf 'parts: %d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ]
}
