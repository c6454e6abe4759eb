//! What others see of a booth and of an exhibit, as values: made of a record's approved fields, kept as JSON.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use storage::ids::{EnterpriseId, Millis, RecordId, UploadId};
use utoipa::ToSchema;

use crate::accounts::Enterprise;
use crate::day::written;

/// The enterprise behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseTeam)]
pub struct Team {
    /// Which.
    pub id: EnterpriseId,
    /// Its name.
    pub name: String,
    /// Its English name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
}

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcasePicture)]
pub struct Picture {
    /// The upload.
    pub id: UploadId,
    /// **Units**: pixels.
    pub width: u32,
    /// **Units**: pixels.
    pub height: u32,
}

/// 联系方式.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseContact)]
#[expect(missing_docs, reason = "each is the field of the booth's form")]
pub struct Contact {
    pub name: String,
    pub phone: String,
    pub email: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fax: Option<String>,
    pub address: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
}

/// The home of a booth. **Source**: SPEC 10.1, L903.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseBooth)]
pub struct BoothPage {
    /// Which.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub enterprise: Team,
    /// Its zone, a code.
    pub zone: String,
    /// Its logo, an upload.
    pub logo: Option<UploadId>,
    /// Its pictures, in their order.
    pub pictures: Vec<Picture>,
    /// Its videos, uploads.
    pub videos: Vec<UploadId>,
    /// 展台简介.
    pub introduction: String,
    /// 展台主营.
    pub business: String,
    /// 展台标签.
    pub tags: Vec<String>,
    /// Codes.
    pub industries: Vec<String>,
    /// Codes.
    pub categories: Vec<String>,
    /// 线下展位编号.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offline_number: Option<String>,
    /// 3D展厅链接.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hall_link: Option<String>,
    /// 官网链接.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// A code.
    pub region: String,
    /// None where it is not to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// 智能客服.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smart_service_link: Option<String>,
    /// For the first time. **Shape**: RFC 3339.
    pub published: String,
    /// When what is shown was approved. **Shape**: RFC 3339.
    pub updated: String,
}

/// A booth in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseBoothCard)]
#[expect(missing_docs, reason = "each is the page's")]
pub struct BoothCard {
    pub id: RecordId,
    pub name: String,
    pub company: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_en: Option<String>,
    pub zone: String,
    pub logo: Option<UploadId>,
    /// The first one.
    pub picture: Option<UploadId>,
    pub business: String,
    pub tags: Vec<String>,
    pub region: String,
    pub published: String,
}

/// The booth that an exhibit stands in. 所在展台.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseBoothOfExhibit)]
#[expect(missing_docs, reason = "each is the booth's")]
pub struct BoothOf {
    pub id: RecordId,
    pub name: String,
    pub region: String,
    pub logo: Option<UploadId>,
}

/// What is kept of an exhibit's page: what its booth says of it comes at reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseExhibitContent)]
pub struct ExhibitContent {
    /// Which.
    pub id: RecordId,
    /// 展品编号.
    pub number: String,
    /// Its name.
    pub name: String,
    /// 展品介绍.
    pub summary: String,
    /// None: 暂无报价. **Units**: fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_price_fen: Option<i64>,
    /// 品牌.
    pub brand: String,
    /// 展台展品编码.
    pub code: String,
    /// 产地/服务地区, a code.
    pub origin: String,
    /// A code.
    pub category: String,
    /// The first is the main one.
    pub pictures: Vec<Picture>,
    /// Uploads.
    pub videos: Vec<UploadId>,
    /// 展品简介: sanitised markup; empty where there is none.
    pub detail_html: String,
    /// Whose it is.
    pub enterprise: Team,
    /// For the first time. **Shape**: RFC 3339.
    pub published: String,
    /// When what is shown was approved. **Shape**: RFC 3339.
    pub updated: String,
}

/// The page of an exhibit. **Source**: SPEC 10.1, L860-888.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseExhibit)]
pub struct ExhibitPage {
    /// Its own.
    #[serde(flatten)]
    pub content: ExhibitContent,
    /// Where it stands.
    pub booth: BoothOf,
    /// Of the booth, a code.
    pub zone: String,
    /// 智能客服 of the booth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smart_service_link: Option<String>,
}

/// An exhibit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ShowcaseExhibitCard)]
#[expect(missing_docs, reason = "each is the page's")]
pub struct ExhibitCard {
    pub id: RecordId,
    pub number: String,
    pub name: String,
    pub company: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_en: Option<String>,
    /// Where it stands.
    pub booth: RecordId,
    /// The main one.
    pub picture: Option<UploadId>,
    pub summary: String,
    /// **Units**: fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market_price_fen: Option<i64>,
    pub category: String,
    pub zone: String,
    pub published: String,
}

/// A record's fields with what is known beside them.
pub(super) struct Source<'a> {
    pub(super) id: RecordId,
    pub(super) fields: &'a Map<String, Value>,
    pub(super) enterprise: Enterprise,
    pub(super) pictures: Vec<Picture>,
    pub(super) published: Millis,
    pub(super) updated: Millis,
}

impl Source<'_> {
    fn text(&self, name: &str) -> String {
        self.maybe(name).unwrap_or_default()
    }

    fn maybe(&self, name: &str) -> Option<String> {
        self.fields.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        crate::content::texts(self.fields, name).map(str::to_owned).collect()
    }

    fn uploads(&self, name: &str) -> Vec<UploadId> {
        crate::content::texts(self.fields, name).filter_map(|id| id.parse().ok()).collect()
    }

    fn yes(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Bool(true))
    }

    fn team(&self) -> Team {
        let Enterprise { id, name, name_en, .. } = self.enterprise.clone();
        Team { id, name, name_en }
    }

    fn contact(&self) -> Contact {
        Contact {
            name: self.text("contact_name"),
            phone: self.text("phone"),
            email: self.text("email"),
            fax: self.maybe("fax"),
            address: self.text("address"),
            postcode: self.maybe("postcode"),
        }
    }
}

impl BoothPage {
    pub(super) fn of(source: &Source<'_>) -> Self {
        Self {
            id: source.id,
            name: source.text("name"),
            enterprise: source.team(),
            zone: source.text("zone"),
            logo: source.maybe("logo").and_then(|id| id.parse().ok()),
            pictures: source.pictures.clone(),
            videos: source.uploads("videos"),
            introduction: source.text("introduction"),
            business: source.text("business"),
            tags: source.texts("tags"),
            industries: source.texts("industries"),
            categories: source.texts("categories"),
            offline_number: source.maybe("offline_number"),
            hall_link: source.maybe("hall_link"),
            website: source.maybe("website"),
            region: source.text("region"),
            contact: source.yes("show_contact").then(|| source.contact()),
            smart_service_link: source.maybe("smart_service_link").filter(|_| source.yes("smart_service")),
            published: written(source.published),
            updated: written(source.updated),
        }
    }

    pub(super) fn card(self) -> BoothCard {
        let Self { id, name, enterprise, zone, logo, pictures, business, tags, region, published, .. } = self;
        let Team { name: company, name_en: company_en, .. } = enterprise;
        let picture = pictures.first().map(|picture| picture.id);
        BoothCard { id, name, company, company_en, zone, logo, picture, business, tags, region, published }
    }
}

impl ExhibitContent {
    pub(super) fn of(source: &Source<'_>, number: &str) -> Self {
        Self {
            id: source.id,
            number: number.to_owned(),
            name: source.text("name"),
            summary: source.text("summary"),
            market_price_fen: source.fields.get("market_price_fen").and_then(Value::as_i64),
            brand: source.text("brand"),
            code: source.text("code"),
            origin: source.text("origin"),
            category: source.text("category"),
            pictures: source.pictures.clone(),
            videos: source.uploads("videos"),
            detail_html: source.text("detail_html"),
            enterprise: source.team(),
            published: written(source.published),
            updated: written(source.updated),
        }
    }

    /// With what its booth says.
    pub(super) fn with(self, booth: BoothPage) -> ExhibitPage {
        let BoothPage { id, name, region, logo, zone, smart_service_link, .. } = booth;
        ExhibitPage { content: self, booth: BoothOf { id, name, region, logo }, zone, smart_service_link }
    }

    pub(super) fn card(self, booth: RecordId, zone: String) -> ExhibitCard {
        let Self { id, number, name, summary, market_price_fen, category, pictures, enterprise, published, .. } = self;
        let Team { name: company, name_en: company_en, .. } = enterprise;
        let picture = pictures.first().map(|picture| picture.id);
        ExhibitCard {
            id,
            number,
            name,
            company,
            company_en,
            booth,
            picture,
            summary,
            market_price_fen,
            category,
            zone,
            published,
        }
    }
}
