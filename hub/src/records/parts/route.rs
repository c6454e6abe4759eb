//! A route is a row: method, path, right, class of limits, handler. The router is made from rows and nothing else, so none
//! stands without a right; each passes the gate before anything of its request is read.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;

use super::caller::{Caller, address, authenticate};
use crate::describe::{Doc, Rules};
use crate::handles::Handles;
use crate::limits::{Class, Counted};
use crate::policy::Right;
use crate::principal::Principal;
use crate::wire::Failure;

/// No body of a route is longer unless its row says so. **Units**: bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// A row.
pub struct Route {
    /// What it says.
    pub rules: Rules,
    /// What it does.
    pub handler: MethodRouter<Handles>,
}

impl Route {
    /// A row with the common bound on bodies.
    #[must_use]
    pub const fn new(
        method: Method,
        path: &'static str,
        right: Right,
        class: Class,
        handler: MethodRouter<Handles>,
    ) -> Self {
        Self { rules: Rules { method, path, right, class, body_bytes_max: BODY_BYTES_MAX, doc: None }, handler }
    }

    /// The same with another bound.
    #[must_use]
    pub const fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.rules.body_bytes_max = bytes;
        self
    }

    /// The same with what it takes and gives.
    #[must_use]
    pub fn doc(mut self, doc: Doc) -> Self {
        self.rules.doc = Some(doc);
        self
    }
}

/// Rows: `METHOD "path" Right Class => handler, says("What it does").takes::<Body>().gives::<Answer>(200);`
#[macro_export]
macro_rules! routes {
    ($($method:ident $path:literal $right:ident $class:ident => $handler:expr $(, $doc:expr)?;)*) => {
        vec![$($crate::records::parts::Route::new(
            axum::http::Method::$method,
            $path,
            $crate::policy::Right::$right,
            $crate::limits::Class::$class,
            axum::routing::on(
                axum::routing::MethodFilter::$method,
                $handler,
            ),
        )$(.doc($doc))?),*]
    };
}

/// The router of these rows.
pub fn build(handles: &Handles, rows: Vec<Route>) -> Router<Handles> {
    rows.into_iter().fold(Router::new(), |router, Route { rules, handler }| {
        let Rules { path, right, class, body_bytes_max, .. } = rules;
        let door = Arc::new(Door { handles: handles.clone(), path, right, class, meters: OnceLock::new() });
        let gate = middleware::from_fn_with_state(door, pass);
        router.route(path, handler.layer(DefaultBodyLimit::max(body_bytes_max)).layer(gate))
    })
}

/// What stands before one route. Shared by its requests: of a row's description each would carry a copy otherwise.
struct Door {
    handles: Handles,
    path: &'static str,
    right: Right,
    class: Class,
    /// Looked up with the first request: routes are built before anything is collected.
    meters: OnceLock<Meters>,
}

struct Meters {
    requests: metrics::Counter,
    seconds: metrics::Histogram,
}

impl Door {
    fn meters(&self) -> &Meters {
        self.meters.get_or_init(|| Meters {
            requests: metrics::counter!("rest_requests_total", "route" => self.path),
            seconds: metrics::histogram!("rest_seconds"),
        })
    }

    fn admit(&self, request: &Request) -> Result<Option<Principal>, Failure> {
        let gate = &self.handles.gate;
        let who = authenticate(gate, request.headers())?;
        let user = who.as_ref().map(|who| who.user);
        let counted = Counted { user, device: 0, address: address(request.extensions())? };
        gate.pass(who.as_ref(), &counted, self.right, self.class)?;
        Ok(who)
    }
}

async fn pass(State(door): State<Arc<Door>>, mut request: Request, next: Next) -> Response {
    let clock = &door.handles.site.clock;
    let begun = clock.tick();
    door.meters().requests.increment(1);
    let response = match door.admit(&request) {
        Ok(who) => {
            if let Some(who) = who {
                request.extensions_mut().insert(Caller(who));
            }
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    };
    door.meters().seconds.record(begun.until(clock.tick()).as_secs_f64());
    response
}
