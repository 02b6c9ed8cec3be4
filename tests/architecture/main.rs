//! The shape of the workspace, checked: who may know whom, what each crate may reach, how long a file may grow.
//!
//! The tables are in [`rules`]; every check is also run on a wrong input, so that none of them can pass by seeing
//! nothing. This test looks at manifests and sources only and must not build or run anything of ours.

mod graph;
mod rules;
mod sources;

use std::path::PathBuf;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is inside the workspace").to_owned()
}

#[test]
fn dependencies_point_in_the_agreed_directions() {
    let graph = graph::read(&root());
    assert!(graph.members().count() >= rules::LAYERS.len(), "members are missing: {:?}", graph.members());
    assert_eq!(graph::violations(&graph, rules::LAYERS, rules::OWNED), Vec::<String>::new());
}

#[test]
fn sources_keep_to_what_their_crate_may_do() {
    let files = sources::production(&root());
    assert!(files.len() > 20, "only {} source files found", files.len());
    assert_eq!(sources::forbidden(&files, rules::FORBIDDEN_WORDS), Vec::<String>::new());
}

#[test]
fn files_stay_small() {
    let files = sources::production(&root());
    assert_eq!(sources::too_long(&files, rules::LONGEST_FILE), Vec::<String>::new());
    let median = sources::median_length(&files);
    assert!(
        median <= rules::LONGEST_MEDIAN,
        "the median file has {median} lines, {} are allowed",
        rules::LONGEST_MEDIAN
    );
}
