//! The front of EKS: its wire, translated from and to the model of managed clusters.
//!
//! The wire is that of the service's published API model of 2017-11-01 (REST with JSON, signed requests); beside it stands
//! the one operation of EC2 that matters here, at the root of the same address. It holds no state of its own; what only EKS knows is in the model's `extra`:
//!
//! | of | key | what |
//! |---|---|---|
//! | the cluster | `cluster` | members of its description that differ from the usual ones |
//! | | `addons` | its add-ons by name: members of their description, `changed` for fields changed by hand |
//! | | `fargateProfiles` | their descriptions by name |
//! | | `fargateNodes` | how many machines Fargate has made when the story begins |
//! | | `ownNodes` | how many machines of the owner's own Auto Scaling group there are then |
//! | | `karpenter` | how many machines each NodePool of Karpenter has then |
//! | | `deprecatedApis` | what insights tell of requests to them, each as `DeprecationDetail` |
//! | | `insights` | as they were last gathered |
//! | | `denied` | operations that the caller has no right to |
//! | | `strict` | node groups must be at the control plane's version before it moves on |
//! | a pool | any member | members of its description; `updateConfig` as it was given; with a launch template among the issues of its `health` it is not updated |
//! | an offer | `addons` | the versions of each add-on that go with it, the default first |
//! | | `releases` | older releases of its node image |
//! | | `default` | whether new clusters get it |
//! | an operation | `type`, `params`, `errors` | those of an update; operations without `type` are no updates |

mod addons;
mod asked;
mod clusters;
mod ec2;
mod fargate;
mod fault;
mod groupless;
mod insights;
mod karpenter;
mod names;
mod nodegroups;
mod route;
mod rules;
mod subnets;
mod updates;
mod versions;

use serde_json::Value;

use super::wire::Answer;
use crate::api::Call;
use crate::digest;
use crate::world::World;

use asked::Asked;
use fault::Fault;
pub(crate) use groupless::there as groupless_nodes;
pub use nodegroups::settings as nodegroup_settings;

/// Answers a request to that path.
pub(super) fn answer(world: &mut World, call: &Call, path: &[&str]) -> Answer {
    if ec2::is_meant(path) {
        return ec2::answer(world, call);
    }
    let answer: Result<Value, Fault> = Asked::read(call, path).and_then(|asked| route::answer(world, &asked));
    let id = digest::uuid(&format!("request {}", world.random.number()));
    let mut answer = match answer {
        Ok(body) => Answer::json(200, &body),
        Err(fault) => {
            let mut answer = Answer::json(fault.code.status(), &fault.body());
            answer.headers.push(("x-amzn-errortype", fault.code.name().to_owned()));
            answer
        }
    };
    answer.headers.push(("x-amzn-requestid", id));
    answer
}
