//! Where long computations run, so that they do not delay short ones.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;

use crate::VaultError;

/// A bounded number of long computations at a time, and a bounded queue before them.
///
/// Each runs where it was called from, after tokio has given that thread's other tasks to another one.
pub struct Workers {
    turns: Semaphore,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Workers {
    /// At most `parallel_max` computations at a time, with `waiting_max` more waiting for their turn.
    #[must_use]
    pub fn new(parallel_max: usize, waiting_max: usize) -> Self {
        Self {
            turns: Semaphore::new(parallel_max.max(1)),
            waiting: AtomicUsize::new(0),
            waiting_max,
        }
    }

    /// Runs `work` in its turn. Dropping the future before its turn takes it out of the queue.
    ///
    /// # Errors
    ///
    /// [`VaultError::Overloaded`] when the queue is full.
    ///
    /// # Panics
    ///
    /// When `work` does.
    pub async fn run<R>(&self, work: impl FnOnce() -> R) -> Result<R, VaultError> {
        let place = Place::new(self)?;
        let turn = self
            .turns
            .acquire()
            .await
            .expect("the semaphore is never closed");
        drop(place);
        let result = match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
            _ => work(),
        };
        drop(turn);
        Ok(result)
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a Workers);

impl<'a> Place<'a> {
    fn new(workers: &'a Workers) -> Result<Self, VaultError> {
        let place = Self(workers);
        if workers.waiting.fetch_add(1, Ordering::Relaxed)
            >= workers.waiting_max + workers.turns.available_permits()
        {
            return Err(VaultError::Overloaded {
                waiting_max: workers.waiting_max,
            });
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn a_full_queue_refuses_and_a_left_place_is_free_again() {
        let workers = Workers::new(1, 1);
        let turn = workers.turns.try_acquire().unwrap();
        let mut context = Context::from_waker(Waker::noop());
        {
            let mut waiting = pin!(workers.run(|| 1));
            assert!(waiting.as_mut().poll(&mut context).is_pending());
            let refused = pin!(workers.run(|| 2)).poll(&mut context);
            assert_eq!(
                refused,
                Poll::Ready(Err(VaultError::Overloaded { waiting_max: 1 }))
            );
        }
        let mut waiting = pin!(workers.run(|| 3));
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        drop(turn);
        assert_eq!(waiting.poll(&mut context), Poll::Ready(Ok(3)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_more_than_allowed_run_at_a_time() {
        let workers = Arc::new(Workers::new(2, 100));
        let running = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (workers, running) = (Arc::clone(&workers), Arc::clone(&running));
                tokio::spawn(async move {
                    let work = || {
                        let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                        std::thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                        now
                    };
                    workers.run(work).await.unwrap()
                })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap() <= 2);
        }
    }
}
