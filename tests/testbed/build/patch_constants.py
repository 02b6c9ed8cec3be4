#!/usr/bin/python3
"""patch_constants.py FILE: let kubeadm's version limits follow the stamp.

kubeadm 1.20 has its oldest and current Kubernetes versions as constants; the
releases after it compute them from the version written at link time. The
etcd table gets its own rows for 1.21 and 1.22, so that these hops replace
etcd's pod: each is above what Debian's etcd reports (3.4.23).
"""
import sys

MIN = "getSkewedKubernetesVersion(-1)"
EDITS = (
    ('MinimumControlPlaneVersion = version.MustParseSemantic("v1.19.0")', f"MinimumControlPlaneVersion = {MIN}"),
    ('MinimumKubeletVersion = version.MustParseSemantic("v1.19.0")', f"MinimumKubeletVersion = {MIN}"),
    (
        'CurrentKubernetesVersion = version.MustParseSemantic("v1.20.0")',
        "CurrentKubernetesVersion = getSkewedKubernetesVersion(0)",
    ),
    ('\t\t21: "3.4.13-0",\n', '\t\t21: "3.4.27-0",\n\t\t22: "3.5.0-0",\n'),
    (
        '\n\t"k8s.io/apimachinery/pkg/util/version"\n',
        '\n\t"k8s.io/apimachinery/pkg/util/version"\n\tcomponentversion "k8s.io/component-base/version"\n',
    ),
)
FUNCTION = """
// getSkewedKubernetesVersion is the stamped minor plus n, patch 0.
func getSkewedKubernetesVersion(n int) *version.Version {
	stamped, err := version.ParseSemantic(componentversion.Get().GitVersion)
	if err != nil || stamped.Minor() == 0 {
		stamped = version.MustParseSemantic("v1.20.0")
	}
	return version.MustParseSemantic(fmt.Sprintf("v%d.%d.0", stamped.Major(), int(stamped.Minor())+n))
}
"""


def main() -> None:
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for old, new in EDITS:
        if text.count(old) != 1:
            sys.exit(f"{path}: expected exactly one {old.strip()!r}, found {text.count(old)}")
        text = text.replace(old, new)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + FUNCTION)


main()
