//! The closed vocabularies of an account, and how each lives in a column. Never a rule about what they may do.

use storage::vocabulary;
pub use storage::words::{Duty, NotAWord};

vocabulary! {
    /// The class of an account, and of the team it belongs to. **Source**: SPEC 2.1.
    Kind {
        /// 企业用户: belongs to an enterprise.
        Enterprise = "enterprise",
        /// 个人用户: belongs to nobody.
        Individual = "individual",
        /// 媒体用户: a journalist; belongs to nobody.
        Media = "media",
        /// 机构用户: belongs to a host or organising institution or a delegation.
        Institution = "institution",
        /// 组委会: the organising committee.
        Committee = "committee",
    }
}

vocabulary! {
    /// What an institution is to the fair. **Source**: SPEC 2.1, L141.
    Role {
        /// 承办机构: holds a part of the fair.
        Host = "host",
        /// 组展机构, also 承展机构: brings exhibitors of a trade.
        Organiser = "organiser",
        /// 省市代表团: of a province or a city.
        Delegation = "delegation",
        /// 国别代表团: of a country.
        CountryDelegation = "country_delegation",
    }
}

vocabulary! {
    /// Whether an account may be used.
    State {
        /// In use.
        Active = "active",
        /// Deleted by its administrator; its record stays, because entries name it.
        Deleted = "deleted",
    }
}
