use super::*;

/// A head of a file that begins so.
fn head(start: &[u8]) -> Vec<u8> {
    let mut head = start.to_vec();
    head.resize(HEAD_BYTES, 0);
    head
}

fn bitmap(header: u8) -> Vec<u8> {
    let mut head = head(b"BM");
    head[14] = header;
    head
}

#[test]
fn each_format_is_known_by_its_first_bytes() {
    let known: [(&[u8], Format); 16] = [
        (&[0xFF, 0xD8, 0xFF, 0xE0], Format::Jpeg),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Format::Png),
        (b"GIF87a", Format::Gif),
        (b"GIF89a", Format::Gif),
        (b"%PDF-1.7\n", Format::Pdf),
        (b"%PDF-2.0\n", Format::Pdf),
        (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", Format::Mp4),
        (b"\0\0\0\x18ftypXAVC\0\0\0\0XAVCmp42", Format::Mp4),
        (b"RIFF\0\0\0\0AVI LIST", Format::Avi),
        (b"FLV\x01\x05\0\0\0\x09", Format::Flv),
        (b"CWS\x0a", Format::Swf),
        (b"FWS\x09", Format::Swf),
        (b"\x1A\x45\xDF\xA3\xA3\x42\x86\x81\x01\x42\x82\x88matroska", Format::Mkv),
        (b".RMF\0\0\0\x12", Format::Rm),
        (b"\0\0\x01\xBA\x44", Format::Mpeg),
        (b"\0\0\x01\xB3\x14", Format::Mpeg),
    ];
    for (start, format) in known {
        assert_eq!(Format::sniff(&head(start)), Some(format), "{start:?}");
    }
    assert_eq!(Format::sniff(&bitmap(40)), Some(Format::Bmp));
}

#[test]
fn everything_else_is_nothing_that_may_be_uploaded() {
    let unknown: [&[u8]; 18] = [
        b"",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>",
        b"<?xml version=\"1.0\"?><svg/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"\n\n%PDF-1.7",
        b"%PDF-",
        b"PK\x03\x04",
        b"MZ\x90\0",
        b"\x7fELF",
        b"#!/bin/sh\n",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x18ftypmp4x\0\0\0\0avifmif1",
        b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm",
        b"BMessage from nobody",
        b"FWS\xff",
        b"GIF88a",
        b"\xFF\xD8",
    ];
    for start in unknown {
        assert_eq!(Format::sniff(&head(start)), None, "{start:?}");
        assert_eq!(Format::sniff(start), None, "{start:?}");
    }
}

#[test]
fn a_brand_is_no_minor_version_and_stands_in_the_first_box() {
    assert_eq!(Format::sniff(&head(b"\0\0\0\x10ftypavifisom")), None, "the minor version");
    assert_eq!(Format::sniff(&head(b"\0\0\0\x14ftypavif\0\0\0\0mif1isom")), None, "behind the box");
    assert_eq!(
        Format::sniff(&head(b"\xff\xff\xff\xffftypavif\0\0\0\0mif1isom")),
        Some(Format::Mp4),
        "a box that is long"
    );
}

#[test]
fn names_and_types_are_compared_with_what_a_file_is() {
    assert!(Format::Jpeg.is_named("照片.JPG") && Format::Jpeg.is_named("a.b.jpeg") && Format::Rm.is_named("x.rmvb"));
    for wrong in ["photo.png", "photo", "jpg", "photo.jpg.exe", "photo.jpg "] {
        assert!(!Format::Jpeg.is_named(wrong), "{wrong}");
    }
    for right in ["image/jpeg", "IMAGE/JPG", "image/jpeg; q=1", "application/octet-stream", ""] {
        assert!(Format::Jpeg.is_called(right), "{right}");
    }
    for wrong in ["image/png", "text/html", "image/svg+xml", "image/jpegs"] {
        assert!(!Format::Jpeg.is_called(wrong), "{wrong}");
    }
}
