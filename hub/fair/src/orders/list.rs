//! Lists of orders, as either side asks for them. **Source**: SPEC 11 (L926-L934).

use std::ops::Range;

use storage::ids::{EnterpriseId, Millis};
use storage::vocabulary;

use super::{FLOW, Number, Orders, number};
use crate::accounts::Page;
use crate::day::Day;
use crate::error::{Error, Result};
use crate::flow::{Record, Scope, Wanted, check_state};

vocabulary! {
    /// What a team is to an order.
    Role {
        /// It buys.
        Buyer = "buyer",
        /// It sells: the order is about its exhibit.
        Seller = "seller",
    }
}

impl Role {
    /// The list of a team's orders in which it is that.
    #[must_use]
    pub const fn scope(self, team: EnterpriseId) -> Scope {
        match self {
            Self::Buyer => Scope::Second(team),
            Self::Seller => Scope::Owner(team),
        }
    }
}

/// What is asked for; nothing: all.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// 订单状态.
    pub state: Option<&'a str>,
    /// 订单号, whole.
    pub number: Option<&'a str>,
    /// 采购商名称, or a part of it.
    pub buyer: Option<&'a str>,
    /// 订单时间: the first day.
    pub from: Option<&'a str>,
    /// 订单时间: the last day.
    pub to: Option<&'a str>,
}

impl Filter<'_> {
    fn made(&self) -> Result<Option<Range<Millis>>> {
        let day = |text: Option<&str>, at: &'static str| {
            let parse = |text: &str| Day::parse(text).ok_or_else(|| Error::invalid(at, "no_such_day"));
            text.map(parse).transpose()
        };
        let (from, to) = (day(self.from, "/from")?, day(self.to, "/to")?);
        let first = from.map_or(Millis(i64::MIN), Day::begins);
        let end = to.map_or(Millis(i64::MAX), Day::ends);
        Ok((from.is_some() || to.is_some()).then_some(first..end))
    }
}

impl Orders {
    /// A page of orders, the newest first. Whether the caller may see the list is the caller's to say.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a state or a day that does not exist, [`Error::BadCursor`], [`Error::Store`].
    pub async fn list(&self, scope: Scope, filter: &Filter<'_>, page: (Option<&str>, u32)) -> Result<Page<Record>> {
        check_state(&FLOW, filter.state)?;
        let is_in_it = |state: &str| filter.state.is_none_or(|asked| asked == state);
        let named = filter.buyer.map(str::to_lowercase);
        let is_by = |order: &Record| {
            named.as_ref().is_none_or(|named| order.text("buyer_name").to_lowercase().contains(named.as_str()))
        };
        let wanted = Wanted { state: &is_in_it, record: &is_by, made: filter.made()? };
        match filter.number {
            None => self.0.list_wanted(&FLOW, scope, &wanted, page).await,
            Some(number) => {
                let found = self.numbered(number, scope).await?;
                Ok(Page { items: found.into_iter().filter(|order| wanted.holds(order)).collect(), next: None })
            }
        }
    }

    /// The order of a number, where the list has it.
    async fn numbered(&self, text: &str, scope: Scope) -> Result<Option<Record>> {
        let Some(number) = Number::parse(text.trim()) else { return Ok(None) };
        let Some(id) = number::holder(self.accounts().store(), number).await? else { return Ok(None) };
        let found = self.0.look(&FLOW, id).await?;
        // A number may have been claimed for a try of the order that another one outran.
        let is_it = |order: &Record| order.text("number") == number.to_string() && scope.holds(order);
        Ok(found.filter(is_it))
    }
}
