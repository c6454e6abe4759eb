//! A file that is being written: one piece in memory, one on its way. Given up, it leaves nothing.

use std::fmt;
use std::sync::Arc;

use object_store::MultipartUpload;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path as Place;

use super::failed;
use crate::error::Result;

/// See the module.
pub struct Writing {
    way: Way,
    piece: Vec<u8>,
    piece_bytes: usize,
}

enum Way {
    /// A store that cleans up behind a file that is dropped.
    Whole(Box<dyn MultipartUpload>),
    /// One where what was begun stays until somebody ends it.
    Parts { parts: Arc<dyn MultipartStore>, place: Place, token: String, written: Vec<PartId> },
}

impl fmt::Debug for Writing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writing")
    }
}

impl Writing {
    pub(super) fn whole(upload: Box<dyn MultipartUpload>, piece_bytes: usize) -> Self {
        Self { way: Way::Whole(upload), piece: Vec::new(), piece_bytes }
    }

    pub(super) fn in_parts(parts: Arc<dyn MultipartStore>, place: Place, token: String, piece_bytes: usize) -> Self {
        let way = Way::Parts { parts, place, token, written: Vec::new() };
        Self { way, piece: Vec::new(), piece_bytes }
    }

    /// By what [`super::Files::discard`] knows it in another process, where that takes more than its id.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        match &self.way {
            Way::Whole(_) => None,
            Way::Parts { token, .. } => Some(token),
        }
    }

    /// Takes bytes; waits while a piece is on its way.
    ///
    /// # Errors
    /// [`crate::Error::Store`]: give it up.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            if self.piece.is_empty() {
                self.piece.reserve_exact(self.piece_bytes);
            }
            let space = self.piece_bytes.saturating_sub(self.piece.len());
            let (now, later) = bytes.split_at(space.min(bytes.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() >= self.piece_bytes {
                self.flush().await?;
            }
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let piece = std::mem::take(&mut self.piece);
        match &mut self.way {
            Way::Whole(upload) => upload.put_part(piece.into()).await.map_err(failed)?,
            Way::Parts { parts, place, token, written } => {
                let part = parts.put_part(place, token, written.len(), piece.into()).await.map_err(failed)?;
                written.push(part);
            }
        }
        Ok(())
    }

    /// Gives it its name, once it is durable. At least one byte has been written.
    ///
    /// # Errors
    /// [`crate::Error::Store`]: then it is not there, or discard it.
    pub async fn finish(mut self) -> Result<()> {
        if !self.piece.is_empty() {
            self.flush().await?;
        }
        match self.way {
            Way::Whole(mut upload) => upload.complete().await.map_err(failed)?,
            Way::Parts { parts, place, token, written } => {
                parts.complete_multipart(&place, &token, written).await.map_err(failed)?
            }
        };
        Ok(())
    }
}
