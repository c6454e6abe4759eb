//! Objects named in a path, loaded for whoever asks: what is foreign is not found, by construction.

use std::collections::HashMap;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use fair::personnel::View;
use storage::ids::{EnterpriseId, UserId};

use super::caller::Caller;
use crate::code::Code;
use crate::principal::{Kind, Principal};
use crate::wire::Failure;

/// An object that the caller may know of. What they may do with it their right has said.
pub trait Scoped: Sized + Send {
    /// The object that the path names.
    ///
    /// # Errors
    /// `not_found` when there is none, or it is not the caller's to see.
    fn find(who: &Principal, path: &HashMap<String, String>) -> Result<Self, Failure>;
}

/// The extractor.
#[derive(Debug)]
pub struct Found<T>(pub T);

impl<T: Scoped, S: Send + Sync> FromRequestParts<S> for Found<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Caller(who) = Caller::from_request_parts(parts, state).await?;
        let path = Path::<HashMap<String, String>>::from_request_parts(parts, state).await;
        let Path(path) = path.map_err(|_unreadable| Failure::from(Code::NotFound))?;
        T::find(&who, &path).map(Self)
    }
}

/// An id in a path; what is none is not found.
///
/// # Errors
/// `not_found`.
pub fn id<T: FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_no_id| Code::NotFound.into())
}

fn named<T: FromStr>(path: &HashMap<String, String>, name: &str) -> Result<T, Failure> {
    id(path.get(name).map_or("", String::as_str))
}

/// `{id}`: the caller's own team; any other is not theirs to see.
#[derive(Debug, Clone, Copy)]
pub struct OwnTeam(pub EnterpriseId);

impl Scoped for OwnTeam {
    fn find(who: &Principal, path: &HashMap<String, String>) -> Result<Self, Failure> {
        let enterprise = named(path, "id")?;
        if who.enterprise == Some(enterprise) { Ok(Self(enterprise)) } else { Err(Code::NotFound.into()) }
    }
}

/// `{id}` and `{uid}`: somebody of the caller's own team. Whether that one exists the accounts say, likewise `not_found`.
#[derive(Debug, Clone, Copy)]
pub struct Colleague {
    /// The team.
    pub enterprise: EnterpriseId,
    /// The person.
    pub user: UserId,
}

impl Scoped for Colleague {
    fn find(who: &Principal, path: &HashMap<String, String>) -> Result<Self, Failure> {
        let OwnTeam(enterprise) = OwnTeam::find(who, path)?;
        Ok(Self { enterprise, user: named(path, "uid")? })
    }
}

/// `{id}`: a team whose people the caller may see, and how: their own, the committee any.
#[derive(Debug, Clone, Copy)]
pub struct SeenTeam {
    /// The team.
    pub enterprise: EnterpriseId,
    /// As a colleague, or overseeing them.
    pub view: View,
}

impl Scoped for SeenTeam {
    fn find(who: &Principal, path: &HashMap<String, String>) -> Result<Self, Failure> {
        if who.kind == Kind::Committee {
            return Ok(Self { enterprise: named(path, "id")?, view: View::Overseer });
        }
        let OwnTeam(enterprise) = OwnTeam::find(who, path)?;
        Ok(Self { enterprise, view: if who.admin { View::Overseer } else { View::Colleague } })
    }
}

/// `{id}` and `{uid}`: somebody of a team as [`SeenTeam`]. Whether that one exists the personnel say.
#[derive(Debug, Clone, Copy)]
pub struct SeenPerson {
    /// The team, and how its people are seen.
    pub team: SeenTeam,
    /// The person.
    pub user: UserId,
}

impl Scoped for SeenPerson {
    fn find(who: &Principal, path: &HashMap<String, String>) -> Result<Self, Failure> {
        Ok(Self { team: SeenTeam::find(who, path)?, user: named(path, "uid")? })
    }
}
