//! One report that has each outcome, in each format.

use regex::Regex;

use super::four::four;
use super::steady::snapshot;
use crate::report::formats::Format;

/// The page without its style, its scripts and what they draw: they are no words.
pub(super) fn words_of(page: &str) -> String {
    let [style, script] = [
        r"(?s)(<style>).*?(</style>)",
        r"(?s)(<script[^>]*>).*?(</script>)",
    ]
    .map(|pattern| Regex::new(pattern).expect("a pattern"));
    let page = style.replace_all(page, "$1…$2");
    script.replace_all(&page, "$1…$2").into_owned()
}

#[test]
fn every_format_has_each_outcome() {
    for (name, format) in [
        ("json", Format::Json),
        ("junit", Format::Junit),
        ("tap", Format::Tap),
        ("sarif", Format::Sarif),
    ] {
        let text = four().render(format).expect("a report");
        snapshot(&format!("report-{name}"), &text);
    }
    let page = four().render(Format::Html).expect("a page");
    snapshot("report-html", &words_of(&page));
}
