//! The health page, and a page that does not exist.

use reqwest::StatusCode;
use serde_json::Value;
use targets::file::surface::Surface;
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::step::Granted;
use targets::language::template::{Lookup, Made};
use targets::needs::Need;

use crate::check::{Check, Row, Undecided};
use crate::subject::declared::{path_of, surface};
use crate::subject::host::{Host, NOWHERE, Response};
use crate::subject::silence::Silence;
use crate::subject::visit::Visit;

pub(super) static CHECK: Row<Visit> = Row {
    check: Check {
        name: "health",
        rules: &["WEB07"],
        claim: "only the health page says that the server is well, and an unknown page is a 404",
        why: "a monitor that is happy with any page is happy with a broken server",
        fix: "let errors keep their status, and let the proxy pass them on",
    },
    look: |visit, faults| Box::pin(look(&visit.host, faults)),
};

async fn look(host: &Host, faults: &mut Vec<String>) -> Result<(), Undecided> {
    let health = surface(&host.target, "health")?;
    let path = path_of(health).ok_or_else(|| {
        Undecided::because("the path of the surface `health` has names, and nothing was kept yet")
    })?;
    let well = match host.ask(host.get(host.url(path))).await {
        // A server that cannot be reached is not healthy.
        Err(Silence::Refused) => {
            faults.push(Silence::Refused.to_string());
            return Ok(());
        }
        well => well?,
    };
    let unknown = match host.target.surface("unknown path") {
        Need::Found(surface) => Some(surface),
        Need::NotApplicable(_) | Need::NotMentioned(_) => None,
    };
    let nowhere = unknown.and_then(path_of).unwrap_or(NOWHERE);
    let nowhere = host.ask(host.get(host.url(nowhere))).await?;
    if let Some(why) = differs(health, &well.came())? {
        faults.push(format!("{path} answers {}: {why}", well.status));
    }
    let is_unknown = match unknown.filter(|surface| says_something(surface)) {
        Some(surface) => differs(surface, &nowhere.came())?.is_none(),
        None => nowhere.status == StatusCode::NOT_FOUND,
    };
    if !is_unknown {
        faults.push(format!(
            "a page that does not exist answers {}",
            nowhere.status
        ));
    }
    if looks_healthy(health, &well, &nowhere)? {
        faults.push("a page that does not exist says that the server is healthy".to_owned());
    }
    Ok(())
}

/// Whether the file says what this surface answers.
fn says_something(surface: &Surface) -> bool {
    matches!(surface.step.granted, Some(Granted::When(_))) || surface.shows.is_some()
}

/// Why an answer is not as the file says of this surface, if it is not. Where the file says nothing, a status of 200 to
/// 299 is as it should be.
fn differs(surface: &Surface, came: &Came) -> Result<Option<String>, Undecided> {
    let granted = match &surface.step.granted {
        Some(Granted::When(predicate)) => Some(predicate),
        _ => None,
    };
    for predicate in granted.into_iter().chain(&surface.shows) {
        let fit = predicate.fits(came, &mut Nothing);
        if let Fit::No(why) = fit.map_err(Undecided::because)? {
            return Ok(Some(why));
        }
    }
    let is_good = says_something(surface) || came.status.is_some_and(|status| status / 100 == 2);
    Ok((!is_good).then(|| came.told()))
}

/// Whether another page looks like the health page, whatever its status: with the words that the file looks for, or,
/// where it looks for none, with the very same body.
fn looks_healthy(health: &Surface, well: &Response, other: &Response) -> Result<bool, Undecided> {
    let healthy = |body: &str| -> Result<bool, Undecided> {
        let came = Came {
            body: Some(body.to_owned()),
            ..well.came()
        };
        Ok(differs(health, &came)?.is_none())
    };
    Ok(match healthy("")? {
        true => !well.body.is_empty() && well.body == other.body,
        false => healthy(&other.body)?,
    })
}

/// A page that a stranger asks for has no names to fill in.
struct Nothing;

impl Lookup for Nothing {
    fn make(&mut self, _: Made) -> Value {
        Value::Null
    }

    fn kept(&self, _: Option<&str>, _: &str) -> Option<Value> {
        None
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn page(status: u16, body: &str) -> Response {
        Response {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::new(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn health_is_what_the_file_looks_for() {
        let (well, shell, other) = (
            page(200, "all is well"),
            page(200, "<html>"),
            page(404, "no"),
        );
        for (health, answer, nowhere, is_well, is_alike) in [
            (
                "{get: /h, status: 200, has: well}",
                &well,
                &other,
                true,
                false,
            ),
            (
                "{get: /h, status: 200, has: well}",
                &shell,
                &other,
                false,
                false,
            ),
            // The words count, whatever the status.
            (
                "{get: /h, status: 200, has: well}",
                &well,
                &page(404, "well, well"),
                true,
                true,
            ),
            // Where the file looks at the status alone, only the same page is alike.
            ("{get: /h, status: 200}", &well, &other, true, false),
            ("{get: /h, status: 200}", &shell, &shell, true, true),
            ("{get: /h}", &well, &other, true, false),
            ("{get: /h}", &page(500, "well"), &other, false, false),
            (
                "{get: /h, granted: {/ok: true}}",
                &page(200, "{\"ok\":true}"),
                &shell,
                true,
                false,
            ),
        ] {
            let text =
                format!("target: x\nlogin: none\nactions: {{}}\nsurfaces: {{health: {health}}}\n");
            let target = targets::parse(&text).expect("a target");
            let surface = surface(&target, "health").expect("there");
            let why = differs(surface, &answer.came()).expect("no names");
            assert_eq!(why.is_none(), is_well, "{health}: {why:?}");
            assert_eq!(
                looks_healthy(surface, answer, nowhere),
                Ok(is_alike),
                "{health}"
            );
        }
    }
}
