//! How large a request body may be.

use reqwest::header::ORIGIN;
use reqwest::{Method, StatusCode};

use crate::check::{Check, Row, Undecided};
use crate::subject::declared::login_form;
use crate::subject::host::Host;
use crate::subject::silence::Silence;
use crate::subject::visit::Visit;

/// In bytes: more than any form or action needs.
const LARGE: usize = 3 << 20;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "body-limit",
        rules: &["NGX13", "WEB08"],
        claim: "a request body that is larger than any form needs is refused",
        why: "a hundred such bodies at once fill the disk or the memory",
        fix: "set client_max_body_size 1m; and raise it for the upload alone",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let Some((method, path)) = login_form(&host.target) else {
        let why = "the target file has no login that sends anything over HTTP";
        return Err(Undecided::because(why));
    };
    let method = Method::from_bytes(method.as_str().as_bytes()).map_err(Undecided::because)?;
    let asked = host
        .send(method, host.url(path))
        .header(ORIGIN, host.origin())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(vec![b'x'; LARGE]);
    match host.ask(asked).await {
        // The refusal may come while the body is still on its way.
        Err(Silence::Closed) => Ok(()),
        Err(silence) => Err(silence.into()),
        Ok(answer) => {
            if answer.status != StatusCode::PAYLOAD_TOO_LARGE {
                faults.push(format!(
                    "{LARGE} bytes sent to the login got {}",
                    answer.status
                ));
            }
            Ok(())
        }
    }
}
