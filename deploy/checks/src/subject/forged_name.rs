//! A request in a name that the host does not have.

use reqwest::StatusCode;
use url::Url;

use super::host::Host;
use super::silence::Silence;
use crate::check::Undecided;

/// A host that nobody has.
const FOREIGN_HOST: &str = "airtight.invalid";

/// Asks for a page in another host's name, and adds a fault where it is answered.
///
/// The right answers are 421, or an end without any. Where nobody listens no name is told from another.
pub(crate) async fn judge(
    host: &Host,
    url: Url,
    faults: &mut Vec<String>,
) -> Result<(), Undecided> {
    match host.ask(host.get_as(url, FOREIGN_HOST)).await {
        Err(Silence::Closed) => {}
        Err(silence) => return Err(silence.into()),
        Ok(answer) => {
            if answer.status != StatusCode::MISDIRECTED_REQUEST {
                faults.push(format!(
                    "a request for {FOREIGN_HOST} got {}",
                    answer.status
                ));
            }
        }
    }
    Ok(())
}
