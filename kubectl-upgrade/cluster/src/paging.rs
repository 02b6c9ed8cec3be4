//! Lists page by page: the next page is asked for while the one before it is read.
//!
//! Where the next page starts stands at the head of a page, before its objects. So the server works on one page and
//! this side on another, which on a large cluster is most of the time that looking takes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::RemoteHandle;
use http::Method;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::api::{Api, escape, parse, request};
use crate::failure::Failure;
use crate::wire::{List, ListMeta};

/// Objects per page: what kubectl asks for too; a page of pods is then a few megabytes.
const PAGE: usize = 500;

/// More pages than this no cluster has: two million objects of one kind, where Kubernetes is built for 150,000 pods.
const MOST_PAGES: usize = 4_000;

/// Pages being read while the next is asked for; each is kept whole until it is read.
const READING: usize = 2;

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
        path: &str,
        query: &str,
        reduce: impl Fn(Vec<T>) -> F + Send + Sync + 'static,
        mut each: impl FnMut(F::Output),
    ) -> Result<String, Failure>
    where
        T: DeserializeOwned + Send + 'static,
        F: Future<Output: Send> + Send + 'static,
    {
        let reduce = Arc::new(reduce);
        let mut reading = VecDeque::new();
        let mut spare = Vec::new();
        let mut from = String::new();
        let mut seen = BTreeSet::new();
        loop {
            let buffer = spare.pop().unwrap_or_default();
            let page = self.bytes(request(Method::GET, &address(path, query, &from), None)?, buffer).await?;
            let head = head(&page);
            reading.push_back(read(page, Arc::clone(&reduce)));
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
        match self.pages(path, query, all, |page: Vec<T>| items.extend(page)).await {
            Err(failure) if failure.code() == Some(410) => {
                items.clear();
                let version = self.pages(path, query, all, |page: Vec<T>| items.extend(page)).await?;
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

/// Reads a page on a task of its own. Dropping what this returns stops it.
fn read<T, F>(
    buffer: Vec<u8>,
    reduce: Arc<impl Fn(Vec<T>) -> F + Send + Sync + 'static>,
) -> RemoteHandle<Result<Page<F::Output>, Failure>>
where
    T: DeserializeOwned + Send + 'static,
    F: Future<Output: Send> + Send + 'static,
{
    let page = async move {
        let List { items, metadata: meta } = parse::<List<T>>(&buffer)?;
        let reduced = reduce(items.unwrap_or_default()).await;
        Ok(Page { reduced, meta, buffer })
    };
    let (task, handle) = page.remote_handle();
    tokio::spawn(task);
    handle
}

/// The list's own metadata, where it stands before the objects.
fn head(page: &[u8]) -> Option<ListMeta> {
    let mut found = None;
    // The reader stops in the middle of the page, which the parser then calls an error.
    let _ = Head(&mut found).deserialize(&mut serde_json::Deserializer::from_slice(page));
    found
}

/// Reads a list up to its objects.
struct Head<'a>(&'a mut Option<ListMeta>);

impl<'de> DeserializeSeed<'de> for Head<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Head<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => {
                    *self.0 = Some(map.next_value()?);
                    return Ok(());
                }
                "items" => return Ok(()),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_where_it_comes_first() {
        let next = |text: &str| head(text.as_bytes()).map(|meta| meta.next);
        let first = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"t"},"items":[{"metadata":{}}]}"#;
        assert_eq!(next(first), Some("t".to_owned()));
        assert_eq!(next(r#"{"metadata":{},"items":null}"#), Some(String::new()));
        assert_eq!(next(r#"{"items":[{"metadata":{"continue":"x"}}],"metadata":{"continue":"t"}}"#), None);
        assert_eq!(next("no JSON"), None);
    }
}
