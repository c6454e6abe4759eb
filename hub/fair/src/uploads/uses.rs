//! What a file may be uploaded for, and what it must then be: the table. Decides nothing by itself.

use serde::Serialize;
use storage::vocabulary;

use super::format::Format;
use crate::field::rich::ILLUSTRATIONS_MAX;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
/// D-01: beyond it a video is taken with a warning.
const LARGE_VIDEO_BYTES: u64 = 150 * MIB;

vocabulary! {
    /// What a file is uploaded for.
    Use {
        /// 展台LOGO.
        Logo = "logo",
        /// 展台图片, 展品图片.
        Picture = "picture",
        /// A picture inside a rich text.
        Illustration = "illustration",
        /// 项目图片.
        ProjectPicture = "project_picture",
        /// 封面/海报 of a livestream.
        Poster = "poster",
        /// 上传视频 of a booth.
        BoothVideo = "booth_video",
        /// 展品视频.
        ExhibitVideo = "exhibit_video",
        /// 证件照.
        IdPhoto = "id_photo",
        /// 会议详细方案.
        Plan = "plan",
    }
}

/// What a file for one use must be. **Shape**: as a client is told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The use.
    #[serde(rename = "use")]
    pub used_for: Use,
    /// The formats.
    pub formats: &'static [Format],
    /// At least. **Units**: bytes.
    pub bytes_min: u64,
    /// At most. **Units**: bytes.
    pub bytes_max: u64,
    /// Width and height, where they are fixed. **Units**: pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
    /// Width and height that look best. **Units**: pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixels_suggested: Option<(u32, u32)>,
    /// A longer one is taken with a warning. **Units**: bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warns_above: Option<u64>,
    /// One record may have so many.
    pub per_record: usize,
    /// Shown to those alone who have to do with it, and sealed where it is a person's.
    pub private: bool,
}

const PICTURES: &[Format] = &[Format::Png, Format::Jpeg, Format::Gif, Format::Bmp];
const VIDEOS: &[Format] = &[Format::Flv, Format::Swf, Format::Mkv, Format::Avi, Format::Rm, Format::Mpeg, Format::Mp4];

/// What most rows say.
const PLAIN: Rule = Rule {
    used_for: Use::Picture,
    formats: PICTURES,
    bytes_min: 1,
    bytes_max: 2 * MIB,
    pixels: None,
    pixels_suggested: None,
    warns_above: None,
    per_record: 1,
    private: false,
};
const VIDEO: Rule = Rule { formats: VIDEOS, warns_above: Some(LARGE_VIDEO_BYTES), per_record: 2, ..PLAIN };

/// The table. **Source**: SPEC 7, 9, 10, 13, 15, 18; D-01, D-28.
pub const RULES: [Rule; 9] = [
    Rule { used_for: Use::Logo, pixels_suggested: Some((130, 130)), ..PLAIN },
    Rule { used_for: Use::Picture, per_record: 5, ..PLAIN },
    Rule { used_for: Use::Illustration, per_record: ILLUSTRATIONS_MAX, ..PLAIN },
    Rule {
        used_for: Use::ProjectPicture,
        formats: &[Format::Jpeg, Format::Bmp, Format::Png],
        bytes_max: 5 * MIB,
        pixels_suggested: Some((420, 420)),
        per_record: 5,
        ..PLAIN
    },
    Rule { used_for: Use::Poster, formats: &[Format::Jpeg, Format::Png], ..PLAIN },
    Rule { used_for: Use::BoothVideo, bytes_max: 150 * MIB, ..VIDEO },
    Rule { used_for: Use::ExhibitVideo, bytes_max: 500 * MIB, ..VIDEO },
    // 50 to 500 KB, whichever kilobyte is meant.
    Rule {
        used_for: Use::IdPhoto,
        formats: &[Format::Jpeg],
        bytes_min: 50_000,
        bytes_max: 500 * KIB,
        pixels: Some((600, 800)),
        private: true,
        ..PLAIN
    },
    Rule { used_for: Use::Plan, formats: &[Format::Pdf], bytes_max: 100 * MIB, private: true, ..PLAIN },
];

impl Use {
    /// What a file for it must be.
    #[must_use]
    pub const fn rule(self) -> Rule {
        let [logo, picture, illustration, project_picture, poster, booth_video, exhibit_video, id_photo, plan] = RULES;
        match self {
            Self::Logo => logo,
            Self::Picture => picture,
            Self::Illustration => illustration,
            Self::ProjectPicture => project_picture,
            Self::Poster => poster,
            Self::BoothVideo => booth_video,
            Self::ExhibitVideo => exhibit_video,
            Self::IdPhoto => id_photo,
            Self::Plan => plan,
        }
    }

    /// Whether it lies encrypted: a person's likeness does, which is small.
    #[must_use]
    pub const fn is_sealed(self) -> bool {
        matches!(self, Self::IdPhoto)
    }
}
