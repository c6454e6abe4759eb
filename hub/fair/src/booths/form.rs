//! The fields of a booth. **Source**: SPEC 9; D-28 (one to five pictures), D-30 (tags), D-33 (four tabs of one form), D-42
//! (its zone).

use crate::form::{
    Condition, Field, FieldKind, Form, TextKind, agreed, email, flag, line, lines, link, list, term, upload,
};

/// **Units** of all of these: characters.
const NAME_CHARS_MAX: usize = 100;
const LINK_CHARS_MAX: usize = 100;
const INTRODUCTION_CHARS_MAX: usize = 500;
const BUSINESS_CHARS_MAX: usize = 200;
const TAG_CHARS_MAX: usize = 20;
const OFFLINE_NUMBER_CHARS_MAX: usize = 20;
const CONTACT_CHARS_MAX: usize = 20;
const PHONE_CHARS_MAX: usize = 20;
const EMAIL_CHARS_MAX: usize = 50;
const FAX_CHARS_MAX: usize = 30;
const ADDRESS_CHARS_MAX: usize = 100;
const POSTCODE_CHARS_MAX: usize = 10;
const SMART_SERVICE_CHARS_MAX: usize = 200;

const PICTURES_MAX: usize = 5;
const VIDEOS_MAX: usize = 2;
const TAGS_MAX: usize = 10;
/// The guide names no limit.
const INDUSTRIES_MAX: usize = 20;
/// "Unlimited": more than the taxonomy that is built in has.
const CATEGORIES_MAX: usize = 256;

const PICTURE: FieldKind = FieldKind::Text(TextKind::Upload { r#use: "picture" });
const VIDEO: FieldKind = FieldKind::Text(TextKind::Upload { r#use: "booth_video" });
const TAG: FieldKind = FieldKind::Text(TextKind::Tag { max: TAG_CHARS_MAX });
const INDUSTRY: FieldKind = FieldKind::Text(TextKind::Term { vocabulary: "industry" });
const CATEGORY: FieldKind = FieldKind::Text(TextKind::Term { vocabulary: "exhibit-category" });

/// 展台基本信息, 展位信息, 联系信息, 客服配置.
static FIELDS: [Field; 23] = [
    line("name", 1, NAME_CHARS_MAX).required(),
    upload("logo", "logo").required(),
    link("website", LINK_CHARS_MAX),
    lines("introduction", 1, INTRODUCTION_CHARS_MAX).required(),
    lines("business", 1, BUSINESS_CHARS_MAX).required(),
    list("pictures", &PICTURE, 1, PICTURES_MAX).required(),
    list("videos", &VIDEO, 0, VIDEOS_MAX),
    list("tags", &TAG, 1, TAGS_MAX).required().about("Chinese or Latin letters, with blanks and hyphens between them"),
    term("zone", "zone").required().about("one of the four general ones, unless the invitation code presets it"),
    line("offline_number", 1, OFFLINE_NUMBER_CHARS_MAX),
    link("hall_link", LINK_CHARS_MAX),
    list("industries", &INDUSTRY, 0, INDUSTRIES_MAX),
    list("categories", &CATEGORY, 0, CATEGORIES_MAX).about("exhibits are of these alone"),
    line("contact_name", 1, CONTACT_CHARS_MAX).required(),
    line("phone", 1, PHONE_CHARS_MAX).required(),
    email("email", EMAIL_CHARS_MAX).required(),
    line("fax", 1, FAX_CHARS_MAX),
    term("region", "region").required(),
    line("address", 1, ADDRESS_CHARS_MAX).required(),
    line("postcode", 1, POSTCODE_CHARS_MAX),
    flag("show_contact").required().about("yes where nothing is said"),
    flag("smart_service").required().about("no where nothing is said"),
    link("smart_service_link", SMART_SERVICE_CHARS_MAX).only_when(Condition::Yes("smart_service")),
];

/// A booth.
pub static BOOTH: Form = Form::new("Booth", &FIELDS);

static ACCEPTANCE: [Field; 1] =
    [agreed("accept_rules").required().about("《云展台搭建及展品上传规范》: recorded with the submission")];

/// What a booth is handed in with. **Source**: SPEC 24 (acceptance of the rules is recorded).
pub static SUBMIT: Form = Form::new("BoothSubmission", &ACCEPTANCE);
