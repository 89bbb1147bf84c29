//! The tokens that a caller may see.

use hsmd_gate::{Needs, Row, actions};
use hsmd_identity::Caller;

use super::Token;
use crate::{Dependencies, Error, Operation};

/// Lists the tokens of the partitions that the caller may use, by slot; operators see all. A caller that may make
/// tokens also sees the free slot.
pub struct ListTokens;

impl Operation for ListTokens {
    type Permits = ();
    type Output = Vec<Token>;
    type Error = Error;

    fn action() -> &'static Row {
        actions::LIST_TOKENS.row()
    }

    fn needs(&self) -> Result<Needs<()>, Error> {
        Ok(Needs::daemon(&actions::LIST_TOKENS))
    }

    async fn execute(
        self,
        (): &(),
        caller: &Caller,
        with: &Dependencies,
    ) -> Result<Vec<Token>, Error> {
        let mut tokens = Vec::new();
        for partition in with.repository.partitions() {
            if caller.may_use(partition.id) || caller.is_operator() {
                tokens.push(Token::of(&partition, with).await?);
            }
        }
        if caller.may_create_tokens() {
            tokens.push(Token::free(with));
            tokens.sort_by_key(|token| token.slot);
        }
        Ok(tokens)
    }
}
