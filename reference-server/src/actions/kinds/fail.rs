//! Ends with an error.

use super::parameters::Plain;
use super::work::Work;
use crate::actions::voice::Voice;

pub(super) struct Fail;

impl Work for Fail {
    const NAME: &'static str = "fail";
    type Parameters = Plain;

    async fn run(_: &Plain, _: &Voice) -> Result<String, String> {
        Err("failed, as it was asked to".to_owned())
    }
}
