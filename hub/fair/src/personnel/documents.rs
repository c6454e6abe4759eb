//! One document, one person of the fair: claimed before the person's record is written, free again when that has another one
//! or is gone. A claim whose record never came, because its writer ended in between, gives way after a minute.

use storage::ids::UserId;
use storage::{Applied, Expect, Op, Read};

use super::table::{DocumentClaimKey, DocumentClaimPart, DocumentClaimRow, DocumentClaims};
use super::{Person, Personnel};
use crate::error::{Error, Result};
use crate::kind::State;

/// For how long a claim holds without the record that it was made for. **Units**: milliseconds.
const CLAIM_MS: i64 = 60_000;
/// Lost races about one document before giving up.
const TRIES_MAX: u32 = 8;

impl Personnel {
    /// Claims a person's document for an account, or finds that it has it.
    ///
    /// # Errors
    /// [`Error::Invalid`], `taken`, when another account of this fair has it; [`Error::Conflict`], [`Error::Store`].
    pub(super) async fn claim(&self, user: UserId, person: &Person) -> Result<()> {
        let (store, mark) = (self.accounts.store(), person.mark(&self.accounts));
        let part = DocumentClaimPart { mark: mark.clone() };
        for _ in 0..TRIES_MAX {
            let now = self.accounts.clock().now();
            let stands = store.get::<DocumentClaims>(part.clone(), DocumentClaimKey {}, Read::Serial).await?;
            let (expect, v) = match stands {
                None => (Expect::Absent(DocumentClaimKey {}), 1),
                Some(row) if row.user == user || self.is_given_up(&row, &mark).await? => {
                    (Expect::Version(DocumentClaimKey {}, row.v), row.v + 1)
                }
                Some(_another) => return Err(Error::invalid("/document_number", "taken")),
            };
            // Its own is claimed anew, too: the record that follows has its minute.
            let put = Op::Put { c: DocumentClaimKey {}, row: DocumentClaimRow { v, user, at: now }, at: None };
            match store.write_if::<DocumentClaims>(part.clone(), vec![expect], vec![put]).await? {
                Applied::Yes => return Ok(()),
                Applied::No { .. } => {}
            }
        }
        Err(Error::Conflict("the document is being claimed by others"))
    }

    /// Whether a claim is not followed by a record with that document.
    async fn is_given_up(&self, claim: &DocumentClaimRow, mark: &[u8]) -> Result<bool> {
        let age_ms = self.accounts.clock().now().since_ms(claim.at);
        // Made by a clock that is ahead, or was set back since: it counts as fresh for as long.
        if age_ms.abs() < CLAIM_MS {
            return Ok(false);
        }
        let row = match self.accounts.user_row(claim.user).await {
            Ok(row) if row.state == State::Active => row,
            Ok(_) | Err(Error::NotFound) => return Ok(true),
            Err(error) => return Err(error),
        };
        let person = self.person(claim.user, &row)?;
        Ok(person.is_none_or(|person| person.mark(&self.accounts) != mark))
    }

    /// Gives a document up that an account does not have any more; another's claim stays.
    ///
    /// # Errors
    /// [`Error::Store`]: it gives way by itself.
    pub(super) async fn release(&self, user: UserId, mark: &[u8]) -> Result<()> {
        let part = DocumentClaimPart { mark: mark.to_vec() };
        let store = self.accounts.store();
        let stands = store.get::<DocumentClaims>(part.clone(), DocumentClaimKey {}, Read::Serial).await?;
        if let Some(row) = stands.filter(|row| row.user == user) {
            let expect = vec![Expect::Version(DocumentClaimKey {}, row.v)];
            // Not so any more: somebody else has it, rightly.
            let _someone: Applied<DocumentClaims> =
                store.write_if(part, expect, vec![Op::Delete { c: DocumentClaimKey {} }]).await?;
        }
        Ok(())
    }
}
