//! What somebody asks of the showcase, as the key of its answer.

use storage::ids::RecordId;

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// What was shown last first.
    #[default]
    Newest,
    /// What is looked at most first: the hottest few hundred.
    Views,
}

/// Which of a list, and which page.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Facets {
    /// Of one booth.
    pub booth: Option<RecordId>,
    /// A code.
    pub zone: Option<String>,
    /// A code, or one above it.
    pub category: Option<String>,
    /// A code, or one above it.
    pub industry: Option<String>,
    /// The order.
    pub sort: Sort,
    /// Behind what.
    pub cursor: Option<String>,
    /// How many.
    pub limit: u32,
}

impl Facets {
    pub(super) fn page(&self) -> (Option<&str>, u32) {
        (self.cursor.as_deref(), self.limit)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Asked {
    /// The home of a booth.
    Booth(RecordId),
    /// The page of an exhibit.
    Exhibit(RecordId),
    /// Booths.
    Booths(Facets),
    /// Exhibits.
    Exhibits(Facets),
}

impl Asked {
    /// What it takes to keep. **Units**: bytes.
    pub(super) fn bytes(&self) -> usize {
        let texts = match self {
            Self::Booth(_) | Self::Exhibit(_) => 0,
            Self::Booths(Facets { zone, category, industry, cursor, .. })
            | Self::Exhibits(Facets { zone, category, industry, cursor, .. }) => {
                [zone, category, industry, cursor].into_iter().flatten().map(String::len).sum()
            }
        };
        size_of::<Self>() + texts
    }
}
