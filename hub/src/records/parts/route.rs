//! A route is a row: method, path, right, class of limits, handler. The router is made from rows and nothing else, so none
//! stands without a right; each passes the gate before anything of its request is read.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;

use super::caller::{Caller, address, authenticate};
use crate::describe::{Doc, Rules};
use crate::handles::Handles;
use crate::limits::{Class, Counted};
use crate::policy::Right;
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
        let (path, limit) = (rules.path, DefaultBodyLimit::max(rules.body_bytes_max));
        let gate = middleware::from_fn_with_state((handles.clone(), rules), pass);
        router.route(path, handler.layer(limit).layer(gate))
    })
}

type Passing = axum::extract::State<(Handles, Rules)>;

async fn pass(axum::extract::State((handles, rules)): Passing, mut request: Request, next: Next) -> Response {
    let begun = handles.site.clock.tick();
    metrics::counter!("rest_requests_total", "route" => rules.path).increment(1);
    let response = match admit(&handles, &rules, &request) {
        Ok(who) => {
            request.extensions_mut().extend(who);
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    };
    let took = begun.until(handles.site.clock.tick());
    metrics::histogram!("rest_seconds").record(took.as_secs_f64());
    response
}

fn admit(handles: &Handles, rules: &Rules, request: &Request) -> Result<axum::http::Extensions, Failure> {
    let who = authenticate(&handles.gate, request.headers())?;
    let counted =
        Counted { user: who.as_ref().map(|who| who.user), device: 0, address: address(request.extensions())? };
    handles.gate.pass(who.as_ref(), &counted, rules.right, rules.class)?;
    let mut known = axum::http::Extensions::new();
    if let Some(who) = who {
        known.insert(Caller(who));
    }
    Ok(known)
}
