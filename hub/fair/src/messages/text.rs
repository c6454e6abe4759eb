//! What the fair writes to phones and mailboxes: a table of templates, their texts in each language, and what fills them.
//! Pure.
//!
//! **Source**: SPEC 23; where the guide gives no text, our own.

use crate::error::{Error, Result};
use crate::seal::Contact;

/// The longest text when it is filled. **Units**: bytes.
const TEXT_BYTES_MAX: usize = 4_096;
/// Who signs a short message, in front of its text. **Source**: L1434.
const SIGNATURE_ZH: &str = "【中国国际服务贸易交易会】";
const SIGNATURE_EN: &str = "[CIFTIS] ";

/// A language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Locale {
    /// Simplified Chinese.
    #[default]
    ZhCn,
    /// English.
    En,
}

impl Locale {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ZhCn, Self::En];

    /// Its tag, as RFC 5646 has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// The better one for an `Accept-Language`, or for one tag of it: the first that is Chinese or English.
    #[must_use]
    pub fn of(accepted: &str) -> Self {
        let mut tags = accepted.split(',').map(str::trim);
        let found = tags.find_map(|tag| match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("zh") => Some(Self::ZhCn),
            Some("en") => Some(Self::En),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// The language for somebody who did not ask just now: Chinese for a number of the mainland, else English.
    #[must_use]
    pub fn for_contact(contact: &Contact) -> Self {
        let is_of_mainland = |mobile: &String| !mobile.starts_with('+') || mobile.starts_with("+86");
        if contact.mobile.as_ref().is_some_and(is_of_mainland) { Self::ZhCn } else { Self::En }
    }
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// A code that shows whose number or mailbox it is. `code`, `minutes`.
    RegistrationCode,
    /// A code for a new password. `code`, `minutes`.
    RecoveryCode,
    /// 密码重置: an administrator gave somebody a new password. `username`, `password`. **Source**: L387, L499.
    PasswordReset,
    /// An exhibitor's application was approved. `enterprise`.
    ApplicationApproved,
    /// An exhibitor's application was rejected. `enterprise`, `reason`.
    ApplicationRejected,
    /// An enterprise was let in to attend. `enterprise`.
    AttendanceApproved,
    /// An enterprise was not let in. `enterprise`, `reason`.
    AttendanceRejected,
    /// A review of anything else was decided. `name`: what was reviewed; `result`: how it ended.
    ReviewResult,
}

/// One text.
struct Text {
    template: Template,
    locale: Locale,
    /// Of a mail.
    subject: &'static str,
    /// With `{placeholders}`.
    text: &'static str,
}

const fn text(template: Template, locale: Locale, subject: &'static str, text: &'static str) -> Text {
    Text { template, locale, subject, text }
}

/// Every template in every language.
const TEXTS: &[Text] = &[
    text(
        Template::RegistrationCode,
        Locale::ZhCn,
        "注册验证码",
        "您的注册验证码为{code}，{minutes}分钟内有效。请勿告知他人；如非本人操作，请忽略本信息。",
    ),
    text(
        Template::RegistrationCode,
        Locale::En,
        "Your registration code",
        "Your registration code is {code}, valid for {minutes} minutes. Tell it to nobody; if you did not ask for it, \
         ignore this message.",
    ),
    text(
        Template::RecoveryCode,
        Locale::ZhCn,
        "找回密码验证码",
        "您正在找回密码，验证码为{code}，{minutes}分钟内有效。请勿告知他人；如非本人操作，请忽略本信息。",
    ),
    text(
        Template::RecoveryCode,
        Locale::En,
        "Your password recovery code",
        "Your code for a new password is {code}, valid for {minutes} minutes. Tell it to nobody; if you did not ask for \
         it, ignore this message.",
    ),
    text(
        Template::PasswordReset,
        Locale::ZhCn,
        "密码已重置",
        "管理员已重置您的账号“{username}”的密码。新密码：{password}，请登录后尽快修改。",
    ),
    text(
        Template::PasswordReset,
        Locale::En,
        "Your password was reset",
        "Your administrator gave your account \"{username}\" a new password: {password} Please change it when you have \
         signed in.",
    ),
    text(
        Template::ApplicationApproved,
        Locale::ZhCn,
        "参展申请审核通过",
        "“{enterprise}”的参展申请已审核通过。请登录服贸会官网进行展台搭建等后续工作。",
    ),
    text(
        Template::ApplicationApproved,
        Locale::En,
        "Application approved",
        "The exhibitor application of \"{enterprise}\" was approved. Sign in to build your booth.",
    ),
    text(
        Template::ApplicationRejected,
        Locale::ZhCn,
        "参展申请被驳回",
        "“{enterprise}”的参展申请被驳回。原因：{reason}。请登录服贸会官网修改后重新提交。",
    ),
    text(
        Template::ApplicationRejected,
        Locale::En,
        "Application rejected",
        "The exhibitor application of \"{enterprise}\" was rejected. Reason: {reason} Sign in to change it and submit it \
         again.",
    ),
    text(
        Template::AttendanceApproved,
        Locale::ZhCn,
        "参会注册审核通过",
        "“{enterprise}”的参会注册已审核通过，现可预约云会议、申请证件。请登录服贸会官网办理。",
    ),
    text(
        Template::AttendanceApproved,
        Locale::En,
        "Attendance approved",
        "The attendance of \"{enterprise}\" was approved. Sign in to reserve meetings and to apply for badges.",
    ),
    text(
        Template::AttendanceRejected,
        Locale::ZhCn,
        "参会注册被驳回",
        "“{enterprise}”的参会注册被驳回。原因：{reason}。请登录服贸会官网修改后重新提交。",
    ),
    text(
        Template::AttendanceRejected,
        Locale::En,
        "Attendance rejected",
        "The attendance of \"{enterprise}\" was rejected. Reason: {reason} Sign in to change it and submit it again.",
    ),
    text(
        Template::ReviewResult,
        Locale::ZhCn,
        "审核结果",
        "您提交的“{name}”审核结果：{result}。详情请登录服贸会官网查看。",
    ),
    text(
        Template::ReviewResult,
        Locale::En,
        "Review result",
        "The review of \"{name}\" has ended: {result}. Sign in for the details.",
    ),
];

impl Template {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::RegistrationCode,
        Self::RecoveryCode,
        Self::PasswordReset,
        Self::ApplicationApproved,
        Self::ApplicationRejected,
        Self::AttendanceApproved,
        Self::AttendanceRejected,
        Self::ReviewResult,
    ];

    /// Its word in the store, in lists, and for gateways that keep texts of their own.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationCode => "registration_code",
            Self::RecoveryCode => "recovery_code",
            Self::PasswordReset => "password_reset",
            Self::ApplicationApproved => "application_approved",
            Self::ApplicationRejected => "application_rejected",
            Self::AttendanceApproved => "attendance_approved",
            Self::AttendanceRejected => "attendance_rejected",
            Self::ReviewResult => "review_result",
        }
    }

    /// What its texts are filled with.
    #[must_use]
    pub const fn params(self) -> &'static [&'static str] {
        match self {
            Self::RegistrationCode | Self::RecoveryCode => &["code", "minutes"],
            Self::PasswordReset => &["username", "password"],
            Self::ApplicationApproved | Self::AttendanceApproved => &["enterprise"],
            Self::ApplicationRejected | Self::AttendanceRejected => &["enterprise", "reason"],
            Self::ReviewResult => &["name", "result"],
        }
    }

    /// How long it is worth sending: a code that has ended helps nobody. **Units**: seconds.
    pub(super) const fn life_s(self) -> i64 {
        match self {
            Self::RegistrationCode | Self::RecoveryCode => crate::codes::LIFE_S,
            Self::PasswordReset
            | Self::ApplicationApproved
            | Self::ApplicationRejected
            | Self::AttendanceApproved
            | Self::AttendanceRejected
            | Self::ReviewResult => 86_400,
        }
    }
}

/// A mail's subject.
pub(super) fn subject(template: Template, locale: Locale) -> &'static str {
    of(template, locale).subject
}

/// The text, filled and signed.
///
/// # Errors
/// [`Error::Internal`] when a parameter is missing, [`Error::Invalid`] when it becomes too long.
pub(super) fn filled(template: Template, locale: Locale, params: &[(&str, &str)]) -> Result<String> {
    let signature = match locale {
        Locale::ZhCn => SIGNATURE_ZH,
        Locale::En => SIGNATURE_EN,
    };
    let mut filled = signature.to_owned();
    // What fills it is never looked through again: a name like `{password}` stays a name.
    let mut rest = of(template, locale).text;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, behind)| Some((before, behind.split_once('}')?)))
    {
        let value = params.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        filled.push_str(before);
        filled.push_str(value.ok_or(Error::Internal("a text lacks what fills it"))?);
        rest = after;
    }
    filled.push_str(rest);
    if filled.len() > TEXT_BYTES_MAX { Err(Error::invalid("/text", "too_long")) } else { Ok(filled) }
}

fn of(template: Template, locale: Locale) -> &'static Text {
    let found = TEXTS.iter().find(|text| text.template == template && text.locale == locale);
    found.expect("invariant: every template has a text in every language")
}

#[cfg(test)]
mod tests;
