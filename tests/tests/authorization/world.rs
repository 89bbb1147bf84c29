//! The daemon of the matrix: three partitions, its callers, and objects to ask for.

use std::{
    cell::Cell,
    fs,
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
};

use hsm_algorithms::pkcs11::*;
use hsm_algorithms::{AttributeValue, Attributes};
use hsm_proto::attributes::to_wire;
use hsm_proto::{
    Attribute, CreatePartitionRequest, GenerateKeyPairRequest, GenerateKeyRequest, HelloRequest,
    ListTokensRequest, LoginRequest, LoginRole, ReadAuditRequest, TokenInfo, TokenProfile,
};
use hsm_tests::{Daemon, Outcome};
use rcgen::{CertificateParams, KeyPair};
use rustix::fs::Uid;
use rustix::process::geteuid;
use rustix::thread::set_thread_res_uid;

use crate::doors::{Certificate, Door, Line};
use crate::requests::filled;
use crate::{Caller, Refusals};

pub(crate) const PIN: &[u8] = b"123456";
pub(crate) const SO_PIN: &[u8] = b"87654321";
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// Users of this machine that the suite makes up.
const UID_OF_WEB: u32 = 40_001;
const UID_OF_MAIL: u32 = 40_002;
const UID_OF_NOBODY: u32 = 40_003;

pub(crate) struct World {
    daemon: Daemon,
    operator: PathBuf,
    web_client: PathBuf,
    mail_client: PathBuf,
    stranger: Certificate,
    pub(crate) spare: TokenInfo,
    pub(crate) mail: Vec<u8>,
    pub(crate) targets: Targets,
    names: Cell<u32>,
}

/// What is asked for: objects of the web partition, or what stands for them.
#[derive(Clone, Default)]
pub(crate) struct Targets {
    pub(crate) partition: Vec<u8>,
    /// An AES key that may do everything.
    pub(crate) key: Vec<u8>,
    /// A key that may be wrapped.
    pub(crate) extractable: Vec<u8>,
    /// A private key to agree with, and the point of its public half.
    pub(crate) agreeing: Vec<u8>,
    pub(crate) point: Vec<u8>,
    /// A private key that asks for the PIN at each use.
    pub(crate) careful: Vec<u8>,
    /// An RSA key pair: public and private.
    pub(crate) rsa: [Vec<u8>; 2],
    /// What is destroyed; a new object of the web partition each time if it is none.
    pub(crate) destroyed: Option<Vec<u8>>,
}

impl Targets {
    /// One object for all, in a partition.
    pub(crate) fn all(&self, partition: &[u8], object: &[u8]) -> Self {
        Self {
            partition: partition.to_vec(),
            key: object.to_vec(),
            extractable: object.to_vec(),
            agreeing: object.to_vec(),
            point: self.point.clone(),
            careful: object.to_vec(),
            rsa: [object.to_vec(), object.to_vec()],
            destroyed: Some(object.to_vec()),
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let daemon = Daemon::serve();
        let folder = daemon.scratch();
        // Users without rights to the test's folder reach the socket in it.
        for path in [folder.parent().unwrap(), &folder] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o711)).unwrap();
        }
        let operator = folder.join("alice");
        let secret = |name: &str, content: &[u8]| {
            let file = folder.join(name);
            fs::write(&file, content).unwrap();
            text(&file)
        };
        let endpoint = daemon.https_endpoint();
        let passphrase = secret("passphrase", PASSPHRASE.as_bytes());
        let own = text(&operator);
        let init = ["init", "--operator", "alice", "--identity-dir"];
        let init = [&init[..], &[&own, "--passphrase-file", &passphrase]].concat();
        let _ = daemon
            .hsm(&[&init[..], &["--for-endpoint", &endpoint]].concat())
            .succeeded();
        let as_operator =
            |arguments: &[&str]| -> Outcome { daemon.hsm_as(&operator, arguments).succeeded() };
        let (so_pin, pin) = (secret("so-pin", SO_PIN), secret("pin", PIN));
        for name in ["web", "mail", "spare"] {
            let create = [
                "partition",
                "create",
                name,
                "--label",
                name,
                "--profile",
                "compatible",
            ];
            let pins = ["--so-pin-file", &so_pin, "--pin-file", &pin];
            let _ = as_operator(&[&create[..], &pins].concat());
        }
        let issue = |name: &str, partitions: &[&str]| {
            let client = folder.join(name);
            let to = text(&client);
            let mut arguments = vec!["identity", "issue", name, "--identity-dir", &to];
            arguments.extend(["--for-endpoint", &endpoint]);
            arguments.extend(
                partitions
                    .iter()
                    .flat_map(|partition| ["--partition", *partition]),
            );
            let _ = as_operator(&arguments);
            client
        };
        let web_client = issue("www1", &["web", "spare"]);
        let mail_client = issue("mail1", &["mail"]);
        for (name, uid, partitions) in [
            ("local-web", UID_OF_WEB, &["web", "spare"][..]),
            ("local-mail", UID_OF_MAIL, &["mail"]),
        ] {
            let subject = format!("uid:{uid}");
            let mut arguments = vec!["identity", "trust", name, "--subject", &subject];
            arguments.extend(
                partitions
                    .iter()
                    .flat_map(|partition| ["--partition", *partition]),
            );
            let _ = as_operator(&arguments);
        }
        let mut world = Self {
            operator,
            web_client,
            mail_client,
            stranger: stranger(),
            spare: TokenInfo::default(),
            mail: Vec::new(),
            targets: Targets::default(),
            names: Cell::new(0),
            daemon,
        };
        world.fill();
        world
    }

    /// Makes the objects that are asked for.
    fn fill(&mut self) {
        let mut line = self.line(Caller::Public, Door::Frames);
        let tokens = line.reply(ListTokensRequest {}).unwrap().tokens.clone();
        let token = |name: &str| {
            tokens
                .iter()
                .find(|token| token.label == name)
                .unwrap()
                .clone()
        };
        self.targets.partition = token("web").partition;
        self.spare = token("spare");
        let mut neighbour = self.line(Caller::Neighbour, Door::Frames);
        let tokens = neighbour
            .reply(ListTokensRequest {})
            .unwrap()
            .tokens
            .clone();
        self.mail.clone_from(&tokens[0].partition);
        let mut line = self.line(Caller::User, Door::Frames);
        self.targets.key = self.made_by(&mut line, &[(CKA_DERIVE, true)]);
        self.targets.extractable = self.made_by(&mut line, &[(CKA_EXTRACTABLE, true)]);
        let mut pair = |private: &[(u64, bool)]| {
            let request = GenerateKeyPairRequest {
                partition: self.targets.partition.clone(),
                generator: "EC_KEY_PAIR_GEN".to_owned(),
                public_template: template(
                    &[(CKA_TOKEN, true)],
                    [(CKA_EC_PARAMS, AttributeValue::Bytes(P256.to_vec()))],
                ),
                private_template: template(private, []),
            };
            let reply = line.reply(request).unwrap();
            let public = reply.public_key.clone().unwrap();
            let point = public.fixed_attributes.into_iter().find_map(|attribute| {
                let (kind, value): (u64, AttributeValue) = attribute.try_into().ok()?;
                match value {
                    AttributeValue::Bytes(point) if kind == CKA_EC_POINT => Some(point),
                    _ => None,
                }
            });
            (reply.private_key.clone().unwrap().id, point.unwrap())
        };
        let token = (CKA_TOKEN, true);
        let (agreeing, point) = pair(&[token, (CKA_DERIVE, true)]);
        let (careful, _) = pair(&[token, (CKA_ALWAYS_AUTHENTICATE, true)]);
        self.targets.agreeing = agreeing;
        // Without the header of the OCTET STRING that the point is in.
        self.targets.point = point[point.len() - 65..].to_vec();
        self.targets.careful = careful;
        let request = GenerateKeyPairRequest {
            partition: self.targets.partition.clone(),
            generator: "RSA_PKCS_KEY_PAIR_GEN".to_owned(),
            public_template: template(
                &[token, (CKA_PRIVATE, true)],
                [(CKA_MODULUS_BITS, AttributeValue::Number(1024))],
            ),
            private_template: template(&[token], []),
        };
        let reply = line.reply(request).unwrap();
        self.targets.rsa =
            [&reply.public_key, &reply.private_key].map(|key| key.clone().unwrap().id);
    }

    /// A new AES key of the web partition, made by its user.
    pub(crate) fn new_object(&self) -> Vec<u8> {
        self.made_by(&mut self.line(Caller::User, Door::Frames), &[])
    }

    fn made_by(&self, line: &mut Line, flags: &[(u64, bool)]) -> Vec<u8> {
        let request = GenerateKeyRequest {
            partition: self.targets.partition.clone(),
            generator: "AES_KEY_GEN".to_owned(),
            template: template(
                &[&[(CKA_TOKEN, true)][..], flags].concat(),
                [(CKA_VALUE_LEN, AttributeValue::Number(32))],
            ),
            parameters: None,
            password: Vec::new(),
        };
        line.reply(request).unwrap().object.clone().unwrap().id
    }

    /// A new partition that may be destroyed, made by the operator.
    pub(crate) fn new_partition(&self) -> Vec<u8> {
        let mut line = self.line(Caller::Operator, Door::Frames);
        let request = filled(|request: &mut CreatePartitionRequest| {
            request.name = self.new_name();
            request.profile = TokenProfile::Strict.into();
        });
        line.reply(request)
            .unwrap()
            .token
            .clone()
            .unwrap()
            .partition
    }

    /// A name that nothing has yet.
    pub(crate) fn new_name(&self) -> String {
        self.names.set(self.names.get() + 1);
        format!("name-{}", self.names.get())
    }

    /// Whether there is such a caller at this door: only root can be several users of a machine.
    pub(crate) fn can_be(caller: Caller, door: Door) -> bool {
        match (caller, door) {
            (Caller::Stranger, Door::Unix) => false,
            (Caller::Operator, _) | (_, Door::Frames | Door::Grpc) => true,
            _ if geteuid().is_root() => true,
            _ => {
                eprintln!(
                    "LEFT OUT: {caller:?} at the Unix socket, since the suite is not run by root"
                );
                false
            }
        }
    }

    /// A connection of this caller, logged in if it is to be.
    pub(crate) fn line(&self, caller: Caller, door: Door) -> Line {
        let mut line = match door {
            Door::Unix => Line::unix(self.connected_as(caller)),
            Door::Frames | Door::Grpc => {
                let address = self.daemon.https_endpoint();
                let address = address.strip_prefix("https://").unwrap();
                let ca = self.operator.join("ca.pem");
                let folder = match caller {
                    Caller::Nobody | Caller::Stranger => None,
                    Caller::Neighbour => Some(&self.mail_client),
                    Caller::Public | Caller::User | Caller::Officer => Some(&self.web_client),
                    Caller::Operator => Some(&self.operator),
                };
                let own = folder.map(|folder| Certificate::in_folder(folder));
                let certificate = match caller {
                    Caller::Stranger => Some(&self.stranger),
                    _ => own.as_ref(),
                };
                if door == Door::Grpc {
                    Line::grpc(address, &ca, certificate)
                } else {
                    Line::frames(address, &ca, certificate)
                }
            }
        };
        if matches!(caller, Caller::Nobody | Caller::Stranger) {
            return line;
        }
        let hello = HelloRequest {
            program: "authorization".to_owned(),
            process_id: std::process::id(),
        };
        let application = line.reply(hello).unwrap().application.clone();
        line.application = application;
        let role = match caller {
            Caller::User => Some((LoginRole::User, PIN)),
            Caller::Officer => Some((LoginRole::SecurityOfficer, SO_PIN)),
            _ => None,
        };
        if let Some((role, pin)) = role {
            log_in(&mut line, &self.targets.partition, role, pin);
        }
        line
    }

    /// A connection of the neighbour, logged in as the user of its own partition.
    pub(crate) fn line_of_the_neighbours_user(&self, door: Door) -> Line {
        let mut line = self.line(Caller::Neighbour, door);
        log_in(&mut line, &self.mail, LoginRole::User, PIN);
        line
    }

    /// A session object of this line's application.
    pub(crate) fn session_object(&self, line: &mut Line) -> Vec<u8> {
        self.made_by(line, &[(CKA_TOKEN, false), (CKA_EXTRACTABLE, true)])
    }

    /// A connection to the Unix socket by another user of the machine: the kernel tells the daemon who connected.
    fn connected_as(&self, caller: Caller) -> UnixStream {
        let uid = match caller {
            Caller::Operator => return UnixStream::connect(self.daemon.socket()).unwrap(),
            Caller::Nobody | Caller::Stranger => UID_OF_NOBODY,
            Caller::Neighbour => UID_OF_MAIL,
            Caller::Public | Caller::User | Caller::Officer => UID_OF_WEB,
        };
        let socket = self.daemon.socket();
        // The user is one of a thread alone, which ends with it.
        let connecting = std::thread::spawn(move || {
            let (root, user) = (Uid::ROOT, Uid::from_raw(uid));
            set_thread_res_uid(root, user, root).unwrap();
            UnixStream::connect(socket).unwrap()
        });
        connecting.join().unwrap()
    }

    /// What the audit log calls a caller.
    pub(crate) fn principal(caller: Caller, door: Door) -> String {
        let is_local = door == Door::Unix;
        match caller {
            Caller::Nobody | Caller::Stranger => format!("uid:{UID_OF_NOBODY}"),
            Caller::Neighbour if is_local => "local-mail".to_owned(),
            Caller::Neighbour => "mail1".to_owned(),
            Caller::Public | Caller::User | Caller::Officer if is_local => "local-web".to_owned(),
            Caller::Public | Caller::User | Caller::Officer => "www1".to_owned(),
            Caller::Operator if is_local => format!("uid:{}", geteuid().as_raw()),
            Caller::Operator => "alice".to_owned(),
        }
    }

    /// What the audit log calls somebody whose identity it did not look up.
    pub(crate) fn peer(caller: Caller, door: Door) -> String {
        let uid = match (caller, door) {
            (_, Door::Frames | Door::Grpc) => {
                return match caller {
                    Caller::Operator => "uri:urn:hsmd:operator:alice".to_owned(),
                    Caller::Neighbour => "uri:urn:hsmd:client:mail1".to_owned(),
                    _ => "uri:urn:hsmd:client:www1".to_owned(),
                };
            }
            (Caller::Operator, Door::Unix) => geteuid().as_raw(),
            (Caller::Nobody | Caller::Stranger, Door::Unix) => UID_OF_NOBODY,
            (Caller::Neighbour, Door::Unix) => UID_OF_MAIL,
            (Caller::Public | Caller::User | Caller::Officer, Door::Unix) => UID_OF_WEB,
        };
        format!("uid:{uid}")
    }

    /// Every refusal in the audit log.
    pub(crate) fn recorded_refusals(&self) -> Refusals {
        let mut refusals = Refusals::new();
        for record in self.records() {
            let (Some(code), Some(event)) =
                (record["errorCode"].as_str(), record["eventName"].as_str())
            else {
                continue;
            };
            let principal = record["userIdentity"]["principalId"]
                .as_str()
                .unwrap_or_default();
            let key = (principal.to_owned(), event.to_owned(), code.to_owned());
            let count = record["count"].as_u64().unwrap_or(1);
            *refusals.entry(key).or_default() += usize::try_from(count).unwrap();
        }
        refusals
    }

    /// How many refused handshakes are in the audit log: they have an address and no name.
    pub(crate) fn recorded_handshakes(&self) -> usize {
        let is_handshake = |record: &serde_json::Value| {
            record["eventName"] == "Hello"
                && record["errorCode"] == "AccessDenied"
                && record["userIdentity"]["principalId"].is_null()
        };
        self.records().into_iter().filter(is_handshake).count()
    }

    fn records(&self) -> Vec<serde_json::Value> {
        let mut line = self.line(Caller::Operator, Door::Frames);
        let mut records = Vec::new();
        let mut after = 0;
        loop {
            let page = ReadAuditRequest {
                after,
                limit: 0,
                wait: false,
            };
            let page = line.reply(page).unwrap();
            if page.records.is_empty() {
                return records;
            }
            after = page.next;
            records.extend(
                page.records
                    .iter()
                    .map(|record| serde_json::from_slice(record).unwrap()),
            );
        }
    }
}

fn log_in(line: &mut Line, partition: &[u8], role: LoginRole, pin: &[u8]) {
    let login = LoginRequest {
        partition: partition.to_vec(),
        role: role.into(),
        pin: pin.to_vec(),
        for_object: Vec::new(),
        user: String::new(),
    };
    line.reply(login).unwrap();
}

/// A template with these flags and further attributes.
pub(crate) fn template<const N: usize>(
    flags: &[(u64, bool)],
    more: [(u64, AttributeValue); N],
) -> Vec<Attribute> {
    let flags = flags
        .iter()
        .map(|(attribute, flag)| (*attribute, AttributeValue::Flag(*flag)));
    let attributes: Attributes = flags.chain(more).collect();
    to_wire(attributes)
}

pub(crate) const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// A client certificate of a CA that nobody knows, with a name that the daemon's own CA gives.
fn stranger() -> Certificate {
    let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut ca = CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let mut client = CertificateParams::default();
    let name = "urn:hsmd:operator:alice".try_into().unwrap();
    client.subject_alt_names = vec![rcgen::SanType::URI(name)];
    client.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = client.signed_by(&key, &issuer).unwrap();
    Certificate {
        chain: vec![certificate.der().clone()],
        key: key.serialize_der().try_into().unwrap(),
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("a temporary path is text").to_owned()
}
