//! The list of kinds, and how a request for one is read.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::bad_message::BadMessage;
use super::buttons::Buttons;
use super::countdown::Countdown;
use super::endless::Endless;
use super::fail::Fail;
use super::flood::Flood;
use super::log::Log;
use super::modals::Modals;
use super::parallel::Parallel;
use super::parameters::{Count, Parameters, Plain, Wrong, within};
use super::popups::Popups;
use super::process::Process;
use super::reload::Reload;
use super::work::Work;
use crate::actions::voice::Voice;

/// Makes the enum of the kinds, from which requests are read and described, and delegates to each kind's own file.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident($parameters:ident),)+) => {
        /// What to start, with checked parameters.
        #[derive(Clone, Debug, Deserialize, ToSchema)]
        #[serde(
            tag = "kind",
            content = "parameters",
            rename_all = "snake_case",
            deny_unknown_fields
        )]
        pub(crate) enum Kind {
            $($(#[doc = $doc])+ $kind($parameters),)+
        }

        const NAMES: &[&str] = &[$($kind::NAME),+];

        impl Kind {
            pub(crate) const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $kind::NAME,)+
                }
            }

            /// The progress at the start, in percent; -1 for a kind without progress.
            pub(crate) const fn begins_at(&self) -> i64 {
                match self {
                    $(Self::$kind(_) => $kind::BEGINS_AT,)+
                }
            }

            fn parameters(&self) -> &dyn Parameters {
                match self {
                    $(Self::$kind(parameters) => parameters,)+
                }
            }

            /// Does the work. Returns the text of the result, as a success or as a failure.
            pub(crate) async fn run(&self, voice: &Voice) -> Result<String, String> {
                match self {
                    $(Self::$kind(parameters) => $kind::run(parameters, voice).await,)+
                }
            }
        }
    };
}

kinds! {
    /// Counts to the end, with a status at each step.
    Countdown(Countdown),
    /// Runs several countdowns at once, with one result.
    Parallel(Parallel),
    /// Writes lines to your own log.
    Log(Count),
    /// Shows toasts, one after the other.
    Popups(Count),
    /// Opens dialogs, of which the newest are kept.
    Modals(Count),
    /// Changes a button, and disables and enables it.
    Buttons(Buttons),
    /// Replaces a part of the page.
    Reload(Plain),
    /// Ends with an error.
    Fail(Plain),
    /// Runs a program, and reports each line that it prints.
    Process(Process),
    /// Runs until it is stopped.
    Endless(Plain),
    /// Sends more messages than a queue holds.
    Flood(Flood),
    /// Tries to send a message that is too large.
    BadMessage(Plain),
}

impl Kind {
    /// Reads `{"kind": …, "parameters": {…}}`.
    pub(crate) fn read(mut request: Value) -> Result<Self, Wrong> {
        take_whole_numbers(&mut request);
        if let Some(object) = request.as_object_mut() {
            object
                .entry("parameters")
                .or_insert_with(|| Value::Object(serde_json::Map::new()));
        }
        let kind: Self = serde_json::from_value(request).map_err(|error| Wrong {
            error: format!("this is not an action: {error}"),
            fix: format!(
                "send {{\"kind\": …, \"parameters\": {{…}}}} with one of these kinds: {}",
                NAMES.join(", ")
            ),
        })?;
        let characters = kind.parameters().text().chars().count() as u64;
        within("the number of characters in `text`", characters, 0, 500)?;
        kind.parameters().check()?;
        Ok(kind)
    }

    /// The name of the action for its owner.
    pub(crate) fn title(&self) -> String {
        match self.parameters().text() {
            "" => self.name().to_owned(),
            text => format!("{}: {text}", self.name()),
        }
    }
}

/// JSON has only one type of number, so 5.0 is read as the whole number 5.
fn take_whole_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(take_whole_numbers),
        Value::Object(fields) => fields.values_mut().for_each(take_whole_numbers),
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().map(|n| format!("{n}"));
            if let Some(whole) = whole.and_then(|n| n.parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        _ => {}
    }
}
