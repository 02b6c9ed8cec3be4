//! A simulated EKS on a loopback socket, every request and reply of which is held to the models of EKS and EC2.

pub(crate) use upgrade_tests::clouds::Served;
use upgrade_tests::clouds::{Exchange, Judge, Verdict};

use crate::model::{Asked, Model};
use crate::query::Query;

/// Where the clusters of these tests are.
pub(crate) const REGION: &str = "eu-west-1";

/// The models of both services.
pub(crate) struct Models {
    pub(crate) eks: Model,
    pub(crate) ec2: Query,
}

impl Judge for Models {
    fn judge(&self, exchange: &Exchange<'_>) -> Verdict {
        // EC2 has but one path, and EKS nothing there.
        if exchange.path == "/" { of_ec2(&self.ec2, exchange) } else { of_eks(&self.eks, exchange) }
    }
}

fn of_eks(model: &Model, exchange: &Exchange<'_>) -> Verdict {
    let &Exchange { method, path, query, asked, status, headers, answered } = exchange;
    let asked = Asked { method, path, query, body: asked };
    let operation = model.operation(&asked);
    let mut broken = model.check_request(&asked);
    let error = headers.get("x-amzn-errortype").map(|code| code.to_str().unwrap());
    if let Some(operation) = &operation {
        broken.extend(model.check_reply(operation, status, error, answered));
    }
    Verdict { operation, broken }
}

fn of_ec2(model: &Query, exchange: &Exchange<'_>) -> Verdict {
    let operation = model.operation(exchange.asked);
    let mut broken = model.check_request(exchange.asked);
    if let Some(operation) = &operation {
        broken.extend(model.check_reply(operation, exchange.status, exchange.answered));
    }
    Verdict { operation, broken }
}
