//! A plan for a cluster of one's own, to see where time goes there: `BENCH_KUBECONFIG` names it, `BENCH_TO` the target.

use std::path::Path;

use crate::plans::{Subject, compare};
use crate::raw::lists;
use crate::report::Row;

pub(crate) fn rows() -> Result<Vec<Row>, String> {
    let given = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let (kubeconfig, target) = (given("BENCH_KUBECONFIG")?, given("BENCH_TO")?);
    let policy = std::env::var("BENCH_POLICY").unwrap_or_else(|_| "v1".to_owned());
    Ok(compare(&Subject {
        name: "own cluster",
        kubeconfig: Path::new(&kubeconfig),
        lists: lists(&policy),
        target: &target,
        rounds: 5,
        ratio: 2.0,
        peak_mib: Some(256.0),
    }))
}
