//! The agreed directions and budgets, as data. `ARCHITECTURE.md` draws the same picture.

/// What one crate may know and what it must never reach.
pub(crate) struct Layer {
    /// The package; a trailing `*` stands for every package with that beginning that has no row of its own.
    pub(crate) package: &'static str,
    /// Our packages that it may depend on; a trailing `*` as above.
    pub(crate) may_know: &'static [&'static str],
    /// Packages of others that it must not reach, not even through a third one.
    pub(crate) never_reaches: &'static [&'static str],
}

/// Every member of the workspace has a row; a member without one is a violation.
pub(crate) const LAYERS: &[Layer] = &[
    Layer {
        package: "upgrade-core",
        may_know: &[],
        never_reaches: &[
            "async-trait",
            "clap",
            "futures",
            "getrandom",
            "hyper",
            "indicatif",
            "k8s-openapi",
            "kube",
            "openssh",
            "rand",
            "reqwest",
            "rustls",
            "tokio",
        ],
    },
    Layer {
        package: "upgrade-provider",
        may_know: &["upgrade-core"],
        never_reaches: &["clap", "indicatif", "k8s-openapi", "kube", "openssh", "rustls", "tokio"],
    },
    Layer {
        package: "upgrade-ssh",
        may_know: &["upgrade-core"],
        never_reaches: &["clap", "indicatif", "k8s-openapi", "kube"],
    },
    Layer {
        package: "upgrade-hosts",
        may_know: &["upgrade-core", "upgrade-provider", "upgrade-ssh"],
        never_reaches: &["clap", "indicatif", "k8s-openapi", "kube"],
    },
    Layer {
        package: "upgrade-provider-*",
        may_know: &["upgrade-core", "upgrade-provider", "upgrade-ssh", "upgrade-hosts"],
        never_reaches: &["clap", "indicatif", "k8s-openapi", "kube"],
    },
    Layer {
        package: "upgrade-engine",
        may_know: &["upgrade-core", "upgrade-provider"],
        never_reaches: &["clap", "indicatif", "k8s-openapi", "kube", "openssh", "rustls"],
    },
    Layer {
        package: "upgrade-cluster",
        may_know: &["upgrade-core", "upgrade-provider"],
        never_reaches: &["clap", "indicatif", "openssh"],
    },
    Layer {
        package: "upgrade-twin",
        may_know: &["upgrade-core"],
        never_reaches: &["clap", "indicatif", "k8s-openapi", "kube", "openssh"],
    },
    Layer {
        package: "upgrade-rehearsal",
        may_know: &[
            "upgrade-core",
            "upgrade-provider",
            "upgrade-ssh",
            "upgrade-engine",
            "upgrade-cluster",
            "upgrade-twin",
        ],
        never_reaches: &["clap", "indicatif", "openssl", "native-tls", "aws-lc-rs"],
    },
    Layer {
        package: "kubectl-upgrade",
        may_know: &[
            "upgrade-core",
            "upgrade-engine",
            "upgrade-cluster",
            "upgrade-rehearsal",
            "upgrade-twin",
            "upgrade-provider",
            "upgrade-ssh",
            "upgrade-provider-*",
        ],
        never_reaches: &["openssl", "native-tls", "aws-lc-rs"],
    },
    Layer {
        package: "upgrade-tests",
        may_know: &["kubectl-upgrade", "upgrade-*"],
        never_reaches: &["openssl", "native-tls", "aws-lc-rs"],
    },
];

/// Packages of others that only the named ones of ours may use directly: their types stay inside.
pub(crate) const OWNED: &[(&str, &[&str])] = &[
    ("azure_core", &["upgrade-provider-aks"]),
    ("azure_identity", &["upgrade-provider-aks"]),
    ("aws-config", &["upgrade-provider-eks"]),
    ("aws-sdk-eks", &["upgrade-provider-eks"]),
    ("clap", &["kubectl-upgrade"]),
    ("indicatif", &["kubectl-upgrade"]),
    ("k8s-openapi", &["upgrade-cluster", "upgrade-tests"]),
    ("kube", &["upgrade-cluster", "upgrade-rehearsal", "upgrade-tests"]),
    ("rcgen", &["upgrade-rehearsal", "upgrade-tests"]),
    ("google-cloud-auth", &["upgrade-provider-gke"]),
    ("google-cloud-container-v1", &["upgrade-provider-gke"]),
    ("google-cloud-gax", &["upgrade-provider-gke"]),
    ("google-cloud-wkt", &["upgrade-provider-gke"]),
    ("openssh", &["upgrade-ssh"]),
];

/// Text that must not occur in the production code below a folder, except in the named files, and why.
pub(crate) struct ForbiddenWords {
    pub(crate) folder: &'static str,
    pub(crate) except: &'static [&'static str],
    pub(crate) words: &'static [&'static str],
    pub(crate) why: &'static str,
}

/// What the compiler cannot hold: purity of core, and who names the providers.
pub(crate) const FORBIDDEN_WORDS: &[ForbiddenWords] = &[
    ForbiddenWords {
        folder: "kubectl-upgrade/core/src/",
        except: &[],
        words: &[
            "Instant::now",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
            "async fn",
            "std::env::",
            "std::fs",
            "std::io",
            "std::net",
            "std::process",
            "std::thread",
        ],
        why: "core is pure: time and everything else come in as arguments",
    },
    ForbiddenWords {
        folder: "kubectl-upgrade/cluster/src/",
        except: &[],
        words: &["Timestamp::now", "SystemTime", "Zoned::now"],
        why: "the time of day comes from the cluster's own clock",
    },
    ForbiddenWords {
        folder: "providers/hosts/src/",
        except: &[],
        words: &["Timestamp::now", "SystemTime", "Zoned::now"],
        why: "the time of day comes from the cluster's own clock",
    },
    ForbiddenWords {
        folder: "providers/manual/src/",
        except: &[],
        words: &["Timestamp::now", "SystemTime", "Zoned::now"],
        why: "the time of day comes from the cluster's own clock",
    },
    ForbiddenWords {
        folder: "providers/kubeadm/src/",
        except: &[],
        words: &["Timestamp::now", "SystemTime", "Zoned::now"],
        why: "the time of day comes from the cluster's own clock",
    },
    ForbiddenWords {
        folder: "providers/eks/src/",
        except: &[],
        words: &["Timestamp::now", "SystemTime", "Zoned::now"],
        why: "the time of day comes from the cluster's own clock",
    },
    ForbiddenWords {
        folder: "kubectl-upgrade/twin/src/",
        except: &[],
        words: &[
            "Timestamp::now",
            "Zoned::now",
            "SystemTime",
            "std::time::Instant",
            "HashMap",
            "HashSet",
            "spawn_blocking",
            "std::thread",
            "thread_rng",
        ],
        why: "the same seed tells the same story: time and chance come from the twin alone",
    },
    ForbiddenWords {
        folder: "kubectl-upgrade/src/",
        except: &["kubectl-upgrade/src/registry.rs", "kubectl-upgrade/src/clouds.rs"],
        words: &["upgrade_provider_"],
        why: "only registry.rs and clouds.rs name providers",
    },
];

/// Lines of production code in a file, its tests not counted.
pub(crate) const LONGEST_FILE: usize = 600;

/// Half of the files must be no longer than this.
pub(crate) const LONGEST_MEDIAN: usize = 150;
