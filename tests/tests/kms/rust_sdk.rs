//! The AWS SDK for Rust, over HTTP/1.1 and over HTTP/2: its own requests, signatures, retries and errors, on connections of
//! ours, which say what HTTP is spoken.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Polling, Poll};

use aws_sdk_kms::Client;
use aws_sdk_kms::config::http::{HttpRequest, HttpResponse};
use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_kms::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_kms::error::ProvideErrorMetadata as _;
use aws_sdk_kms::operation::RequestId as _;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    DataKeySpec, KeySpec, KeyState, KeyUsageType, MessageType, SigningAlgorithmSpec,
};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use hsm_tests::{Daemon, DevOptions, https};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::{Uri, Version};
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const BOTH: [Version; 2] = [Version::HTTP_11, Version::HTTP_2];

/// A client as `aws_config` would make it of `DIR/env`, which speaks this version of HTTP.
fn client(daemon: &Daemon, version: Version, retries: RetryConfig) -> Client {
    let credentials = Credentials::new(
        daemon.variable("AWS_ACCESS_KEY_ID"),
        daemon.variable("AWS_SECRET_ACCESS_KEY"),
        None,
        None,
        "DIR/env",
    );
    let settings = aws_sdk_kms::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(daemon.variable("AWS_REGION").to_owned()))
        .endpoint_url(daemon.variable("AWS_ENDPOINT_URL_KMS"))
        .credentials_provider(credentials)
        .retry_config(retries)
        .http_client(http_client(daemon, version));
    Client::from_conf(settings.build())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_made_used_and_ended_over_both_versions_of_http() {
    let daemon = Daemon::dev();
    for version in BOTH {
        let kms = client(&daemon, version, RetryConfig::disabled());
        let key = kms
            .create_key()
            .description("by Rust")
            .send()
            .await
            .unwrap();
        let key = key.key_metadata.unwrap();
        assert_eq!(key.key_state, Some(KeyState::Enabled));
        let (id, alias) = (
            key.key_id,
            format!("alias/rust-{version:?}").replace('.', "-"),
        );
        let alias = alias.replace("HTTP/", "http-");
        kms.create_alias()
            .alias_name(&alias)
            .target_key_id(&id)
            .send()
            .await
            .unwrap();

        let sealed = kms
            .encrypt()
            .key_id(&alias)
            .plaintext(Blob::new("hello"))
            .encryption_context("purpose", "test")
            .send()
            .await
            .unwrap();
        let opened = kms
            .decrypt()
            .ciphertext_blob(sealed.ciphertext_blob.unwrap())
            .encryption_context("purpose", "test")
            .send()
            .await
            .unwrap();
        assert_eq!(opened.plaintext.unwrap().as_ref(), b"hello");
        assert_eq!(opened.key_id, key.arn);
        let data_key = kms
            .generate_data_key()
            .key_id(&id)
            .key_spec(DataKeySpec::Aes256)
            .send()
            .await
            .unwrap();
        assert_eq!(data_key.plaintext.unwrap().as_ref().len(), 32);

        let pair = kms
            .create_key()
            .key_spec(KeySpec::MlDsa65)
            .key_usage(KeyUsageType::SignVerify)
            .send()
            .await
            .unwrap();
        let pair = pair.key_metadata.unwrap().key_id;
        let message = Blob::new(vec![7; 4096]);
        let signed = kms
            .sign()
            .key_id(&pair)
            .message(message.clone())
            .message_type(MessageType::Raw)
            .signing_algorithm(SigningAlgorithmSpec::MlDsaShake256)
            .send()
            .await
            .unwrap();
        let verified = kms
            .verify()
            .key_id(&pair)
            .message(message)
            .signing_algorithm(SigningAlgorithmSpec::MlDsaShake256)
            .signature(signed.signature.unwrap())
            .send()
            .await
            .unwrap();
        assert!(verified.signature_valid);

        let ended = kms
            .schedule_key_deletion()
            .key_id(&id)
            .pending_window_in_days(7)
            .send()
            .await
            .unwrap();
        assert_eq!(ended.key_state, Some(KeyState::PendingDeletion));
        let pages = kms.list_keys().into_paginator().page_size(1).items().send();
        let keys = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        assert!(keys.len() >= 2, "{keys:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_tell_what_the_connection_agreed_on() {
    let daemon = Daemon::dev();
    for version in BOTH {
        let kms = client(&daemon, version, RetryConfig::disabled());
        kms.create_key().send().await.unwrap();
    }
    let url = daemon.variable("AWS_ENDPOINT_URL_KMS");
    let host = url.strip_prefix("https://").unwrap();
    let tail = daemon.hsm(&["audit", "tail", "--json"]).succeeded();
    let records = tail.stdout.lines().map(serde_json::from_str);
    let mut told: Vec<serde_json::Value> = records.map(Result::unwrap).collect();
    told.retain(|record| record["eventName"] == "CreateKey" && record["eventPhase"] == "Outcome");
    assert_eq!(told.len(), 2, "{tail}");
    for record in told {
        let details = &record["tlsDetails"];
        assert_eq!(details["tlsVersion"], "TLSv1.3");
        assert_eq!(details["clientProvidedHostHeader"], host);
        let suite = details["cipherSuite"].as_str().unwrap();
        let suites = [
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
        ];
        assert!(suites.contains(&suite), "{suite}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_come_out_as_the_types_of_the_sdk() {
    let daemon = Daemon::dev();
    for version in BOTH {
        let kms = client(&daemon, version, RetryConfig::standard());
        let absent = kms.describe_key().key_id("alias/none").send().await;
        let absent = absent.unwrap_err().into_service_error();
        assert!(absent.is_not_found_exception(), "{absent:?}");
        assert!(absent.meta().request_id().is_some_and(|id| id.len() == 36));
        let wrong = kms
            .decrypt()
            .ciphertext_blob(Blob::new([1; 80]))
            .send()
            .await;
        let wrong = wrong.unwrap_err().into_service_error();
        assert!(wrong.is_invalid_ciphertext_exception(), "{wrong:?}");
        let denied = kms
            .encrypt()
            .key_id("arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab")
            .plaintext(Blob::new("x"))
            .send()
            .await;
        let denied = denied.unwrap_err().into_service_error();
        assert_eq!(denied.code(), Some("AccessDeniedException"));
        let message = denied.message().unwrap_or_default();
        assert!(message.contains("kms:Encrypt"), "{denied:?}");
        let invalid = kms.generate_random().number_of_bytes(1025).send().await;
        let invalid = invalid.unwrap_err().into_service_error();
        assert_eq!(invalid.code(), Some("ValidationException"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_requests_share_one_http2_connection() {
    let daemon = Daemon::dev();
    let kms = client(&daemon, Version::HTTP_2, RetryConfig::disabled());
    let key = kms.create_key().send().await.unwrap().key_metadata.unwrap();
    let mut requests = JoinSet::new();
    for number in 0..100_u8 {
        let (kms, key) = (kms.clone(), key.key_id.clone());
        requests.spawn(async move {
            let text = vec![number; 1 + usize::from(number) * 40];
            let sealed = kms.encrypt().key_id(key).plaintext(Blob::new(text.clone()));
            let sealed = sealed.send().await.unwrap().ciphertext_blob.unwrap();
            let opened = kms.decrypt().ciphertext_blob(sealed).send().await.unwrap();
            opened.plaintext.unwrap().into_inner() == text
        });
    }
    let answers = requests.join_all().await;
    assert_eq!(answers.len(), 100);
    assert!(answers.into_iter().all(|is_right| is_right));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_over_its_rate_is_throttled_and_the_sdk_tries_again() {
    let daemon = Daemon::dev_with(DevOptions {
        arguments: vec!["--quotas".to_owned()],
        ..DevOptions::default()
    });
    let once = client(&daemon, Version::HTTP_11, RetryConfig::disabled());
    let key = once
        .create_key()
        .send()
        .await
        .unwrap()
        .key_metadata
        .unwrap();
    // One pair of RSA-4096 in ten seconds, whatever the key that encrypts it may do.
    let pair = || {
        let pair = once.generate_data_key_pair_without_plaintext();
        pair.key_id(&key.key_id).key_pair_spec("RSA_4096".into())
    };
    // Of four asked for at once, even a slow machine has the last before the second may be made.
    let four = tokio::join!(pair().send(), pair().send(), pair().send(), pair().send());
    let four = [four.0, four.1, four.2, four.3];
    let throttled: Vec<_> = four
        .into_iter()
        .filter_map(Result::err)
        .map(aws_smithy_runtime_api::client::result::SdkError::into_service_error)
        .collect();
    assert!((1..=3).contains(&throttled.len()), "{throttled:?}");
    for throttled in throttled {
        assert_eq!(throttled.code(), Some("ThrottlingException"));
        assert_eq!(throttled.message(), Some("Rate exceeded"));
    }
    let encrypted = once.encrypt().key_id(&key.key_id).plaintext(Blob::new("x"));
    encrypted.send().await.unwrap();

    // More keys than five a second: the SDK knows that it may ask again.
    let patient = RetryConfig::standard().with_max_attempts(12);
    let patient = client(&daemon, Version::HTTP_2, patient);
    let mut requests = JoinSet::new();
    for _ in 0..9 {
        let patient = patient.clone();
        requests.spawn(async move { patient.create_key().send().await.is_ok() });
    }
    assert_eq!(requests.join_all().await, [true; 9]);
}

/// Carries requests of the SDK over TLS connections that agreed on one version of HTTP.
#[derive(Debug, Clone)]
struct Carrier {
    version: Version,
    connections: Connections<ToDaemon, Full<Bytes>>,
}

fn http_client(daemon: &Daemon, version: Version) -> SharedHttpClient {
    let is_two = version == Version::HTTP_2;
    let protocol: &[u8] = if is_two { b"h2" } else { b"http/1.1" };
    let tls = https::client_of(daemon, protocol);
    let connector = ToDaemon(TlsConnector::from(Arc::new(tls)));
    let connections = Connections::builder(TokioExecutor::new())
        .http2_only(is_two)
        .build(connector);
    let carrier = Carrier {
        version,
        connections,
    };
    http_client_fn(move |_, _| SharedHttpConnector::new(carrier.clone()))
}

impl HttpConnector for Carrier {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let carrier = self.clone();
        HttpConnectorFuture::new(async move { carrier.carry(request).await })
    }
}

impl Carrier {
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let body = request.body().bytes().expect("a body in memory").to_vec();
        let mut carried = hyper::Request::builder()
            .method(request.method())
            .uri(request.uri());
        for (name, value) in request.headers() {
            // Over HTTP/2 the authority says it.
            if name != "host" || self.version == Version::HTTP_11 {
                carried = carried.header(name, value);
            }
        }
        let carried = carried.body(Full::new(Bytes::from(body)));
        let carried = carried.map_err(|error| ConnectorError::user(error.into()))?;
        let response = self.connections.request(carried).await;
        let response = response.map_err(|error| ConnectorError::io(error.into()))?;
        assert_eq!(response.version(), self.version);
        let (head, body) = response.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|error| ConnectorError::io(error.into()))?;
        let status = head.status.as_u16().try_into().expect("a status");
        let mut answer = HttpResponse::new(status, body.to_bytes().to_vec().into());
        for (name, value) in &head.headers {
            let value = value.to_str().expect("text").to_owned();
            answer.headers_mut().append(name.as_str().to_owned(), value);
        }
        Ok(answer)
    }
}

/// Opens TLS connections.
#[derive(Clone)]
struct ToDaemon(TlsConnector);

impl std::fmt::Debug for ToDaemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ToDaemon")
    }
}

/// A TLS connection to the daemon.
struct Opened(TokioIo<TlsStream<TcpStream>>);

impl tower::Service<Uri> for ToDaemon {
    type Response = Opened;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Opened>> + Send>>;

    fn poll_ready(&mut self, _: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let tls = self.0.clone();
        Box::pin(async move {
            let authority = uri.authority().expect("an absolute URI");
            let stream = TcpStream::connect(authority.as_str()).await?;
            let name = ServerName::try_from(authority.host().to_owned());
            let stream = tls.connect(name.map_err(io::Error::other)?, stream).await?;
            Ok(Opened(TokioIo::new(stream)))
        })
    }
}

impl Connection for Opened {
    fn connected(&self) -> Connected {
        let (_, tls) = self.0.inner().get_ref();
        match tls.alpn_protocol() {
            Some(b"h2") => Connected::new().negotiated_h2(),
            _ => Connected::new(),
        }
    }
}

impl Read for Opened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        polling: &mut Polling<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(polling, buffer)
    }
}

impl Write for Opened {
    fn poll_write(
        mut self: Pin<&mut Self>,
        polling: &mut Polling<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(polling, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(polling)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, polling: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(polling)
    }
}
