//! The glue of the rule that rpc `X` takes `XRequest`, gives `XReply`, and is the member `x` of `Request.operation` and
//! of `Reply.outcome`. A contract that breaks the rule does not build.

use std::{error::Error, fmt::Write};

use prost_reflect::{
    DescriptorPool, Kind, MessageDescriptor, prost_types::method_options::IdempotencyLevel,
};

use crate::secrets::{snake_case, upper_camel_case};

/// One rpc.
pub(crate) struct Operation {
    name: String,
    method: String,
    may_repeat: bool,
}

/// Reads the service and checks the rule.
pub(crate) fn read(pool: &DescriptorPool) -> Result<Vec<Operation>, Box<dyn Error>> {
    let service = pool
        .get_service_by_name("hsm.v1.Hsm")
        .ok_or("there is no service hsm.v1.Hsm")?;
    let request = pool
        .get_message_by_name("hsm.v1.Request")
        .ok_or("there is no message Request")?;
    let reply = pool
        .get_message_by_name("hsm.v1.Reply")
        .ok_or("there is no message Reply")?;
    let mut operations = Vec::new();
    for rpc in service.methods() {
        let name = rpc.name().to_owned();
        let method = snake_case(&name);
        let numbers = [
            (rpc.input(), "Request", &request, "operation"),
            (rpc.output(), "Reply", &reply, "outcome"),
        ]
        .map(|(message, suffix, holder, oneof)| {
            if message.name() != format!("{name}{suffix}") {
                return Err(format!(
                    "rpc {name} must use {name}{suffix}, not {}",
                    message.name()
                ));
            }
            member_number(holder, oneof, &method, &message)
        });
        let [request_number, reply_number] = numbers;
        if request_number? != reply_number? {
            return Err(format!("{method} must have one number in Request and Reply").into());
        }
        let level = rpc
            .method_descriptor_proto()
            .options
            .as_ref()
            .map_or(IdempotencyLevel::IdempotencyUnknown, |o| {
                o.idempotency_level()
            });
        operations.push(Operation {
            name,
            method,
            may_repeat: level != IdempotencyLevel::IdempotencyUnknown,
        });
    }
    let members = |message: &MessageDescriptor| {
        message
            .oneofs()
            .map(|oneof| oneof.fields().len())
            .sum::<usize>()
    };
    if members(&request) != operations.len() || members(&reply) != operations.len() + 1 {
        return Err("every member of Request.operation and Reply.outcome needs its rpc".into());
    }
    Ok(operations)
}

fn member_number(
    holder: &MessageDescriptor,
    oneof: &str,
    method: &str,
    message: &MessageDescriptor,
) -> Result<u32, String> {
    let field = holder
        .get_field_by_name(method)
        .ok_or(format!("{} has no member {method}", holder.name()))?;
    let is_member = field
        .containing_oneof()
        .is_some_and(|found| found.name() == oneof);
    if !is_member || field.kind() != Kind::Message(message.clone()) {
        return Err(format!(
            "{}.{method} must be a {} in {oneof}",
            holder.name(),
            message.name()
        ));
    }
    Ok(field.number())
}

/// Writes the conversions, the names, and the gRPC service over [`Answer`](crate::Answer).
pub(crate) fn write(
    glue: &mut String,
    operations: &[Operation],
    with_grpc: bool,
) -> std::fmt::Result {
    for Operation {
        name,
        method,
        may_repeat,
    } in operations
    {
        let variant = upper_camel_case(method);
        writeln!(
            glue,
            r"
impl From<{name}Request> for request::Operation {{
    fn from(operation: {name}Request) -> Self {{
        Self::{variant}(operation)
    }}
}}
impl From<{name}Request> for Request {{
    fn from(operation: {name}Request) -> Self {{
        Self {{ application: Vec::new(), deadline_milliseconds: 0, memory_file: None, operation: Some(operation.into()) }}
    }}
}}
impl From<{name}Reply> for Reply {{
    fn from(reply: {name}Reply) -> Self {{
        Self {{ memory_file_bytes: 0, outcome: Some(reply::Outcome::{variant}(reply)) }}
    }}
}}
impl TryFrom<Reply> for {name}Reply {{
    type Error = crate::Refusal;
    fn try_from(reply: Reply) -> Result<Self, crate::Refusal> {{
        match reply.outcome {{
            Some(reply::Outcome::{variant}(reply)) => Ok(reply),
            Some(reply::Outcome::Error(error)) => Err(crate::Refusal::Error(error)),
            other => Err(crate::Refusal::Unexpected {{
                expected: {name:?},
                received: other.map(|outcome| outcome.name()),
            }}),
        }}
    }}
}}
impl crate::Call for {name}Request {{
    type Reply = {name}Reply;
    const NAME: &'static str = {name:?};
    const MAY_REPEAT: bool = {may_repeat};
}}"
        )?;
    }
    write_names(glue, operations)?;
    write_macro(glue, operations)?;
    if with_grpc {
        write_service(glue, operations)?;
    }
    Ok(())
}

fn write_names(glue: &mut String, operations: &[Operation]) -> std::fmt::Result {
    for (path, extra) in [
        ("request::Operation", ""),
        ("reply::Outcome", "Self::Error(_) => \"Error\","),
    ] {
        writeln!(
            glue,
            "impl {path} {{\n    /// The name of the rpc.\n    #[must_use]"
        )?;
        writeln!(
            glue,
            "    pub const fn name(&self) -> &'static str {{\n        match self {{ {extra}"
        )?;
        for operation in operations {
            writeln!(
                glue,
                "            Self::{}(_) => {:?},",
                upper_camel_case(&operation.method),
                operation.name
            )?;
        }
        writeln!(glue, "        }}\n    }}\n}}")?;
    }
    Ok(())
}

fn write_macro(glue: &mut String, operations: &[Operation]) -> std::fmt::Result {
    writeln!(
        glue,
        r"
/// Calls the macro `$then` with a line for every operation: `Sign sign SignRequest SignReply;`.
///
/// A door that has one function for each operation writes its dispatch with this, and cannot forget one.
#[macro_export]
macro_rules! for_each_operation {{
    ($then:path) => {{
        $then! {{"
    )?;
    for Operation { name, method, .. } in operations {
        writeln!(
            glue,
            "            {name} {method} {name}Request {name}Reply;"
        )?;
    }
    writeln!(glue, "        }}\n    }};\n}}")
}

fn write_service(glue: &mut String, operations: &[Operation]) -> std::fmt::Result {
    writeln!(
        glue,
        "#[tonic::async_trait]\nimpl<A: crate::Answer> hsm_server::Hsm for crate::grpc::Door<A> {{"
    )?;
    for Operation { name, method, .. } in operations {
        writeln!(
            glue,
            "    async fn {method}(&self, request: tonic::Request<{name}Request>) -> Result<tonic::Response<{name}Reply>, tonic::Status> {{
        self.answer(request).await
    }}"
        )?;
    }
    writeln!(glue, "}}")?;
    for Operation { name, method, .. } in operations {
        writeln!(
            glue,
            "impl crate::grpc::Rpc for {name}Request {{
    async fn call(self, client: &mut crate::grpc::Client, metadata: tonic::metadata::MetadataMap) -> Result<{name}Reply, tonic::Status> {{
        let request = tonic::Request::from_parts(metadata, tonic::Extensions::default(), self);
        client.{method}(request).await.map(tonic::Response::into_inner)
    }}
}}"
        )?;
    }
    Ok(())
}
