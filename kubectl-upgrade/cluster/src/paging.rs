//! Lists page by page: the next page is asked for while the one before it is still coming in.
//!
//! Where the next page starts stands at the head of a page, before its objects. So the server works on one page while
//! another is under way and read here, which on a large cluster is most of the time that looking takes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::RemoteHandle;
use http::Method;
use http::header::{ACCEPT, HeaderValue};
use serde::de::DeserializeOwned;

use crate::api::{Api, escape, request};
use crate::coming::Coming;
use crate::failure::Failure;
use crate::wire::{Form, List, ListMeta};

/// Objects per page: what kubectl asks for too; a page of pods is then a few megabytes.
const PAGE: usize = 500;

/// More pages than this no cluster has: two million objects of one kind, where Kubernetes is built for 150,000 pods.
const MOST_PAGES: usize = 4_000;

/// Pages coming in or being read while the next is asked for; each is kept whole until it is read.
const READING: usize = 2;

/// A head is a few hundred bytes; what has none in so many has it behind its objects.
const HEAD: usize = 64 * 1024;

/// A page that was read.
struct Page<R> {
    reduced: R,
    meta: ListMeta,
    /// What it was kept in, for another page: memory that comes anew from the system has to be cleared by it.
    buffer: Vec<u8>,
}

impl Api {
    /// Every page of a list, reduced as it comes so that no list is ever kept whole, and handed over in order. Returns
    /// the list's resource version.
    pub(crate) async fn pages<T, F>(
        &self,
        form: Form<T>,
        path: &str,
        query: &str,
        reduce: impl Fn(Vec<T>) -> F + Send + Sync + 'static,
        mut each: impl FnMut(F::Output),
    ) -> Result<String, Failure>
    where
        T: Send + 'static,
        F: Future<Output: Send> + Send + 'static,
    {
        let reduce = Arc::new(reduce);
        let mut reading = VecDeque::new();
        let mut spare = Vec::new();
        let mut from = String::new();
        let mut seen = BTreeSet::new();
        loop {
            let buffer = spare.pop().unwrap_or_default();
            let mut asked = request(Method::GET, &address(path, query, &from), None)?;
            asked.headers_mut().insert(ACCEPT, HeaderValue::from_static(form.accept));
            let mut page = self.open(asked, buffer).await?;
            let head = page.head(form.head).await?;
            reading.push_back(read(page, form.read, Arc::clone(&reduce)));
            // Where the head does not say where the list goes on, the end of the page does.
            let left = if head.is_some() { READING - 1 } else { 0 };
            let mut last = None;
            while reading.len() > left {
                let Some(page) = reading.pop_front() else { break };
                let Page { reduced, meta, buffer } = page.await?;
                each(reduced);
                spare.push(buffer);
                last = Some(meta);
            }
            match head.or(last) {
                Some(meta) if !meta.next.is_empty() => {
                    if !seen.insert(meta.next.clone()) {
                        return Err(Failure::Endless("the server led back to a page that was read before"));
                    }
                    if seen.len() >= MOST_PAGES {
                        return Err(Failure::Endless("expected at most 4,000 pages of 500 objects, found more"));
                    }
                    from = meta.next;
                }
                end => {
                    for page in reading {
                        each(page.await?.reduced);
                    }
                    return Ok(end.unwrap_or_default().resource_version);
                }
            }
        }
    }

    /// A whole list. When it changed too much between two pages for the server to go on, it is asked for once more.
    pub(crate) async fn list<T>(&self, path: &str, query: &str) -> Result<(Vec<T>, String), Failure>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let mut items: Vec<T> = Vec::new();
        let all = |page| std::future::ready(page);
        match self.pages(Form::JSON, path, query, all, |page: Vec<T>| items.extend(page)).await {
            Err(failure) if failure.code() == Some(410) => {
                items.clear();
                let version = self.pages(Form::JSON, path, query, all, |page: Vec<T>| items.extend(page)).await?;
                Ok((items, version))
            }
            other => other.map(|version| (items, version)),
        }
    }
}

fn address(path: &str, query: &str, from: &str) -> String {
    let token = if from.is_empty() { String::new() } else { format!("&continue={}", escape(from)) };
    let joint = if query.is_empty() { "" } else { "&" };
    format!("{path}?limit={PAGE}{token}{joint}{query}")
}

/// Takes in and reads a page on a task of its own. Dropping what this returns stops it.
fn read<T, F>(
    page: Coming,
    form: fn(&[u8]) -> Result<List<T>, Failure>,
    reduce: Arc<impl Fn(Vec<T>) -> F + Send + Sync + 'static>,
) -> RemoteHandle<Result<Page<F::Output>, Failure>>
where
    T: Send + 'static,
    F: Future<Output: Send> + Send + 'static,
{
    let page = async move {
        let buffer = page.whole().await?;
        let List { items, metadata: meta } = form(&buffer)?;
        let reduced = reduce(items.unwrap_or_default()).await;
        Ok(Page { reduced, meta, buffer })
    };
    let (task, handle) = page.remote_handle();
    tokio::spawn(task);
    handle
}

impl Coming {
    /// Waits for the list's own metadata; none where it does not stand before the objects.
    async fn head(&mut self, form: fn(&[u8]) -> Option<ListMeta>) -> Result<Option<ListMeta>, Failure> {
        let mut found = None;
        while found.is_none() && self.here().len() < HEAD && self.more().await? {
            found = form(self.here());
        }
        Ok(found)
    }
}
