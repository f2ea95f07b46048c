//! What a kind of action is: a name, parameters and what it does.

use super::parameters::Parameters;
use crate::actions::voice::Voice;

/// Steps of a long loop after which others have its thread, and a stop is heard.
const STEPS_AT_A_TIME: u32 = 100;

/// One kind of action.
pub(super) trait Work {
    /// As requests name it.
    const NAME: &'static str;
    /// Its progress when it begins, in percent; -1 where it has none.
    const BEGINS_AT: i64 = 0;
    type Parameters: Parameters;

    /// Does the work; gives what the result says, as a success or as a failure.
    fn run(
        parameters: &Self::Parameters,
        voice: &Voice,
    ) -> impl Future<Output = Result<String, String>> + Send;
}

/// A long loop lets others have its thread now and then, and can be stopped.
pub(super) async fn breathe(step: u32) {
    if step.is_multiple_of(STEPS_AT_A_TIME) {
        tokio::task::yield_now().await;
    }
}
