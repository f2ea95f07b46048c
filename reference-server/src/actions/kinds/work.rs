//! What makes a kind of action: a name, parameters and work.

use super::parameters::Parameters;
use crate::actions::voice::Voice;

/// Steps of a long loop between two yields: few enough that a stop is noticed at once.
const STEPS_AT_A_TIME: u32 = 100;

/// One kind of action.
pub(super) trait Work {
    /// The name in requests.
    const NAME: &'static str;
    /// The progress at the start, in percent; -1 for a kind without progress.
    const BEGINS_AT: i64 = 0;
    type Parameters: Parameters;

    /// Does the work. Returns the text of the result, as a success or as a failure.
    fn run(
        parameters: &Self::Parameters,
        voice: &Voice,
    ) -> impl Future<Output = Result<String, String>> + Send;
}

/// Yields now and then, so that a long loop lets other tasks run and can be stopped.
pub(super) async fn breathe(step: u32) {
    if step.is_multiple_of(STEPS_AT_A_TIME) {
        tokio::task::yield_now().await;
    }
}
