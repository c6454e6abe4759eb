//! What a row says of itself beside its path and its right: what it takes, what it gives, which versions it minds.
//!
//! `says("Signs in").takes::<SignIn>().gives::<Tokens>(201)`

use std::collections::BTreeMap;

use axum::http::Method;
use fair::form::Form;
use serde_json::{Value, json};
use utoipa::openapi::path::ParameterIn;
use utoipa::{IntoParams, ToSchema};

use crate::code::Code;
use crate::limits::Class;
use crate::policy::Right;
use crate::schema::{Named, page_of, widened};

/// The body of a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Takes {
    /// None; one that is sent all the same is not read.
    #[default]
    Nothing,
    /// An object of this schema.
    Json(Value),
    /// An object of this schema, or nothing, which is `{}`.
    MaybeJson(Value),
    /// Bytes of this media type, such as `image/*`.
    Bytes(&'static str),
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Gives {
    /// No body.
    Nothing,
    /// An object of this schema.
    Json(Value),
    /// Bytes of this media type.
    Bytes(&'static str),
}

/// What a row says.
#[derive(Debug, Clone, Default)]
pub struct Doc {
    /// In one line, for people.
    pub summary: &'static str,
    /// The parameters of its query, as OpenAPI says them.
    pub query: Vec<Value>,
    /// Its body.
    pub takes: Takes,
    /// Its answers by their status.
    pub gives: BTreeMap<u16, Gives>,
    /// What it refuses beyond what its row says already.
    pub refuses: Vec<Code>,
    /// Whether it answers with an `ETag`, and says 304 to whoever holds that.
    pub is_tagged: bool,
    /// Whether it minds `If-Match`, and whether it asks for one.
    pub if_match: Option<bool>,
    /// Whether it takes an `Idempotency-Key`.
    pub is_once: bool,
    /// Whether it answers a page, with `Link`.
    pub is_paged: bool,
    /// Which operations its answer leads to, by their ids, and with what: OpenAPI's links.
    pub leads: Vec<(&'static str, Value)>,
    /// The schemas that it names.
    pub named: Named,
}

/// What a route's row says beside its handler.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The method.
    pub method: Method,
    /// The path, with `{name}` for its parameters.
    pub path: &'static str,
    /// Who may.
    pub right: Right,
    /// How often.
    pub class: Class,
    /// The longest body. **Units**: bytes.
    pub body_bytes_max: usize,
    /// What it takes and gives.
    pub doc: Option<Doc>,
}

/// The beginning of a row's description: what it does, in one line.
#[must_use]
pub fn says(summary: &'static str) -> Doc {
    Doc { summary, ..Doc::default() }
}

impl Doc {
    /// A query of these parameters.
    #[must_use]
    pub fn query<T: IntoParams>(mut self) -> Self {
        let params = T::into_params(|| Some(ParameterIn::Query));
        self.query.extend(params.iter().filter_map(|param| serde_json::to_value(param).ok()).map(widened));
        self
    }

    /// A body of this type.
    #[must_use]
    pub fn takes<T: ToSchema>(mut self) -> Self {
        self.takes = Takes::Json(self.named.of::<T>());
        self
    }

    /// A body of this form.
    #[must_use]
    pub fn form(mut self, form: &Form) -> Self {
        self.named.clashes.extend(form.mistakes());
        self.takes = Takes::Json(self.named.add(form.name, form.schema()));
        self
    }

    /// A merge patch of what was made with this form.
    #[must_use]
    pub fn patch(mut self, form: &Form) -> Self {
        self.takes = Takes::Json(self.named.add(&format!("{}Patch", form.name), form.patch_schema()));
        self
    }

    /// A body of what of this form is filled so far: a draft, or a merge patch of one.
    #[must_use]
    pub fn draft(mut self, form: &Form) -> Self {
        self.named.clashes.extend(form.mistakes());
        self.takes = Takes::Json(self.named.add(&format!("{}Draft", form.name), form.draft_schema()));
        self
    }

    /// A body of this schema.
    #[must_use]
    pub fn takes_value(mut self, schema: Value) -> Self {
        self.takes = Takes::Json(schema);
        self
    }

    /// A body that may be left out, of this schema.
    #[must_use]
    pub fn may_take(mut self, schema: Value) -> Self {
        self.takes = Takes::MaybeJson(schema);
        self
    }

    /// A body of bytes.
    #[must_use]
    pub fn takes_bytes(mut self, media: &'static str) -> Self {
        self.takes = Takes::Bytes(media);
        self
    }

    /// An answer of this type.
    #[must_use]
    pub fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        let schema = self.named.of::<T>();
        self.gives_value(status, schema)
    }

    /// An answer of this schema.
    #[must_use]
    pub fn gives_value(mut self, status: u16, schema: Value) -> Self {
        self.gives.insert(status, Gives::Json(schema));
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn gives_nothing(mut self, status: u16) -> Self {
        self.gives.insert(status, Gives::Nothing);
        self
    }

    /// Bytes of this media type.
    #[must_use]
    pub fn gives_bytes(mut self, status: u16, media: &'static str) -> Self {
        self.gives.insert(status, Gives::Bytes(media));
        self
    }

    /// A page of this type's.
    #[must_use]
    pub fn lists<T: ToSchema>(mut self) -> Self {
        let item = self.named.of::<T>();
        self.lists_value(&item)
    }

    /// A page of items of this schema.
    #[must_use]
    pub fn lists_value(mut self, item: &Value) -> Self {
        self.is_paged = true;
        self.gives_value(200, page_of(item))
    }

    /// Leads to an operation: each of its parameters is found in the answer by a pointer, or is the own one of that name
    /// (`=`).
    #[must_use]
    pub fn leads_to(mut self, operation: &'static str, parameters: &[(&str, &str)]) -> Self {
        let place = |(name, pointer): &(&str, &str)| match *pointer {
            "=" => ((*name).to_owned(), json!(format!("$request.path.{name}"))),
            pointer => ((*name).to_owned(), json!(format!("$response.body#{pointer}"))),
        };
        let parameters: serde_json::Map<_, _> = parameters.iter().map(place).collect();
        self.leads.push((operation, json!({"operationId": operation, "parameters": parameters})));
        self
    }

    /// Leads to an operation that is sent this, in which `$response.body#/...` stands for what the answer has there.
    #[must_use]
    pub fn leads_with(mut self, operation: &'static str, body: &Value) -> Self {
        self.leads.push((operation, json!({"operationId": operation, "requestBody": body})));
        self
    }

    /// Refuses with these codes too.
    #[must_use]
    pub fn refuses(mut self, codes: &[Code]) -> Self {
        self.refuses.extend_from_slice(codes);
        self
    }

    /// Answers with an `ETag`.
    #[must_use]
    pub const fn tagged(mut self) -> Self {
        self.is_tagged = true;
        self
    }

    /// Minds `If-Match`; `required`: asks for one.
    #[must_use]
    pub const fn if_match(mut self, required: bool) -> Self {
        self.if_match = Some(required);
        self
    }

    /// Takes an `Idempotency-Key`.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.is_once = true;
        self
    }

    /// Answers a page, with `Link`.
    #[must_use]
    pub const fn paged(mut self) -> Self {
        self.is_paged = true;
        self
    }
}
