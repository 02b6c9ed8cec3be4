//! What was measured, as a table.

/// A limit is grossly broken by a median of more than so many times it.
const GROSS: f64 = 1.5;

/// Measurements of one thing.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// In what.
    pub(crate) unit: &'static str,
    /// Each measurement.
    pub(crate) samples: Vec<f64>,
    /// What the median must not be above; none for what is only told.
    pub(crate) limit: Option<f64>,
}

impl Row {
    pub(crate) fn told(what: impl Into<String>, unit: &'static str, samples: Vec<f64>) -> Self {
        Self { what: what.into(), unit, samples, limit: None }
    }

    pub(crate) fn limited(what: impl Into<String>, unit: &'static str, samples: Vec<f64>, limit: f64) -> Self {
        Self { limit: Some(limit), ..Self::told(what, unit, samples) }
    }

    /// The least, the median and the greatest.
    fn spread(&self) -> [f64; 3] {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        [0, sorted.len() / 2, sorted.len().saturating_sub(1)]
            .map(|index| sorted.get(index).copied().unwrap_or(f64::NAN))
    }

    /// Whether the limit is kept. No measurement keeps none.
    fn holds(&self) -> bool {
        self.keeps(1.0)
    }

    /// Whether it is beyond the limit by more than what a busy machine could make of it.
    pub(crate) fn grossly_broken(&self) -> bool {
        !self.keeps(GROSS)
    }

    fn keeps(&self, times: f64) -> bool {
        self.limit.is_none_or(|limit| self.spread()[1] <= limit * times)
    }
}

pub(crate) fn table(rows: &[Row]) -> String {
    let mut lines =
        vec!["| measured | min | median | max | limit | |".to_owned(), "|---|---:|---:|---:|---:|---|".to_owned()];
    for row in rows {
        let [min, median, max] = row.spread().map(number);
        let limit = row.limit.map_or_else(|| "–".to_owned(), number);
        let verdict = match (row.limit, row.holds()) {
            (None, _) => "",
            (Some(_), true) => "kept",
            (Some(_), false) => "BROKEN",
        };
        lines.push(format!("| {}, {} | {min} | {median} | {max} | {limit} | {verdict} |", row.what, row.unit));
    }
    lines.join("\n")
}

fn number(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
