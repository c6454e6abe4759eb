//! Pictures are decoded and drawn anew: what is stored holds pixels and nothing else, no EXIF, no place, no second file
//! behind the first. A few at a time, within bounds on pixels and memory. Never keeps a picture as it came.
//!
//! Of an animation the first frame stays. JPEG stays JPEG, everything else becomes PNG; colours are 8 bits a channel, and
//! colour profiles go with the rest of what is no pixel.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use super::format::Format;
use crate::error::{Error, Result};
use crate::heavy;

/// Pictures decoded at once, in threads of their own; more wait their turn.
const WORKERS_MAX: usize = 2;
/// The longest side. **Units**: pixels.
const SIDE_PIXELS_MAX: u32 = 16_384;
/// What its pixels may take: 16 million of them with colour and transparency. **Units**: bytes.
const DECODED_BYTES_MAX: u64 = 64 << 20;
/// What its decoder may take. **Units**: bytes.
const DECODER_BYTES_MAX: u64 = 96 << 20;
/// What is drawn may be so long. **Units**: bytes.
const DRAWN_BYTES_MAX: usize = 32 << 20;
/// How wide a small form is, for lists: a wider picture has one. **Units**: pixels.
pub const SMALL_WIDTH: u32 = 480;
/// How high it is at most, however long the picture. **Units**: pixels.
const SMALL_HEIGHT_MAX: u32 = 960;
/// Of a JPEG: nobody sees what is lost.
const QUALITY: u8 = 90;

/// Decodes and draws. Cloning shares the workers.
#[derive(Debug, Clone)]
pub struct Pictures(Arc<Semaphore>);

/// A picture that was drawn anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// The file.
    pub bytes: Vec<u8>,
    /// JPEG or PNG.
    pub format: Format,
    /// **Units**: pixels.
    pub width: u32,
    /// **Units**: pixels.
    pub height: u32,
    /// Its small form, of the same format; none where it is no wider.
    pub small: Option<Vec<u8>>,
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// Not whole, or not what its first bytes promise.
    Damaged,
    /// More pixels than are decoded.
    TooManyPixels,
}

impl From<Unusable> for Error {
    fn from(unusable: Unusable) -> Self {
        Self::invalid(
            "/file",
            match unusable {
                Unusable::Damaged => "damaged",
                Unusable::TooManyPixels => "too_many_pixels",
            },
        )
    }
}

impl Default for Pictures {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(WORKERS_MAX)))
    }
}

impl Pictures {
    /// Draws a picture anew, once a worker is free.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/file`: `damaged`, `too_many_pixels`.
    pub async fn draw(&self, bytes: Vec<u8>, format: Format) -> Result<Drawn> {
        let turn = Arc::clone(&self.0).acquire_owned().await.map_err(|_closed| Error::Overloaded)?;
        let drawing = heavy::run(move || {
            let _turn = turn;
            draw(&bytes, format)
        });
        // A decoder that panics is one more that could not read it.
        Ok(drawing.await.unwrap_or(Err(Unusable::Damaged))?)
    }
}

/// Decodes a picture and draws it anew.
///
/// # Errors
/// [`Unusable`].
pub fn draw(bytes: &[u8], format: Format) -> Result<Drawn, Unusable> {
    let image = decode(bytes, format)?;
    let (width, height) = (image.width(), image.height());
    let format = if format == Format::Jpeg { Format::Jpeg } else { Format::Png };
    let encode = |image| if format == Format::Jpeg { jpeg(image) } else { png(image) };
    let small = (width > SMALL_WIDTH).then(|| encode(image.thumbnail(SMALL_WIDTH, SMALL_HEIGHT_MAX)));
    let small = small.transpose().map_err(|_encoding| Unusable::Damaged)?;
    let bytes = encode(image).map_err(|_encoding| Unusable::Damaged)?;
    if bytes.len() > DRAWN_BYTES_MAX {
        return Err(Unusable::TooManyPixels);
    }
    Ok(Drawn { bytes, format, width, height, small })
}

fn decode(bytes: &[u8], format: Format) -> Result<DynamicImage, Unusable> {
    let known = match format {
        // The decoder draws what is missing of a cut one in grey.
        Format::Jpeg if !jpeg_is_whole(bytes) => return Err(Unusable::Damaged),
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::Pdf
        | Format::Mp4
        | Format::Avi
        | Format::Flv
        | Format::Swf
        | Format::Mkv
        | Format::Rm
        | Format::Mpeg => return Err(Unusable::Damaged),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), known);
    let mut limits = Limits::no_limits();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE_PIXELS_MAX), Some(SIDE_PIXELS_MAX));
    limits.max_alloc = Some(DECODER_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unusable)?;
    if decoder.total_bytes() > DECODED_BYTES_MAX {
        return Err(Unusable::TooManyPixels);
    }
    // It stands in the EXIF, which goes: the pixels are turned instead.
    let orientation = decoder.orientation().map_err(unusable)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unusable)?;
    image.apply_orientation(orientation);
    Ok(image)
}

#[expect(clippy::needless_pass_by_value, reason = "an argument of map_err")]
fn unusable(error: image::ImageError) -> Unusable {
    match error {
        image::ImageError::Limits(_) => Unusable::TooManyPixels,
        image::ImageError::Decoding(_)
        | image::ImageError::Encoding(_)
        | image::ImageError::Parameter(_)
        | image::ImageError::Unsupported(_)
        | image::ImageError::IoError(_) => Unusable::Damaged,
    }
}

fn jpeg(image: DynamicImage) -> image::ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&image.into_rgb8())?;
    Ok(bytes)
}

fn png(image: DynamicImage) -> image::ImageResult<Vec<u8>> {
    let image = match (image.color().has_color(), image.color().has_alpha()) {
        (true, true) => DynamicImage::from(image.into_rgba8()),
        (true, false) => DynamicImage::from(image.into_rgb8()),
        (false, true) => DynamicImage::from(image.into_luma_alpha8()),
        (false, false) => DynamicImage::from(image.into_luma8()),
    };
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive);
    image.write_with_encoder(encoder)?;
    Ok(bytes)
}

/// Whether a JPEG reaches its end marker: segments by their lengths, scans by their markers (ITU-T T.81, annex B).
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const SCAN: u8 = 0xDA;
    const END: u8 = 0xD9;
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some((marker, behind)) = next_marker(rest) {
        rest = match marker {
            END => return true,
            SCAN => behind_scan(behind_segment(behind)),
            // They have no segment: TEM, RST, SOI.
            0x01 | 0xD0..=0xD8 => behind,
            _ => behind_segment(behind),
        };
    }
    false
}

/// A marker, which any number of fill bytes may precede, and what follows it.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let fill = bytes.iter().take_while(|byte| **byte == 0xFF).count();
    let (marker, behind) = bytes.get(fill..)?.split_first()?;
    (fill > 0).then_some((*marker, behind))
}

fn behind_segment(bytes: &[u8]) -> &[u8] {
    let length = bytes.first_chunk::<2>().map_or(usize::MAX, |length| usize::from(u16::from_be_bytes(*length)).max(2));
    bytes.get(length..).unwrap_or_default()
}

/// From the next marker on that is none of the scan's own: stuffed zeroes, restarts.
fn behind_scan(bytes: &[u8]) -> &[u8] {
    let is_next = |pair: &[u8]| matches!(pair, [0xFF, next] if !matches!(next, 0x00 | 0xFF | 0xD0..=0xD7));
    let found = bytes.windows(2).position(is_next).unwrap_or(bytes.len());
    bytes.get(found..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
