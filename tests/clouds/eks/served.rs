//! A simulated EKS on a loopback socket, every request and reply of which is held to the model.

pub(crate) use upgrade_tests::clouds::Served;
use upgrade_tests::clouds::{Exchange, Judge, Verdict};

use crate::model::{Asked, Model};

/// Where the clusters of these tests are.
pub(crate) const REGION: &str = "eu-west-1";

impl Judge for Model {
    fn judge(&self, exchange: &Exchange<'_>) -> Verdict {
        let &Exchange { method, path, query, asked, status, headers, answered } = exchange;
        let asked = Asked { method, path, query, body: asked };
        let operation = self.operation(&asked);
        let mut broken = self.check_request(&asked);
        let error = headers.get("x-amzn-errortype").map(|code| code.to_str().unwrap());
        if let Some(operation) = &operation {
            broken.extend(self.check_reply(operation, status, error, answered));
        }
        Verdict { operation, broken }
    }
}
