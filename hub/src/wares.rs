//! What is on show, as orders and conversations need it: whose it is, what it is called, what it costs. Never decides what
//! is shown: the fair's showcase does.

use fair::exhibits::{Exhibits, NUMBER};
use fair::flow::Who;
use fair::orders::Offer;
use fair::showcase::{BoothPage, ExhibitPage};
use storage::ids::RecordId;

use crate::ground::Ground;
use crate::wire::Failure;

/// A booth that everybody sees now.
///
/// # Errors
/// The store's.
pub async fn booth(ground: &Ground, id: RecordId) -> Result<Option<BoothPage>, Failure> {
    found(ground.showcase().booth(id).await)
}

/// An exhibit that everybody sees now.
///
/// # Errors
/// The store's.
pub async fn exhibit(ground: &Ground, id: RecordId) -> Result<Option<ExhibitPage>, Failure> {
    found(ground.showcase().exhibit(id).await)
}

/// The same as an order keeps it.
///
/// # Errors
/// The store's.
pub async fn offer(ground: &Ground, id: RecordId) -> Result<Option<Offer>, Failure> {
    Ok(exhibit(ground, id).await?.map(|ExhibitPage { content, booth, .. }| Offer {
        exhibit: content.id,
        number: content.number,
        name: content.name,
        picture: content.pictures.first().map(|picture| picture.id),
        unit_price_fen: content.market_price_fen,
        seller: content.enterprise.id,
        booth: booth.id,
        booth_name: booth.name,
        region: booth.region,
    }))
}

/// An exhibit that `who` may show to others: one that everybody sees, or one of their own as it is filled in.
///
/// # Errors
/// The store's.
pub async fn card(ground: &Ground, who: &Who, id: RecordId) -> Result<Option<chat::wire::ExhibitCard>, Failure> {
    if let Some(Offer { exhibit: id, number, name, picture, unit_price_fen: market_price_fen, .. }) =
        offer(ground, id).await?
    {
        return Ok(Some(chat::wire::ExhibitCard { id, number, name, picture, market_price_fen }));
    }
    let exhibits = Exhibits::new(ground.flows().clone(), ground.uploads().clone(), false);
    let own = found(exhibits.get(who, id).await)?.filter(|record| record.is_owned_by(who));
    Ok(own.map(|record| chat::wire::ExhibitCard {
        id,
        number: record.text(NUMBER).to_owned(),
        name: record.text("name").to_owned(),
        // Nobody else could look at it.
        picture: None,
        market_price_fen: record.number("market_price_fen"),
    }))
}

fn found<T>(answer: fair::Result<T>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(fair::Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}
