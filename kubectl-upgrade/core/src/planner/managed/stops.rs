//! Operations of others that go on: stopped before anything else, where that was asked for by name. Without it, the gates
//! wait for their end.

use super::draft::Draft;
use crate::ids::PoolName;
use crate::inventory::CloudOperation;
use crate::plan::{CloudAction, CloudCondition, Force, Lane, Reversal, Stage, StageKind, Step, Subject};

pub(super) fn stage(draft: &mut Draft<'_>) -> Option<Stage> {
    if !draft.options.cloud.force.contains(&Force::Operations) {
        return None;
    }
    let cloud = draft.cloud;
    let lanes: Vec<Lane> = cloud.operations.iter().map(|operation| lane(draft, operation)).collect();
    (!lanes.is_empty()).then_some(Stage { kind: StageKind::Preparation, hop: None, at_once: 1, lanes })
}

fn lane(draft: &mut Draft<'_>, operation: &CloudOperation) -> Lane {
    let pool = operation.on.as_deref().map(PoolName::new).filter(|pool| draft.cloud.pool(pool).is_some());
    let subject = pool.clone().map_or(Subject::ControlPlane, Subject::Pool);
    let id = operation.id.clone();
    let action = CloudAction::StopOperation { id: id.clone(), kind: operation.kind.clone(), on: pool };
    let step = draft.step(action, Vec::new(), vec![CloudCondition::OperationEnded { id }]);
    let reversal = Reversal::Impossible("what it did by then stays; whoever began it may begin it again".to_owned());
    Lane { subject, steps: vec![Step { reversal, ..step }] }
}
