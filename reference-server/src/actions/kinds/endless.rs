//! Runs until it is stopped.

use super::parameters::Plain;
use super::work::Work;
use crate::actions::voice::Voice;

pub(super) struct Endless;

impl Work for Endless {
    const NAME: &'static str = "endless";
    const BEGINS_AT: i64 = -1;
    type Parameters = Plain;

    async fn run(_: &Plain, _: &Voice) -> Result<String, String> {
        std::future::pending().await
    }
}
