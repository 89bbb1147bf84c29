//! The rule of the contract, for every rpc.

use hsm_proto::{Call, Reply, Request};

macro_rules! check_each {
    ($($name:ident $method:ident $request:ident $reply:ident;)*) => { $(
        assert_eq!(<hsm_proto::$request as Call>::NAME, stringify!($name));
        assert_eq!(stringify!($method).replace('_', ""), stringify!($name).to_lowercase());
        let reply: Reply = hsm_proto::$reply::default().into();
        assert_eq!(reply.outcome.as_ref().map(|outcome| outcome.name()), Some(stringify!($name)));
        assert!(hsm_proto::$reply::try_from(reply).is_ok());
        let request: Request = hsm_proto::$request::default().into();
        assert_eq!(request.operation.as_ref().map(|operation| operation.name()), Some(stringify!($name)));
    )* };
}

#[test]
fn every_rpc_has_its_member_in_request_and_reply() {
    hsm_proto::for_each_operation!(check_each);
}
