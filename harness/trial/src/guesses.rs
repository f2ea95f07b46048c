//! What the file could say: whose events are, what a yes looks like, and what comes by itself.

use std::collections::BTreeSet;

use reading::flow::scalar;
use targets::file::action::Action;
use targets::file::identity::Owner;
use targets::language::came::Came;
use targets::language::predicate::Predicate;
use targets::language::step::{Act, Granted, Step};
use walk::Answer;

use crate::audience::word;
use crate::finding::Finding;
use crate::seen::Seen;
use crate::stage::{Stage, Trying};
use crate::weigh::OwnerSeen;

impl Trying {
    /// Whose events are.
    pub(crate) fn owner(&mut self, seen: &[OwnerSeen]) {
        let says = self.target().owner;
        let at = self.file.spot(&["owner"]);
        let wrong: Vec<&OwnerSeen> = seen
            .iter()
            .filter(|one| !one.fits.contains(&says))
            .collect();
        let all = [Owner::Session, Owner::User, Owner::Tab].into_iter();
        let common = { all }.find(|owner| seen.iter().all(|one| one.fits.contains(owner)));
        let Some(first) = wrong.first() else { return };
        if let Some(found) = common {
            let (found, says) = (word(found), word(says));
            let what = format!(
                "`{}` came {}, and `owner` is `{says}`",
                first.event,
                whose(found)
            );
            let fix = match at {
                Some(_) => format!("write `owner: {found}`"),
                None => format!("add `owner: {found}`: without it, it is `session`"),
            };
            self.notes
                .finding(Finding::mistake(at.or(first.at), what, fix));
            return;
        }
        for one in wrong {
            let found = one.fits.first().map_or("tab", |owner| word(*owner));
            let what = format!(
                "`{}` came {}, and the owner is `{}`",
                one.event,
                whose(found),
                word(says)
            );
            let fix = format!("write `to: {found}`");
            self.notes.finding(Finding::mistake(one.at, what, fix));
        }
    }

    /// Where the file does not say what a yes looks like: whether the target acknowledges.
    pub(crate) async fn granted(
        &mut self,
        name: &str,
        action: &Action,
        stage: &Stage,
        answer: Option<&Answer>,
    ) {
        if !matches!(answer, Some(Answer::Asked))
            || !action.takes.iter().all(|(_, takes)| is_free(takes))
        {
            return;
        }
        let Some(last) = action.way.act.last() else {
            return;
        };
        if matches!(last.act, Some(Act::Send(_))) {
            let why = format!(
                "nothing answers the frame of `{name}`, and nothing of it is due before something does; if something does, write `granted: {{event: …}}`"
            );
            self.notes.guess(Some(last.at), "granted: none", why);
            return;
        }
        if !matches!(last.act, Some(Act::Emit(_))) {
            return;
        }
        let Some(any) = any_ack() else { return };
        let mut asking = action.clone();
        if let Some(last) = asking.way.act.last_mut() {
            last.granted = Some(Granted::When(any));
            last.within = Some(std::time::Duration::from_secs(1));
        }
        let Some(tab) = self.users.first().and_then(|(user, _)| stage.tab_of(user)) else {
            return;
        };
        let marker = crate::sought::Sought::new("try", targets::file::action::Shape::Text);
        let given = std::collections::BTreeMap::new();
        tab.at_its_pace().await;
        let acted = tab.act(name, &asking, None, &given, &marker.text).await;
        let at = Some(last.at);
        match acted {
            Ok(act) if act.told.answer == Answer::Yes => {
                let says = format!("granted: {}", yes(&act.told.came));
                self.notes
                    .guess(at, says, format!("`{name}` is acknowledged"));
            }
            Ok(_) => {
                self.notes
                    .guess(at, "granted: none", format!("`{name}` is not acknowledged"));
            }
            // The action itself has told why.
            Err(_) => {}
        }
    }

    /// Events that no part of the file names.
    pub(crate) fn ambient(&mut self) {
        let known = self.named_events();
        let seen = self.eyes.since(0);
        let names: BTreeSet<&str> = seen.iter().filter_map(Seen::event).collect();
        let guessed = self.notes.guesses.clone();
        let is_guessed = |name: &str| {
            let begins = format!("{}: {{to:", scalar(name));
            guessed.iter().any(|guess| guess.says.starts_with(&begins))
        };
        let names = names.into_iter().filter(|name| !known.contains(*name));
        for name in names.filter(|name| !is_guessed(name)) {
            let places: BTreeSet<String> = { seen.iter() }
                .filter(|seen| seen.event() == Some(name))
                .map(|seen| crate::seen::named(&seen.at))
                .collect();
            let at = self.file.spot(&["ambient"]);
            let places: Vec<String> = places.into_iter().collect();
            let because = format!(
                "nobody declared `{name}`, which came to {}",
                crate::shape::listed(&places, "")
            );
            self.notes
                .guess(at, format!("ambient: [{}]", scalar(name)), because);
        }
    }

    fn named_events(&self) -> BTreeSet<String> {
        let target = self.target();
        let mut all: BTreeSet<String> = target.ambient.iter().cloned().collect();
        // The usual names of a message that has none.
        all.extend(["answer", "message"].map(str::to_owned));
        all.extend(target.public.iter().cloned());
        all.extend(target.leaks.keys().cloned());
        let places = target.freed.iter().chain(&target.never);
        all.extend(places.filter_map(|places| places.event.clone()));
        all.extend(
            target
                .secrets
                .iter()
                .filter_map(|secret| match &secret.from {
                    targets::file::secrets::SecretFrom::Event(name, _) => Some(name.clone()),
                    targets::file::secrets::SecretFrom::Kept(_) => None,
                }),
        );
        for (_, action) in &target.actions {
            all.extend(action.yields.iter().map(|(name, _)| name.clone()));
            all.extend(
                action
                    .way
                    .id
                    .iter()
                    .filter_map(|id| id.event())
                    .map(str::to_owned),
            );
            events_of(&action.way.act, &mut all);
            events_of(&action.way.stop, &mut all);
        }
        events_of(target.login.iter().flatten(), &mut all);
        events_of(&target.open, &mut all);
        for (_, group) in &target.groups {
            let steps = group.create.iter().chain(&group.join).chain(&group.leave);
            events_of(steps, &mut all);
            all.extend(
                group
                    .lost
                    .iter()
                    .flat_map(Predicate::events)
                    .map(str::to_owned),
            );
        }
        for (_, socket) in &target.sockets {
            all.extend(socket.answers.iter().map(|(name, _)| name.clone()));
            let ack = socket.frame.as_ref().and_then(|frame| frame.ack.as_ref());
            all.extend(ack.and_then(|ack| ack.event.clone()));
            all.extend(
                socket
                    .refused
                    .iter()
                    .flat_map(Predicate::events)
                    .map(str::to_owned),
            );
        }
        all
    }
}

fn whose(word: &str) -> &'static str {
    match word {
        "tab" => "only to the tab that acted",
        "session" => "to every tab of the session",
        _ => "to every session of the user",
    }
}

fn events_of<'a>(steps: impl IntoIterator<Item = &'a Step>, all: &mut BTreeSet<String>) {
    for step in steps {
        let granted = match &step.granted {
            Some(Granted::When(predicate)) => Some(predicate),
            _ => None,
        };
        let awaited = match &step.act {
            Some(Act::Await(predicate)) => Some(predicate),
            _ => None,
        };
        let predicates = [granted, step.refused.as_ref(), awaited]
            .into_iter()
            .flatten();
        all.extend(predicates.flat_map(Predicate::events).map(str::to_owned));
    }
}

const fn is_free(takes: &targets::file::action::Takes) -> bool {
    use targets::file::action::Takes;
    matches!(takes, Takes::Marker(_) | Takes::Value(_))
}

fn any_ack() -> Option<Predicate> {
    let node = reading::node::read("{ack: any}").ok()?;
    Predicate::read(&node, "granted").ok()
}

/// What this acknowledgement says, as a predicate.
fn yes(came: &Came) -> String {
    let first = came.ack.as_ref().and_then(|ack| ack.first());
    let entries = first.and_then(|first| first.as_object());
    let known = ["ok", "success", "status"];
    let found = known
        .iter()
        .find_map(|key| Some((key, entries?.get(*key)?)));
    match found {
        Some((key, value)) if value.is_boolean() || value.is_string() => {
            format!("{{ack: {{/{key}: {value}}}}}")
        }
        _ => "{ack: any}".to_owned(),
    }
}
