//! File formats: by which first bytes each is known, what it is called, how it is served. Never looks further into a file.

use storage::vocabulary;

/// A file is known by so many of its first bytes. **Units**: bytes.
pub const HEAD_BYTES: usize = 512;

vocabulary! {
    /// A file format that something may be uploaded in. **Source**: SPEC 7, 9, 10; D-29: the old ones are kept, not changed.
    Format {
        /// JPEG.
        Jpeg = "jpeg",
        /// PNG.
        Png = "png",
        /// GIF.
        Gif = "gif",
        /// Windows bitmap.
        Bmp = "bmp",
        /// PDF.
        Pdf = "pdf",
        /// MPEG-4.
        Mp4 = "mp4",
        /// AVI.
        Avi = "avi",
        /// Flash video.
        Flv = "flv",
        /// Flash.
        Swf = "swf",
        /// Matroska.
        Mkv = "mkv",
        /// RealMedia.
        Rm = "rm",
        /// MPEG-1 and 2.
        Mpeg = "mpeg",
    }
}

/// What is said of a format.
struct Row {
    /// What it is served as.
    media_type: &'static str,
    /// What else clients call it.
    aliases: &'static [&'static str],
    /// Names end so; the first is ours.
    extensions: &'static [&'static str],
}

const fn row(media_type: &'static str, aliases: &'static [&'static str], extensions: &'static [&'static str]) -> Row {
    Row { media_type, aliases, extensions }
}

/// Major and compatible brands of MPEG-4 files (ISO 14496-12, 14496-14); pictures have others.
const MP4_BRANDS: [&[u8; 4]; 16] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41", b"mp42", b"mp71",
    b"avc1", b"M4V ", b"MSNV", b"dash",
];
/// Sizes of the second header of a bitmap.
const BMP_HEADERS: [u8; 6] = [12, 40, 52, 56, 108, 124];

impl Format {
    const fn row(self) -> Row {
        match self {
            Self::Jpeg => row("image/jpeg", &["image/jpg", "image/pjpeg"], &["jpg", "jpeg", "jpe", "jfif"]),
            Self::Png => row("image/png", &["image/x-png"], &["png"]),
            Self::Gif => row("image/gif", &[], &["gif"]),
            Self::Bmp => row("image/bmp", &["image/x-ms-bmp", "image/x-bmp"], &["bmp", "dib"]),
            Self::Pdf => row("application/pdf", &["application/x-pdf"], &["pdf"]),
            Self::Mp4 => row("video/mp4", &["video/x-m4v", "application/mp4"], &["mp4", "m4v"]),
            Self::Avi => row("video/x-msvideo", &["video/avi", "video/msvideo", "video/vnd.avi"], &["avi"]),
            Self::Flv => row("video/x-flv", &["video/flv"], &["flv"]),
            Self::Swf => row("application/x-shockwave-flash", &["application/vnd.adobe.flash.movie"], &["swf"]),
            Self::Mkv => row("video/x-matroska", &["video/matroska", "application/x-matroska"], &["mkv"]),
            Self::Rm => row(
                "application/vnd.rn-realmedia",
                &["application/vnd.rn-realmedia-vbr", "video/vnd.rn-realvideo", "video/x-pn-realvideo"],
                &["rm", "rmvb"],
            ),
            Self::Mpeg => row("video/mpeg", &["video/x-mpeg", "video/mpg"], &["mpeg", "mpg"]),
        }
    }

    /// What a file is, by its first bytes ([`HEAD_BYTES`] of them where it has so many); none: nothing that may be
    /// uploaded, such as SVG.
    #[must_use]
    pub fn sniff(head: &[u8]) -> Option<Self> {
        let at = |from: usize, word: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(word));
        let known = [
            (Self::Jpeg, at(0, &[0xFF, 0xD8, 0xFF])),
            (Self::Png, at(0, b"\x89PNG\r\n\x1a\n")),
            (Self::Gif, at(0, b"GIF87a") || at(0, b"GIF89a")),
            (Self::Bmp, at(0, b"BM") && is_bitmap(head)),
            (Self::Pdf, at(0, b"%PDF-1.") || at(0, b"%PDF-2.")),
            (Self::Mp4, at(4, b"ftyp") && is_mp4(head)),
            (Self::Avi, at(0, b"RIFF") && at(8, b"AVI ")),
            (Self::Flv, at(0, b"FLV\x01")),
            (Self::Swf, [b"FWS", b"CWS", b"ZWS"].iter().any(|word| at(0, *word)) && is_flash(head)),
            (Self::Mkv, at(0, &[0x1A, 0x45, 0xDF, 0xA3]) && contains(head, b"matroska")),
            (Self::Rm, at(0, b".RMF\0\0\0")),
            (Self::Mpeg, at(0, &[0, 0, 1, 0xBA]) || at(0, &[0, 0, 1, 0xB3])),
        ];
        known.into_iter().find(|(_, is_it)| *is_it).map(|(format, _)| format)
    }

    /// What it is served as.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        self.row().media_type
    }

    /// How names of such files end, without the dot; ours first.
    #[must_use]
    pub const fn extensions(self) -> &'static [&'static str] {
        self.row().extensions
    }

    /// Whether it is decoded and drawn anew.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif | Self::Bmp)
    }

    /// Whether browsers may show it where it stands; anything else is saved to a file.
    #[must_use]
    pub const fn is_shown_inline(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Mp4)
    }

    /// Whether a media type, as a client says it, is this format or says nothing.
    #[must_use]
    pub fn is_called(self, media_type: &str) -> bool {
        let bare = media_type.split(';').next().unwrap_or_default().trim();
        let Row { media_type, aliases, .. } = self.row();
        let says_nothing = ["", "application/octet-stream"];
        says_nothing.iter().chain(&[media_type]).chain(aliases).any(|name| bare.eq_ignore_ascii_case(name))
    }

    /// Whether a file's name ends like one of this format.
    #[must_use]
    pub fn is_named(self, name: &str) -> bool {
        let Some((_, extension)) = name.rsplit_once('.') else { return false };
        self.extensions().iter().any(|one| extension.eq_ignore_ascii_case(one))
    }
}

/// Whether the second header has a size that there is: two letters alone are too few to know a file by.
fn is_bitmap(head: &[u8]) -> bool {
    matches!(head.get(14..18), Some([size, 0, 0, 0]) if BMP_HEADERS.contains(size))
}

/// Whether the first box names a brand of MPEG-4 video, behind its own size and the minor version.
fn is_mp4(head: &[u8]) -> bool {
    let Some((size, _)) = head.split_first_chunk::<4>() else { return false };
    let size = (u32::from_be_bytes(*size) as usize).clamp(12, head.len().max(12));
    let brands = head.get(8..size).unwrap_or_default().chunks_exact(4).enumerate();
    brands.filter(|(place, _)| *place != 1).any(|(_, brand)| MP4_BRANDS.iter().any(|known| brand == *known))
}

/// Whether the version is one that there is.
fn is_flash(head: &[u8]) -> bool {
    head.get(3).is_some_and(|version| (1..=60).contains(version))
}

fn contains(head: &[u8], word: &[u8]) -> bool {
    head.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests;
