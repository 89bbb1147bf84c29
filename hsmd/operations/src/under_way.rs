//! Requests are finished though their client hangs up: a use that has begun is recorded.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::runtime::Handle;
use tokio::sync::watch;

/// The requests of one front door that are done though nobody waits for them any more.
#[derive(Debug)]
pub struct UnderWay(watch::Sender<usize>);

impl Default for UnderWay {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl UnderWay {
    /// Returns when every request whose client did not wait for it has been done too.
    pub async fn wait_until_idle(&self) {
        // The sender lives as long as `self`, so this cannot fail.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Does something to its end that nobody waits for.
    pub fn finish(self: &Arc<Self>, work: impl Future + Send + 'static) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let under_way = Arc::clone(self);
        under_way.0.send_modify(|count| *count += 1);
        runtime.spawn(async move {
            work.await;
            under_way.0.send_modify(|count| *count -= 1);
        });
    }

    /// The same future, which is finished in a task of its own when whoever waits for it goes away.
    pub fn to_its_end<F>(self: &Arc<Self>, future: F) -> ToItsEnd<F>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        ToItsEnd {
            future: Some(Box::pin(future)),
            under_way: Arc::clone(self),
        }
    }
}

/// A future that is finished in a task of its own when whoever waits for it goes away.
#[derive(Debug)]
pub struct ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    future: Option<Pin<Box<F>>>,
    under_way: Arc<UnderWay>,
}

impl<F> Future for ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let Some(future) = self.future.as_mut() else {
            return Poll::Pending;
        };
        let output = std::task::ready!(future.as_mut().poll(task));
        self.future = None;
        Poll::Ready(output)
    }
}

impl<F> Drop for ToItsEnd<F>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            self.under_way.finish(future);
        }
    }
}
