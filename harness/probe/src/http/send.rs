//! Sending a browser's request: its cookies, the target's own headers, and a reading for the meter.

use std::time::Instant;

use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Url};

use crate::error::ProbeError;
use crate::http::ask::{Answer, Ask, Body};
use crate::http::body;
use crate::http::browser::Browser;
use crate::http::frame::frame;
use crate::recording::Reading;

impl Browser {
    /// Sends a request, and gives the meter a reading.
    pub(super) async fn send(&self, ask: &Ask) -> Result<(Answer, String), ProbeError> {
        let started = Instant::now();
        let sent = self.exchange(ask).await;
        if let Some(meter) = self.meter() {
            let answer = sent.as_ref().ok().map(|(answer, _)| answer);
            meter.send(Reading::Answered {
                asked: format!("{} {}", ask.method, ask.path),
                status: answer.map(|answer| answer.status),
                granted: answer.is_some_and(|answer| ask.is_granted_by(answer)),
                took: started.elapsed(),
            });
        }
        sent
    }

    /// Sends a request and stores its cookies. Gives the answer, and the text that a history may keep.
    async fn exchange(&self, ask: &Ask) -> Result<(Answer, String), ProbeError> {
        let asked = || format!("{} {}", ask.method, ask.path);
        let no_answer = |source: reqwest::Error| ProbeError::NoAnswer {
            asked: asked(),
            source,
        };
        let url = self.url(&ask.path)?;
        let request = self.build(ask, &url)?;
        let answer = request.send().await.map_err(no_answer)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        self.identity().cookies.keep(&headers, &url);
        let text = body::read(answer).await.map_err(no_answer)?;
        let frame = frame(&format!("HTTP {status}"), &headers, &text);
        let text_of = |(name, value): (&HeaderName, &HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        };
        Ok((
            Answer {
                status: status.as_u16(),
                headers: headers.iter().map(text_of).collect(),
                cut: !text.cut.is_empty(),
                body: text.text,
            },
            frame,
        ))
    }

    fn build(&self, ask: &Ask, url: &Url) -> Result<RequestBuilder, ProbeError> {
        let unsendable = |text: &str| ProbeError::Unsendable(text.to_owned());
        let method =
            Method::from_bytes(ask.method.as_bytes()).map_err(|_| unsendable(&ask.method))?;
        let changes = method != Method::GET && method != Method::HEAD;
        let headers = self.headers(ask, url, changes)?;
        let request = self.site().http();
        let request = request.request(method, url.clone()).headers(headers);
        Ok(match &ask.body {
            Body::Nothing => request,
            Body::Json(value) => request
                .header("content-type", "application/json")
                .body(value.to_string()),
            Body::Form(pairs) => request.form(pairs),
            Body::File(field, size) => {
                let part =
                    reqwest::multipart::Part::bytes(vec![b'x'; *size]).file_name("upload.bin");
                request.multipart(reqwest::multipart::Form::new().part(field.clone(), part))
            }
        })
    }

    /// The target's own headers, then the headers of the request, then the cookies.
    fn headers(&self, ask: &Ask, url: &Url, changes: bool) -> Result<HeaderMap, ProbeError> {
        let unsendable = |text: &str| ProbeError::Unsendable(text.to_owned());
        let target = &self.site().target;
        let mut headers = HeaderMap::new();
        let own = target
            .headers
            .iter()
            .filter(|_| changes)
            .map(|(name, value)| (name.clone(), value.replace("{origin}", &target.origin())));
        for (name, value) in own.chain(ask.headers.iter().cloned()) {
            let value = HeaderValue::from_str(&value).map_err(|_| unsendable(&value))?;
            headers.insert(
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable(&name))?,
                value,
            );
        }
        // A request with a cookie header of its own gets no others. This is how forged cookies are tested.
        if let Some(cookies) = self.cookie_header(url)
            && !headers.contains_key(COOKIE)
        {
            headers.insert(
                COOKIE,
                HeaderValue::from_str(&cookies).map_err(|_| unsendable("the cookies"))?,
            );
        }
        Ok(headers)
    }
}
