//! The surface that a scenario names.

use super::Need;
use crate::file::surface::Surface;
use crate::target::Target;

impl Target {
    /// The surface of this name, one of `file::surface::KNOWN`.
    #[must_use]
    pub fn surface(&self, name: &str) -> Need<&Surface> {
        let found = self.surfaces.iter().find(|(known, _)| known == name);
        match found {
            Some((_, Some(surface))) => Need::Found(surface),
            Some((_, None)) => Need::NotApplicable(format!("{name}: none")),
            None => Need::NotMentioned(vec![
                format!("surfaces: {{{name}: {{get: /path}}}}"),
                format!("surfaces: {{{name}: none}}"),
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surface_is_there_or_none_or_not_mentioned() {
        let text = "target: x\nlogin: none\nactions: {}\nsurfaces:\n  upload: none\n  private page: {get: /home}\n  \
                    static file: [{get: /, keep: {style: {match: 'href=\"([^\"]+)'}}}, {get: \"{style}\"}]\n";
        let target = crate::parse(text).expect("a target");
        assert!(matches!(target.surface("private page"), Need::Found(_)));
        let file = target.surface("static file").found().expect("there");
        assert_eq!(file.before.len(), 1);
        assert!(
            matches!(target.surface("upload"), Need::NotApplicable(word) if word == "upload: none")
        );
        let Need::NotMentioned(lines) = target.surface("health") else {
            panic!("not mentioned");
        };
        for line in lines {
            let with = format!("target: x\nlogin: none\nactions: {{}}\n{line}\n");
            let target = crate::parse(&with).expect("a target");
            assert!(
                !matches!(target.surface("health"), Need::NotMentioned(_)),
                "{line}"
            );
        }
    }
}
