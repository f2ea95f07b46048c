//! A request for a name that the host does not have.

use reqwest::StatusCode;
use url::Url;

use super::host::Host;
use super::silence::Silence;
use crate::check::Undecided;

/// A host that nobody has.
const FOREIGN_HOST: &str = "airtight.invalid";

/// What servers say to a name that is not theirs: nginx as the guide sets it up 421, Starlette and Django 400, Rails 403.
const REFUSALS: [StatusCode; 3] = [
    StatusCode::MISDIRECTED_REQUEST,
    StatusCode::BAD_REQUEST,
    StatusCode::FORBIDDEN,
];

/// Asks for a page in another host's name, and adds a fault if the host answers as if the name were its own.
///
/// Right are a refusal, and a connection that is closed without an answer. A port on which nothing listens proves nothing:
/// it would refuse the right name too.
pub(crate) async fn judge(
    host: &Host,
    url: Url,
    faults: &mut Vec<String>,
) -> Result<(), Undecided> {
    match host.ask(host.get_as(url, FOREIGN_HOST)).await {
        Err(Silence::Closed) => {}
        Err(silence) => return Err(silence.into()),
        Ok(answer) => {
            if !REFUSALS.contains(&answer.status) {
                faults.push(format!(
                    "a request for {FOREIGN_HOST} got {}",
                    answer.status
                ));
            }
        }
    }
    Ok(())
}
