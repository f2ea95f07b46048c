//! An audience that would have let somebody see something, as the target file writes it.

use targets::Target;
use targets::file::action::{Action, Takes};
use targets::file::identity::{Owner, Strangers};
use targets::language::audience::Scope;

use super::stands::Stands;

/// The scope of the language for who stands like this.
pub(super) fn scope(stands: &Stands, action: &Action) -> Option<Scope> {
    Some(match stands {
        Stands::Acting => Scope::Tab,
        Stands::Session => Scope::Session,
        Stands::User => Scope::User,
        Stands::Named(parameter) => match action.parameter(parameter)? {
            Takes::Tab => Scope::TabOf(parameter.clone()),
            Takes::Session => Scope::SessionOf(parameter.clone()),
            _ => Scope::UserOf(parameter.clone()),
        },
        Stands::Member(group) | Stands::Late(group) => Scope::Group(group.clone()),
        Stands::Other => Scope::Everyone,
        Stands::Stranger => Scope::Anybody,
        Stands::Gone(_) => return None,
    })
}

/// These scopes without those that another one has in it.
pub(super) fn joined(scopes: Vec<Scope>, target: &Target) -> Vec<Scope> {
    let mut all: Vec<Scope> = Vec::new();
    for scope in scopes {
        if all.iter().any(|known| has(known, &scope, target)) {
            continue;
        }
        all.retain(|known| !has(&scope, known, target));
        all.push(scope);
    }
    all
}

/// How far a scope of the acting tab reaches.
const fn rank(scope: &Scope, target: &Target) -> Option<u8> {
    Some(match scope {
        Scope::Tab => 0,
        Scope::Session => 1,
        Scope::User => 2,
        Scope::Owner => match target.owner {
            Owner::Tab => 0,
            Owner::Session => 1,
            Owner::User => 2,
        },
        _ => return None,
    })
}

/// Whether one scope has the other in it.
pub(super) fn has(scope: &Scope, other: &Scope, target: &Target) -> bool {
    if scope == other {
        return true;
    }
    match (scope, other) {
        (Scope::Anybody, _) => true,
        (Scope::Everyone, Scope::Anybody) => false,
        // A stranger who acts is not everyone.
        (Scope::Everyone, _) => {
            target.login.is_none()
                || target.strangers == Strangers::Refused
                || rank(other, target).is_none()
        }
        (Scope::UserOf(of), Scope::SessionOf(other) | Scope::TabOf(other))
        | (Scope::SessionOf(of), Scope::TabOf(other)) => of == other,
        _ => match (rank(scope, target), rank(other, target)) {
            (Some(one), Some(other)) => one >= other,
            _ => false,
        },
    }
}

/// The audience as the file writes it.
pub(super) fn written(scopes: &[Scope]) -> String {
    let one = |scope: &Scope| match scope {
        Scope::Tab => "tab".to_owned(),
        Scope::Session => "session".to_owned(),
        Scope::User => "user".to_owned(),
        Scope::Owner => "owner".to_owned(),
        Scope::TabOf(name) => format!("{{tab: {}}}", word(name)),
        Scope::SessionOf(name) => format!("{{session: {}}}", word(name)),
        Scope::UserOf(name) => format!("{{user: {}}}", word(name)),
        Scope::Group(name) => format!("{{group: {}}}", word(name)),
        Scope::TheGroup(kind, name) => format!("{{group: {{{}: {}}}}}", word(kind), word(name)),
        Scope::Everyone => "everyone".to_owned(),
        Scope::Anybody => "anybody".to_owned(),
    };
    match scopes {
        [only] => one(only),
        all => format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// A name as YAML reads it: bare, or in quotes.
pub(super) fn word(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b" _-./".contains(&byte);
    let first = name.bytes().next();
    let is_bare = first.is_some_and(|byte| byte.is_ascii_alphabetic())
        && name.bytes().all(is_plain)
        && !name.ends_with(' ')
        && !matches!(name, "true" | "false" | "null" | "True" | "False" | "Null");
    if is_bare {
        name.to_owned()
    } else {
        serde_json::Value::from(name).to_string()
    }
}
