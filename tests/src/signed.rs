//! A client of the AWS door of our own: HTTP/1.1 on one connection, and signatures made here, apart from the daemon's code.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{digest, hmac};
use serde_json::Value;

use crate::Daemon;

/// Who signs, and for what.
#[derive(Clone)]
pub struct Signer {
    /// The access key's id.
    pub key_id: String,
    /// Its secret.
    pub secret: String,
    /// The Region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: String,
    /// Seconds that the signer's clock is ahead of ours.
    pub clock_ahead_seconds: i64,
}

/// A request before it is signed.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path, with a query behind a question mark.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One connection over plain HTTP.
pub struct Connection {
    address: String,
    stream: BufReader<TcpStream>,
}

/// A client of KMS with the access key of `DIR/env`.
pub struct Kms {
    /// Who signs.
    pub signer: Signer,
    /// The connection.
    pub connection: Connection,
}

impl Signer {
    /// The access key of `DIR/env`.
    #[must_use]
    pub fn of(daemon: &Daemon) -> Self {
        Self {
            key_id: daemon.variable("AWS_ACCESS_KEY_ID").to_owned(),
            secret: daemon.variable("AWS_SECRET_ACCESS_KEY").to_owned(),
            region: daemon.variable("AWS_REGION").to_owned(),
            service: "kms".to_owned(),
            clock_ahead_seconds: 0,
        }
    }

    /// The access key of the second account, of `DIR/env` as well.
    #[must_use]
    pub fn second_of(daemon: &Daemon) -> Self {
        Self {
            key_id: daemon.variable("HSM_SECOND_ACCESS_KEY_ID").to_owned(),
            secret: daemon.variable("HSM_SECOND_SECRET_ACCESS_KEY").to_owned(),
            ..Self::of(daemon)
        }
    }

    /// Adds `host`, `x-amz-date` and `authorization`, over all headers.
    pub fn sign(&self, request: &mut Request, host: &str) {
        let date_time = self.date_time();
        request.headers.push(("host".to_owned(), host.to_owned()));
        request
            .headers
            .push(("x-amz-date".to_owned(), date_time.clone()));
        let names = signed_headers(request);
        let signature = self.signature(request, &date_time);
        let value = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature={signature}",
            self.key_id,
            self.scope(&date_time)
        );
        request.headers.push(("authorization".to_owned(), value));
    }

    /// Adds `host`, and puts the signature into the query: good for so many seconds.
    pub fn presign(&self, request: &mut Request, host: &str, seconds: u32) {
        let date_time = self.date_time();
        request.headers.push(("host".to_owned(), host.to_owned()));
        let names = signed_headers(request).replace(';', "%3B");
        let credential = format!("{}/{}", self.key_id, self.scope(&date_time)).replace('/', "%2F");
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let mut parameters: Vec<String> = query.split('&').map(str::to_owned).collect();
        parameters.retain(|parameter| !parameter.is_empty());
        parameters.extend([
            "X-Amz-Algorithm=AWS4-HMAC-SHA256".to_owned(),
            format!("X-Amz-Credential={credential}"),
            format!("X-Amz-Date={date_time}"),
            format!("X-Amz-Expires={seconds}"),
            format!("X-Amz-SignedHeaders={names}"),
        ]);
        parameters.sort();
        request.path = format!("{path}?{}", parameters.join("&"));
        let signature = self.signature(request, &date_time);
        request.path.push_str("&X-Amz-Signature=");
        request.path.push_str(&signature);
    }

    /// The signature over all of a request's headers. Its query is in canonical form.
    fn signature(&self, request: &Request, date_time: &str) -> String {
        let mut headers = request.headers.clone();
        headers.sort();
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let canonical = format!(
            "{}\n{path}\n{query}\n{lines}\n{}\n{}",
            request.method,
            signed_headers(request),
            sha256(&request.body)
        );
        let scope = self.scope(date_time);
        let text = format!(
            "AWS4-HMAC-SHA256\n{date_time}\n{scope}\n{}",
            sha256(canonical.as_bytes())
        );
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/') {
            key = hmac_sha256(&key, part.as_bytes());
        }
        hex::encode(hmac_sha256(&key, text.as_bytes()))
    }

    fn scope(&self, date_time: &str) -> String {
        let date = &date_time[..8];
        format!("{date}/{}/{}/aws4_request", self.region, self.service)
    }

    fn date_time(&self) -> String {
        date_time(now().saturating_add_signed(self.clock_ahead_seconds))
    }
}

/// The names of all headers, as signatures list them.
fn signed_headers(request: &Request) -> String {
    let mut names: Vec<_> = request
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names.join(";")
}

impl Request {
    /// A call of KMS.
    pub fn call(operation: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: "POST",
            path: "/".to_owned(),
            headers: vec![
                (
                    "content-type".to_owned(),
                    "application/x-amz-json-1.1".to_owned(),
                ),
                (
                    "x-amz-target".to_owned(),
                    format!("TrentService.{operation}"),
                ),
            ],
            body: body.into(),
        }
    }

    /// With one more header, before it is signed.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// As it goes over a connection of HTTP/1.1.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", self.body.len()).as_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Connection {
    /// A new connection to the plain HTTP port of a development daemon.
    #[must_use]
    pub fn to(daemon: &Daemon) -> Self {
        let url = daemon.variable("HSM_KMS_HTTP_URL");
        let address = url
            .strip_prefix("http://")
            .expect("a plain HTTP URL")
            .to_owned();
        let stream = BufReader::new(connect(&address));
        Self { address, stream }
    }

    /// The `host` header of requests on this connection.
    #[must_use]
    pub fn host(&self) -> String {
        self.address.clone()
    }

    /// Sends a request as it is, and reads the answer. Connects again if the daemon closed the connection before.
    pub fn send(&mut self, request: &Request) -> Answer {
        let bytes = request.to_bytes();
        if let Some(answer) = self.try_send(&bytes) {
            return answer;
        }
        self.stream = BufReader::new(connect(&self.address));
        self.try_send(&bytes)
            .expect("an answer on a new connection")
    }

    fn try_send(&mut self, bytes: &[u8]) -> Option<Answer> {
        self.stream.get_mut().write_all(bytes).ok()?;
        read_answer(&mut self.stream)
    }
}

impl Kms {
    /// A client on a connection of its own.
    #[must_use]
    pub fn of(daemon: &Daemon) -> Self {
        Self::signed_by(daemon, &Signer::of(daemon))
    }

    /// As [`of`](Self::of), with another access key.
    #[must_use]
    pub fn signed_by(daemon: &Daemon, signer: &Signer) -> Self {
        Self {
            signer: signer.clone(),
            connection: Connection::to(daemon),
        }
    }

    /// Calls an operation with a signed request.
    pub fn call(&mut self, operation: &str, body: &Value) -> Answer {
        self.send(Request::call(operation, body.to_string()))
    }

    /// Signs a request and sends it.
    pub fn send(&mut self, mut request: Request) -> Answer {
        self.signer.sign(&mut request, &self.connection.host());
        self.connection.send(&request)
    }
}

impl Answer {
    /// The value of a header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null if it is empty.
    #[must_use]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", text()))
    }

    /// The error's name.
    #[must_use]
    pub fn code(&self) -> String {
        self.json()["__type"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The error's message.
    #[must_use]
    pub fn message(&self) -> String {
        let body = self.json();
        let message = body["message"].as_str().or(body["Message"].as_str());
        message.unwrap_or_default().to_owned()
    }

    /// The body of a success.
    #[track_caller]
    #[must_use]
    pub fn succeeded(&self) -> Value {
        assert_eq!(self.status, 200, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// An error with this name; gives its message.
    #[track_caller]
    #[must_use]
    pub fn failed(&self, code: &str) -> String {
        assert!(
            self.status >= 400 && self.code() == code,
            "should be {code}: {} {}",
            self.status,
            String::from_utf8_lossy(&self.body)
        );
        self.message()
    }
}

/// Reads one answer; none if the connection ended before it.
pub fn read_answer(stream: &mut BufReader<TcpStream>) -> Option<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        stream.read_line(&mut line).ok()?;
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap_or(0));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Answer {
        status,
        headers,
        body,
    })
}

/// A connection on which nothing waits for ever.
#[must_use]
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the daemon listens");
    stream.set_nodelay(true).expect("a TCP socket");
    stream
        .set_read_timeout(Some(Duration::from_mins(2)))
        .expect("a TCP socket");
    stream
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

fn hmac_sha256(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes)
        .as_ref()
        .to_vec()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the daemon under test has the machine's clock"
)]
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
}

/// As `20150830T123600Z`.
fn date_time(unix_seconds: u64) -> String {
    let (days, seconds) = (unix_seconds / 86_400, unix_seconds % 86_400);
    // Days since 1 March of year 0, in eras of 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}
