//! The fields of an application. **Source**: SPEC 6, L254-330; D-41 (nature, and who has a credit code).

use crate::field::EMAIL_BYTES_MAX;
use crate::form::{
    Condition, Field, FieldKind, Form, base32, choice, credit_code, email, flag, line, lines, link, list, mobile, term,
};

/// Visible characters of the longest short text. **Units**: characters.
const LINE_CHARS_MAX: usize = 60;
/// 参展内容, 参展需求: the guide gives none. **Units**: characters.
const WISH_CHARS_MAX: usize = 500;
/// 单位简介. **Units**: characters. **Source**: L308.
const INTRODUCTION_CHARS_MAX: usize = 1_000;
const INTRODUCTION_CHARS_MIN: usize = 50;
const WEBSITE_CHARS_MAX: usize = 300;

/// 线上参展商: on the website and in the app only.
pub const ONLINE: &str = "online";
/// 线上线下参展商: also with a stand or people on site.
pub const ONLINE_AND_OFFLINE: &str = "online_offline";

/// 高层领导, 中层领导, 基层人员. **Source**: L273, L429.
const POSITIONS: &[&str] = &["senior", "middle", "junior"];
/// 了解产业政策、行业趋势与动态; 与同业人员交流; 寻找合作伙伴; 推销/采购服务产品. **Source**: L290-291.
const PURPOSES: FieldKind = choice("", &["trends", "peers", "partners", "trade"]).kind;
const PURPOSES_MAX: usize = 4;
/// 企业, 事业单位, 社会团体, 其他机构.
const NATURES: &[&str] = &["enterprise", "public_institution", "social_organisation", "other"];
/// Who is registered as one of these on the mainland has a credit code.
const REGISTERED: &[&str] = &["enterprise", "public_institution", "social_organisation"];
/// 内资, 港澳台商投资, 外商投资. **Source**: L305.
const COMPANY_TYPES: &[&str] = &["domestic", "hmt_invested", "foreign_invested"];
/// As the codes of regions begin.
const MAINLAND: Condition = Condition::Begins("registered_place", "mainland.");
const HAS_CREDIT_CODE: Condition = Condition::All(&[MAINLAND, Condition::Is("nature", REGISTERED)]);

/// The fields that may be changed, behind another one.
macro_rules! fields {
    ($($first:expr)?) => {
        [
            $($first,)?
            line("contact_name", 1, LINE_CHARS_MAX).required(),
            choice("contact_position", POSITIONS).required(),
            mobile("contact_phone").required(),
            email("contact_email", EMAIL_BYTES_MAX).required(),
            choice("exhibiting_type", &[ONLINE, ONLINE_AND_OFFLINE]).required(),
            list("purposes", &PURPOSES, 1, PURPOSES_MAX).required(),
            lines("content", 1, WISH_CHARS_MAX).required(),
            lines("needs", 1, WISH_CHARS_MAX).required(),
            choice("nature", NATURES).required(),
            term("registered_place", "region").required(),
            credit_code("credit_code").only_when(HAS_CREDIT_CODE),
            term("industry", "industry").required(),
            choice("company_type", COMPANY_TYPES).required(),
            flag("fortune_500").required(),
            term("fortune_500_name", "fortune500").only_when(Condition::Yes("fortune_500")),
            link("website", WEBSITE_CHARS_MAX),
            lines("introduction", INTRODUCTION_CHARS_MIN, INTRODUCTION_CHARS_MAX).required(),
        ]
    };
}

const CODE_LEN: usize = 10;

/// What is submitted first: the code comes with it, and stays.
static SUBMITTED: [Field; 18] = fields!(base32("invitation_code", CODE_LEN).required());
static KEPT: [Field; 17] = fields!();

/// An application as it is submitted.
pub static SUBMIT: Form = Form::new("ExhibitorApplication", &SUBMITTED);
/// What of it may be changed.
pub static UPDATE: Form = Form::new("ExhibitorApplicationUpdate", &KEPT);
/// What is locked once it is approved. **Source**: D-44; the name is not of this form.
pub(super) const LOCKED: [&str; 2] = ["credit_code", "registered_place"];
