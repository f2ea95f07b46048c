//! What the target file says of requests and events that a scenario writes out itself.

use serde_json::Value;
use targets::file::action::Way;
use targets::language::came::Came;
use targets::language::predicate::Fit;
use targets::language::step::{Act, Body as StepBody, Granted, Step};
use targets::language::template::Name;

use crate::browser::Ask;
use crate::site::Site;

/// How a file is uploaded.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The request, without the file.
    pub ask: Ask,
    /// The form's field for the file.
    pub field: String,
}

impl Site {
    fn ways(&self) -> impl Iterator<Item = &Way> {
        let actions = self.target().actions.iter();
        actions.flat_map(|(_, action)| {
            std::iter::once(&action.way).chain(action.ways.iter().map(|(_, way)| way))
        })
    }

    /// The step of the file whose request this is.
    pub(crate) fn described(&self, method: &str, path: &str) -> Option<&Step> {
        let target = self.target();
        let of_ways = self.ways().flat_map(|way| way.stop.iter().chain(&way.act));
        let reads = target.actions.iter().flat_map(|(_, action)| &action.read);
        let surfaces = target
            .surfaces
            .iter()
            .filter_map(|(_, surface)| surface.as_ref());
        let steps = of_ways
            .chain(reads)
            .chain(&target.logout)
            .chain(target.login.iter().flatten())
            .chain(surfaces.map(|surface| &surface.step));
        { steps }.find(|step| asks(step, method, path).is_some())
    }

    /// Whether a request stops an action, by the file, and the id in its path.
    #[must_use]
    pub fn stops(&self, method: &str, path: &str) -> Option<Option<String>> {
        let mut steps = self.ways().flat_map(|way| &way.stop);
        steps.find_map(|step| asks(step, method, path))
    }

    /// The id of an action in a path that the file describes.
    #[must_use]
    pub fn id_in(&self, method: &str, path: &str) -> Option<String> {
        let known = self
            .described(method, path)
            .and_then(|step| asks(step, method, path));
        if let Some(id) = known {
            return id;
        }
        // Another method at such a path is about the same action.
        let mut steps = self.ways().flat_map(|way| &way.stop);
        steps.find_map(|step| match &step.act {
            Some(Act::Request(request)) => asks(step, request.method.as_str(), path)?,
            _ => None,
        })
    }

    /// Whether anybody may ask for this: a login, or a page that the file calls public.
    #[must_use]
    pub fn is_public(&self, method: &str, path: &str) -> bool {
        const PUBLIC: [&str; 4] = ["public page", "static file", "unknown path", "health"];
        let target = self.target();
        let surfaces = target.surfaces.iter();
        let public = surfaces.filter(|(name, _)| PUBLIC.contains(&name.as_str()));
        let steps = public
            .filter_map(|(_, surface)| surface.as_ref().map(|surface| &surface.step))
            .chain(target.login.iter().flatten());
        { steps }.any(|step| asks(step, method, path).is_some())
    }

    /// How a file is uploaded, where the file says so.
    #[must_use]
    pub fn upload(&self) -> Option<Upload> {
        let mut surfaces = self.target().surfaces.iter();
        let (_, surface) = surfaces.find(|(name, _)| name == "upload")?;
        let Some(Act::Request(request)) = &surface.as_ref()?.step.act else {
            return None;
        };
        let StepBody::File(field) = &request.body else {
            return None;
        };
        Some(Upload {
            ask: Ask {
                method: request.method.as_str().to_owned(),
                path: request.path.plain()?.to_owned(),
                ..Ask::default()
            },
            field: field.clone(),
        })
    }

    /// Whether an event of this name stops an action.
    #[must_use]
    pub fn stops_by_emit(&self, event: &str) -> bool {
        let mut steps = self.ways().flat_map(|way| &way.stop);
        steps.any(|step| emits(step, event))
    }

    /// Whether an acknowledgement of this event says yes: as the file says of the event, or of the whole socket.
    #[must_use]
    pub fn grants_ack(&self, event: &str, ack: &[Value]) -> bool {
        let came = Came {
            ack: Some(ack.to_vec()),
            ..Came::default()
        };
        let target = self.target();
        let of_ways = self.ways().flat_map(|way| way.stop.iter().chain(&way.act));
        let groups = target
            .groups
            .iter()
            .flat_map(|(_, group)| group.create.iter().chain(&group.join).chain(&group.leave));
        let resumes = target.sockets.iter().flat_map(|(_, socket)| &socket.resume);
        let resumes = resumes.flat_map(|resume| resume.open.iter().flatten());
        let mut steps = of_ways.chain(groups).chain(&target.open).chain(resumes);
        let step = steps.find(|step| emits(step, event));
        let fits = |predicate: &targets::language::predicate::Predicate| {
            predicate.fits(&came, &mut walk::Nothing) == Ok(Fit::Yes)
        };
        let of_sockets = target
            .sockets
            .iter()
            .filter_map(|(_, socket)| socket.refused.as_ref());
        if step
            .and_then(|step| step.refused.as_ref())
            .is_some_and(fits)
            || { of_sockets }.any(fits)
        {
            return false;
        }
        match step.and_then(|step| step.granted.as_ref()) {
            Some(Granted::When(granted)) => fits(granted),
            _ => true,
        }
    }
}

fn emits(step: &Step, event: &str) -> bool {
    matches!(&step.act, Some(Act::Emit(emit)) if emit.event.plain() == Some(event))
}

/// Whether the step is this request; and the id in its path, if it has one.
fn asks(step: &Step, method: &str, path: &str) -> Option<Option<String>> {
    let Some(Act::Request(request)) = &step.act else {
        return None;
    };
    if request.method.as_str() != method {
        return None;
    }
    let found = request.path.captures(path)?;
    let mut ids = found.iter().filter(
        |(name, _)| matches!(name, Name::Kept(kept) if kept.of.is_none() && kept.name == "id"),
    );
    Some(ids.next().map(|(_, id)| (*id).to_owned()))
}
