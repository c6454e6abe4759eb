//! What others see, as rows: not sealed, for it is public. Declares only.

use storage::ids::{Millis, RecordId};
use storage::vocabulary;

vocabulary! {
    /// Whether others see something, as far as it says itself.
    Standing {
        /// They do.
        Public = "public",
        /// It is reviewed again, or was refused: they see what was approved before, with the fair set so.
        InReview = "in_review",
        /// They do not.
        Hidden = "hidden",
    }
}

storage::table! {
    /// What others see of a booth or an exhibit, as the record's version says it; the later version stands.
    pub ShowcasePages: ordered, clustered, "showcase_pages", version 1;
    partition ShowcasePagePart {
        /// of the record.
        kind: String,
        id: RecordId,
    }
    clustering ShowcasePageKey {}
    row ShowcasePageRow {
        standing: Standing,
        /// of an exhibit; of a booth its own.
        booth: RecordId,
        zone: String,
        /// JSON: what a list shows of it.
        card: String,
        /// JSON: its page.
        page: String,
    }
    patch ShowcasePagePatch
}

storage::table! {
    /// Booths and exhibits in the lists that others see, each in every list that it ever was in. Written with the record's
    /// version, as [`ShowcasePages`].
    pub ShowcaseLists: ordered, clustered, "showcase_lists", version 1;
    partition ShowcaseListPart {
        /// the kind, and behind it such as `zone/<code>`.
        list: String,
    }
    clustering ShowcaseListKey {
        /// for the first time.
        published: Millis,
        id: RecordId,
    }
    row ShowcaseListRow {
        /// in this list.
        standing: Standing,
        booth: RecordId,
        /// all lists that it is in, one a line.
        facets: String,
        /// JSON.
        card: String,
    }
    patch ShowcaseListPatch
}
