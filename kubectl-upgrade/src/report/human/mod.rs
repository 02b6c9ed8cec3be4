//! Text for people: calm, complete, at most 100 columns wide and right at 80.

mod cloud;
mod component;
mod components;
mod findings;
mod forecast;
mod hold;
mod managed;
mod owner;
mod plan;
mod played;
mod reversal;
mod saved;
mod status;
mod steps;
mod versions;
mod words;

pub(crate) use forecast::{ForecastView, forecast};
pub(crate) use hold::held;
pub(crate) use owner::{ForeignView, foreign_owner};
pub(crate) use plan::{PlanView, plan};
pub(crate) use played::{played, stage_is_gone};
pub(crate) use status::{StatusView, activity, end_words, finished, progress_words, status, step_record};
pub(crate) use steps::{stage_words, totals};
pub(crate) use versions::versions;
pub(crate) use words::action_name;

#[cfg(test)]
mod tests;
