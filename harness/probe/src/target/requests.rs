//! Which request of the target file a given method and path is.

use super::call::fits;
use super::file::Target;

impl Target {
    /// The status that means yes for this request, if the target file describes it.
    #[must_use]
    pub fn granted(&self, method: &str, path: &str) -> Option<u16> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let actions = &self.actions;
        let calls = [&actions.start, &actions.stop, &self.logout].into_iter();
        let calls = calls
            .chain(&actions.list)
            .map(|call| (call.method.as_str(), call.path.as_str(), call.granted));
        let upload = self.upload.iter();
        let upload = upload.map(|upload| ("POST", upload.path.as_str(), upload.granted));
        let login = ("POST", self.login.page.as_str(), self.login.granted);
        let mut all = calls.chain(upload).chain([login]);
        all.find(|(its, template, _)| *its == method && fits(template, path))
            .map(|(.., granted)| granted)
    }

    /// Whether this request stops an action.
    #[must_use]
    pub fn stops(&self, method: &str, path: &str) -> bool {
        let stop = &self.actions.stop;
        let path = path.split(['?', '#']).next().unwrap_or_default();
        stop.method == method && fits(&stop.path, path)
    }

    /// The action's id in a concrete path, if the target puts it there: directly after the text before `{id}` in the
    /// path that stops an action.
    #[must_use]
    pub fn id_in_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (before, _) = self.actions.stop.path.split_once("{id}")?;
        let id = path
            .strip_prefix(before)?
            .split(['/', '?', '&', '#'])
            .next();
        id.filter(|id| !id.is_empty())
    }
}
